#include "scanner.h"

#include "hits.h"

namespace fitstream::where {

Scanner::Scanner(const Expression& condition, const TableLayout& layout, simd::Level level)
    : condition_(condition), layout_(layout), evaluator_(condition, level) {
  request_.columns = condition.program.columns;
  request_.max_bytes = INT64_MAX;
  request_.level = level;
  for (const size_t c : request_.columns) {
    memory_.emplace_back(value_width(layout.columns[c]) * layout.frame.rows);
    request_.into.emplace_back(MutableByteSpan(memory_.back()));
  }
}

Status Scanner::find(const RowBlock& rows, uint64_t first, std::vector<uint64_t>& hits) {
  request_.rows.range = {0, rows.count};
  const TableMemory bytes({rows.data, rows.count * rows.stride});
  const auto columns = read_columns(layout_, bytes, request_);
  if (!columns) return counted(columns.error(), "row " + std::to_string(first));
  const std::vector<Operand> operands = operands_of(condition_, layout_, *columns);
  hits_.clear();
  Status found = find_hits(evaluator_, operands, rows.count, first, hits_);
  hits = hits_;
  return found;
}

std::unique_ptr<Scanner> ScannerPool::take() {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return nullptr;
  auto scanner = std::move(idle_.back());
  idle_.pop_back();
  return scanner;
}

Status ScannerPool::find(const RowBlock& rows, uint64_t first, std::vector<uint64_t>& hits) {
  auto scanner = take();
  if (!scanner) scanner = std::make_unique<Scanner>(condition_, layout_, level_);
  Status found = scanner->find(rows, first, hits);
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(scanner));
  return found;
}

std::vector<Operand> operands_of(const Expression& condition, const TableLayout& layout,
                                 const std::vector<ColumnData>& columns) {
  std::vector<Operand> operands;
  for (size_t slot = 0; slot < columns.size(); ++slot)
    operands.push_back(operand_of(layout.columns[condition.program.columns[slot]], columns[slot]));
  return operands;
}

}  // namespace fitstream::where
