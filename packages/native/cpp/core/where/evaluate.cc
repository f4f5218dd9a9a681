#include "evaluate.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "arithmetic.h"
#include "compare.h"
#include "cone.h"
#include "logic.h"

namespace fitstream::where {
namespace {

Error overflow(uint64_t row) {
  return Error::of(ErrorCode::kBadArgument, "integers leave 64 bits in row " + std::to_string(row),
                   "values from -2^63 to 2^63 - 1");
}

}  // namespace

Result<Vector> Evaluator::run(std::span<const Operand> columns, uint64_t first, size_t n,
                              uint64_t row) {
  for (const Step& step : expression_.steps) {
    Vector& out = registers_[step.out].vector;
    out = {step.type, false, nullptr, nullptr};
    if (step.op == Op::kColumn) {
      load(columns[step.argument], first, n, registers_[step.out]);
    } else if (step.operands == 0) {
      out.is_constant = true;
      run_constant(step);
    } else {
      // What is made of constants is one.
      out.is_constant = true;
      for (size_t i = 0; i < step.operands; ++i) out.is_constant &= in(step, i).is_constant;
      if (Status s = run(step, out.is_constant ? 1 : n, row); !s) return s.error();
    }
  }
  return registers_[expression_.result].vector;
}

void Evaluator::run_constant(const Step& step) {
  Register& out = registers_[step.out];
  const Program& program = expression_.program;
  const bool is_null = step.op == Op::kNull;
  switch (step.type) {
    case ValueType::kBoolean:
      *out.values<Truth>() = is_null ? kUnknown : step.argument ? kTrue : kFalse;
      return;
    case ValueType::kNumber:
      *out.values<double>() =
          is_null ? std::numeric_limits<double>::quiet_NaN() : program.numbers[step.argument];
      return;
    case ValueType::kInteger:
    case ValueType::kUnsigned:
      *out.values<int64_t>() = is_null ? 0 : program.integers[step.argument];
      break;
    case ValueType::kText:
      *out.values<std::string_view>() =
          is_null ? std::string_view() : std::string_view(program.texts[step.argument]);
      break;
  }
  if (is_null) *out.nulls() = 1;
}

Status Evaluator::run(const Step& step, size_t n, uint64_t row) {
  Register& out = registers_[step.out];
  const Vector& a = in(step, 0);
  std::optional<size_t> overflows;
  switch (step.op) {
    case Op::kEqual:
    case Op::kNotEqual:
    case Op::kLess:
    case Op::kLessEqual:
    case Op::kGreater:
    case Op::kGreaterEqual:
      compare(step.op, a, in(step, 1), n, level_, out);
      break;
    case Op::kAnd:
    case Op::kOr:
      logic(step.op, a, in(step, 1), n, out);
      break;
    case Op::kNot:
      negate_truths(a, n, out);
      break;
    case Op::kIsNull:
      is_null(a, n, out);
      break;
    case Op::kIn:
      is_in(expression_.sets[step.argument], a, n, out);
      break;
    case Op::kLike:
      like(expression_.patterns[step.argument], a, n, out);
      break;
    case Op::kWithin:
      within({&a, &in(step, 1), &in(step, 2), &in(step, 3), &in(step, 4)}, n, out);
      break;
    case Op::kToNumber:
      to_number(a, n, out);
      break;
    case Op::kToInteger:
      overflows = to_integer(a, n, out);
      break;
    default:
      if (step.operands == 2)
        overflows = arithmetic(step.op, a, in(step, 1), n, out);
      else if (step.type == ValueType::kInteger)
        overflows = integer_function(step.op, a, n, out);
      else
        number_function(step.op, a, n, out);
  }
  if (overflows) return overflow(row + *overflows);
  return ok();
}

Status find_hits(Evaluator& evaluator, std::span<const Operand> columns, uint64_t rows,
                 uint64_t first, std::vector<uint64_t>& hits) {
  for (uint64_t at = 0; at < rows; at += kStep) {
    const size_t n = std::min<uint64_t>(kStep, rows - at);
    const auto found = evaluator.run(columns, at, n, first + at);
    if (!found) return found.error();
    const auto* truths = found->as<Truth>();
    if (found->is_constant) {
      for (size_t i = 0; *truths == kTrue && i < n; ++i) hits.push_back(at + i);
      continue;
    }
    size_t i = 0;
    for (uint64_t eight; i + sizeof eight <= n; i += sizeof eight) {
      std::memcpy(&eight, truths + i, sizeof eight);
      // Of the three truths only kTrue has this bit.
      for (eight &= 0x0202020202020202u; eight != 0; eight &= eight - 1)
        hits.push_back(at + i + static_cast<size_t>(std::countr_zero(eight)) / 8);
    }
    for (; i < n; ++i)
      if (truths[i] == kTrue) hits.push_back(at + i);
  }
  return ok();
}

}  // namespace fitstream::where
