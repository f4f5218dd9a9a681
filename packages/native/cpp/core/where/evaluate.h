// Expressions computed over rows.
#pragma once

#include "../simd/cpu.h"
#include "expression.h"
#include "operand.h"

namespace fitstream::where {

// Computes an expression for some rows at a time, in memory that is used again. Of one thread.
class Evaluator {
 public:
  Evaluator(const Expression& expression, simd::Level level)
      : expression_(expression), level_(level), registers_(expression.registers) {}

  // The values of `n` rows, at most kStep, from `first` on; good until the next call. `columns` by
  // slot. Row `first` is `row` in errors.
  Result<Vector> run(std::span<const Operand> columns, uint64_t first, size_t n, uint64_t row);

 private:
  Status run(const Step& step, size_t n, uint64_t row);
  void run_constant(const Step& step);
  const Vector& in(const Step& step, size_t i) const { return registers_[step.in[i]].vector; }

  const Expression& expression_;
  simd::Level level_;
  std::vector<Register> registers_;
};

// Values of all rows.
struct Values {
  ValueType type = ValueType::kBoolean;  // not kUnsigned
  // Bytes 0 and 1, int64, float64, or the bytes of texts, which begin and end at `offsets`.
  Array<std::byte> values;
  std::vector<int32_t> offsets;
  Array<uint8_t> validity;  // as in ColumnData; empty when there is no null
  uint64_t nulls = 0;
};

Result<Values> evaluate(Program program, std::span<const Operand> columns, uint64_t rows,
                        simd::Level level);

// Appends to `hits` the rows of those `rows` rows for which a condition is true; row 0 is `first`
// in errors.
Status find_hits(Evaluator& evaluator, std::span<const Operand> columns, uint64_t rows,
                 uint64_t first, std::vector<uint64_t>& hits);

}  // namespace fitstream::where
