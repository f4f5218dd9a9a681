// Cells of a table to arrays. FITS Standard 4.0, sections 7.2 (ASCII) and 7.3 (binary).
#pragma once

#include <vector>

#include "../simd/cpu.h"
#include "bytes.h"
#include "column_data.h"
#include "descriptors.h"
#include "layout.h"
#include "rows.h"

namespace fitstream {

struct TableRequest {
  std::vector<size_t> columns;  // by index; any order, also more than once
  RowSelection rows;
  // What may come out, against descriptors that all point at the same bytes.
  uint64_t max_bytes = 0;
  // Memory for the values of each column, or nothing for new memory; no entries: new memory for
  // all. Of strings, room for their padding is asked for as well.
  std::vector<std::optional<MutableByteSpan>> into;
  // The same for their offsets, one more than there are strings or cells of variable length.
  std::vector<std::optional<std::span<int32_t>>> offsets_into;
  size_t threads = 1;  // the result is the same for any number
  simd::Level level = simd::Level::kScalar;
  CancelFlag cancel = nullptr;
};

// The columns in the order of the request.
Result<std::vector<ColumnData>> read_columns(const TableLayout& layout, const TableBytes& bytes,
                                             const TableRequest& request);

// The same for a range of rows, into new memory; of any kind of table.
template <typename Table>
Result<std::vector<ColumnData>> read_columns(const Table& table, const TableBytes& bytes,
                                             const std::vector<size_t>& columns, RowRange rows,
                                             uint64_t max_bytes, simd::Level level,
                                             CancelFlag cancel) {
  TableRequest request;
  request.columns = columns;
  request.rows.range = rows;
  request.max_bytes = max_bytes;
  request.level = level;
  request.cancel = cancel;
  return read_columns(table, bytes, request);
}

}  // namespace fitstream
