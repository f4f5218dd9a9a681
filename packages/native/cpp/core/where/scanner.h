// Rows in memory for which a condition holds.
#pragma once

#include <mutex>

#include "../table/read.h"
#include "evaluate.h"

namespace fitstream::where {

// Decodes the columns of a condition for a block of rows at a time, in memory that is used again.
class Scanner {
 public:
  // `layout`: of the rows of a block, of which there are at most layout.frame.rows. Both must
  // outlive this.
  Scanner(const Expression& condition, const TableLayout& layout, simd::Level level);

  // Sets `hits` to the rows of the block that are some. Its first row is `first` in errors.
  Status find(const RowBlock& rows, uint64_t first, std::vector<uint64_t>& hits);

 private:
  const Expression& condition_;
  const TableLayout& layout_;
  TableRequest request_;
  std::vector<Array<std::byte>> memory_;  // by slot
  Evaluator evaluator_;
  std::vector<uint64_t> hits_;
};

// Scanners that are not at work, for threads that begin a block.
class ScannerPool {
 public:
  ScannerPool(const Expression& condition, const TableLayout& layout, simd::Level level)
      : condition_(condition), layout_(layout), level_(level) {}

  Status find(const RowBlock& rows, uint64_t first, std::vector<uint64_t>& hits);

 private:
  std::unique_ptr<Scanner> take();

  const Expression& condition_;
  const TableLayout& layout_;
  simd::Level level_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Scanner>> idle_;
};

// The operands that the columns of a condition are, by slot.
std::vector<Operand> operands_of(const Expression& condition, const TableLayout& layout,
                                 const std::vector<ColumnData>& columns);

}  // namespace fitstream::where
