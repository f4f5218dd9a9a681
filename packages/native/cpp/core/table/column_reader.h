// Columns of the rows that are being read. A reader for each way in which cells lie in a row.
#pragma once

#include <memory>
#include <vector>

#include "../simd/cpu.h"
#include "bytes.h"
#include "column_data.h"
#include "layout.h"
#include "rows.h"

namespace fitstream {

// What several readers share.
struct ReadContext {
  const TableLayout& layout;
  const TableBytes& bytes;
  uint64_t rows = 0;  // that come out
  uint64_t max_bytes = 0;
  simd::Level level = simd::Level::kScalar;
  BlockOptions blocks;
  bool streams = false;  // the columns are larger than the caches
};

// A column that is asked for, and what it becomes. The values have their memory, unless the heap
// says how many there are.
struct ColumnTask {
  const Column& column;
  uint64_t offset = 0;  // of its cells in the rows of a block
  ColumnData& out;
  bool has_memory = false;  // the caller's, in `out`
  bool has_memory_for_offsets = false;
};

class ColumnReader {
 public:
  virtual ~ColumnReader() = default;
  // Takes the cells out of some rows. Each row is shown once; with several threads in any order,
  // and at the same time as others.
  virtual Status take(const RowBlock& rows) = 0;
  // When all rows have been shown. `left`: bytes that may still come out; takes its share.
  virtual Status finish(uint64_t& /*left*/) { return ok(); }
};

// Whether a column holds one number a row that is only swapped.
bool is_plain(const Column& column);
// Plain columns of the same width, side by side in the rows.
std::unique_ptr<ColumnReader> plain_columns(const std::vector<ColumnTask>& tasks,
                                            const ReadContext& context);
// A number of elements that is the same in every row.
std::unique_ptr<ColumnReader> fixed_column(const ColumnTask& task, const ReadContext& context);
// Strings end at the first NUL; trailing spaces are not part of them (7.3.3.1; 7.2.5 for ASCII).
std::unique_ptr<ColumnReader> string_column(const ColumnTask& task, const ReadContext& context);
// Numbers written as text. Blank fields and those equal to TNULLn are null.
std::unique_ptr<ColumnReader> ascii_column(const ColumnTask& task, const ReadContext& context);
// P and Q: the rows give descriptors, then the heap is read in the order it lies in.
std::unique_ptr<ColumnReader> variable_column(const ColumnTask& task, const ReadContext& context);

// Memory for `bytes` of values: what there is already, or new memory. Fails where the caller's is
// too small.
Status allot_values(const ColumnTask& task, uint64_t bytes);
// The same for `count` offsets.
Status allot_offsets(const ColumnTask& task, uint64_t count);

}  // namespace fitstream
