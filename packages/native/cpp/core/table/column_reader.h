// One column of the rows that are being read. A reader for each way in which cells lie in a row.
#pragma once

#include <memory>

#include "../simd/cpu.h"
#include "bytes.h"
#include "column_data.h"
#include "layout.h"

namespace fitstream {

// `take` sees each block of rows once, in order.
class ColumnReader {
 public:
  virtual ~ColumnReader() = default;
  virtual Status take(const std::byte* rows, uint64_t n) = 0;
  // Reads what the rows point at. `left`: bytes that may still come out; takes its share.
  virtual Status finish(uint64_t& /*left*/) { return ok(); }
  virtual ColumnData release() = 0;
};

// A number of elements that is the same in every row.
std::unique_ptr<ColumnReader> fixed_column(const Column& column, uint64_t row_length, uint64_t rows,
                                           simd::Level level);
// Strings end at the first NUL; trailing spaces are not part of them (7.3.3.1; 7.2.5 for ASCII).
std::unique_ptr<ColumnReader> string_column(const Column& column, uint64_t row_length,
                                            uint64_t rows);
// Numbers written as text. Blank fields and those equal to TNULLn are null.
std::unique_ptr<ColumnReader> ascii_column(const Column& column, uint64_t row_length,
                                           uint64_t rows);
// P and Q: the rows give descriptors, then the heap is read in the order it lies in.
std::unique_ptr<ColumnReader> variable_column(const Column& column, const TableLayout& layout,
                                              const TableBytes& bytes, uint64_t rows,
                                              uint64_t max_bytes, simd::Level level,
                                              CancelFlag cancel);

// Characters that TDIMn leaves over belong to no string.
uint64_t strings_per_row(const Column& column);

}  // namespace fitstream
