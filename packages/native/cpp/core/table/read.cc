#include "read.h"

#include <algorithm>

#include "column_reader.h"

namespace fitstream {
namespace {

std::unique_ptr<ColumnReader> make_reader(const Column& column, const TableLayout& layout,
                                          const TableBytes& bytes, RowRange rows,
                                          uint64_t max_bytes, simd::Level level,
                                          CancelFlag cancel) {
  const uint64_t row_length = layout.frame.row_length;
  if (column.is_variable)
    return variable_column(column, layout, bytes, rows.count, max_bytes, level, cancel);
  if (column.kind == CellKind::kString) return string_column(column, row_length, rows.count);
  if (layout.is_ascii) return ascii_column(column, row_length, rows.count);
  return fixed_column(column, row_length, rows.count, level);
}

}  // namespace

Result<std::vector<ColumnData>> read_columns(const TableLayout& layout, const TableBytes& bytes,
                                             const std::vector<size_t>& columns, RowRange rows,
                                             uint64_t max_bytes, simd::Level level,
                                             CancelFlag cancel) {
  const auto from_rows = check_request(layout, bytes, columns, rows, max_bytes);
  if (!from_rows) return from_rows.error();
  if (columns.empty()) return std::vector<ColumnData>();
  std::vector<std::unique_ptr<ColumnReader>> readers;
  for (const size_t c : columns)
    readers.push_back(
        make_reader(layout.columns[c], layout, bytes, rows, max_bytes, level, cancel));

  const Status walked =
      for_each_row_block(layout, bytes, rows, cancel, [&](const std::byte* block, uint64_t n) {
        for (const auto& reader : readers)
          if (Status taken = reader->take(block, n); !taken) return taken;
        return ok();
      });
  if (!walked) return walked.error();
  std::vector<ColumnData> out;
  uint64_t left = max_bytes - *from_rows;
  for (const auto& reader : readers) {
    const Status finished = reader->finish(left);
    if (!finished) return finished.error();
    out.push_back(reader->release());
  }
  return out;
}

}  // namespace fitstream
