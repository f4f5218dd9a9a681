// Conditions one row at a time, in the widest types there are.
#include <cmath>
#include <limits>

#include "where_support.h"

namespace fitstream::test {
namespace {

bool is_null(const Value& v) { return std::holds_alternative<std::monostate>(v); }

// Exact for all 64-bit integers and all doubles.
static_assert(std::numeric_limits<long double>::digits >= 64);
long double real_of(const Value& v) {
  if (const auto* integer = std::get_if<Wide>(&v)) return static_cast<long double>(*integer);
  return std::get<double>(v);
}
double number_of(const Value& v) {
  if (const auto* integer = std::get_if<Wide>(&v))
    return *integer > INT64_MAX ? static_cast<double>(static_cast<uint64_t>(*integer))
                                : static_cast<double>(static_cast<int64_t>(*integer));
  return std::get<double>(v);
}
Value number(double v) { return std::isnan(v) ? Value() : Value(v); }
Value integer(Wide v) {
  if (v < INT64_MIN || v > INT64_MAX) throw Overflow();
  return v;
}

Value compare(Op op, const Value& a, const Value& b) {
  int order = 0;
  if (const auto* text = std::get_if<std::string>(&a))
    order = text->compare(std::get<std::string>(b));
  else if (const auto* truth = std::get_if<bool>(&a))
    order = *truth - std::get<bool>(b);
  else
    order = (real_of(a) > real_of(b)) - (real_of(a) < real_of(b));
  switch (op) {
    case Op::kEqual:
      return order == 0;
    case Op::kNotEqual:
      return order != 0;
    case Op::kLess:
      return order < 0;
    case Op::kLessEqual:
      return order <= 0;
    case Op::kGreater:
      return order > 0;
    default:
      return order >= 0;
  }
}

Value compute(Op op, const Value& a, const Value& b) {
  const bool is_whole = std::holds_alternative<Wide>(a) && std::holds_alternative<Wide>(b);
  if (is_whole && op != Op::kDivide && op != Op::kPow) {
    const auto x = std::get<Wide>(integer(std::get<Wide>(a)));
    const auto y = std::get<Wide>(integer(std::get<Wide>(b)));
    if (op == Op::kAdd) return integer(x + y);
    if (op == Op::kSubtract) return integer(x - y);
    if (op == Op::kMultiply) return integer(x * y);
    return y == 0 ? Value() : integer(x % y);
  }
  const double x = number_of(a), y = number_of(b);
  if (op == Op::kAdd) return number(x + y);
  if (op == Op::kSubtract) return number(x - y);
  if (op == Op::kMultiply) return number(x * y);
  if (op == Op::kDivide) return number(x / y);
  if (op == Op::kModulo) return number(std::fmod(x, y));
  return number(std::pow(x, y));
}

Value function(Op op, const Value& v) {
  if (const auto* whole = std::get_if<Wide>(&v)) {
    if (op == Op::kNegate) return integer(-std::get<Wide>(integer(*whole)));
    if (op == Op::kAbs) return *whole < 0 ? integer(-*whole) : *whole;
    if (op == Op::kFloor || op == Op::kCeil || op == Op::kRound) return v;
  }
  const double x = number_of(v);
  switch (op) {
    case Op::kNegate:
      return number(-x);
    case Op::kAbs:
      return number(std::fabs(x));
    case Op::kSqrt:
      return number(std::sqrt(x));
    case Op::kLog10:
      return number(std::log10(x));
    case Op::kLn:
      return number(std::log(x));
    case Op::kExp:
      return number(std::exp(x));
    case Op::kFloor:
      return number(std::floor(x));
    case Op::kCeil:
      return number(std::ceil(x));
    case Op::kRound:
      return number(std::nearbyint(x));
    case Op::kSin:
      return number(std::sin(x));
    case Op::kCos:
      return number(std::cos(x));
    case Op::kTan:
      return number(std::tan(x));
    case Op::kRadians:
      return number(x * (M_PI / 180));
    default:
      return number(x * (180 / M_PI));
  }
}

bool is_like(std::string_view text, std::string_view pattern) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '%')
    return is_like(text, pattern.substr(1)) || (!text.empty() && is_like(text.substr(1), pattern));
  if (text.empty()) return false;
  const bool is_escaped = pattern[0] == '\\';
  if (is_escaped) pattern.remove_prefix(1);
  if (text[0] != pattern[0] && (is_escaped || pattern[0] != '_')) return false;
  return is_like(text.substr(1), pattern.substr(1));
}

Value logic(Op op, const Value& a, const Value& b) {
  const bool decides = op == Op::kOr;  // whatever the other is
  if (a == Value(decides) || b == Value(decides)) return decides;
  return is_null(a) || is_null(b) ? Value() : Value(!decides);
}

class Row {
 public:
  Row(const Program& program, const std::vector<Operand>& columns, uint64_t row)
      : program_(program), columns_(columns), row_(row) {}

  Value run() {
    for (const where::Instruction& i : program_.code) stack_.push_back(apply(i));
    return stack_.at(0);
  }

 private:
  Value pop() {
    Value v = stack_.back();
    stack_.pop_back();
    return v;
  }

  Value apply(const where::Instruction& i) {
    const auto k = static_cast<size_t>(i.argument);
    if (i.op == Op::kColumn) return value_at(columns_.at(program_.columns.at(k)), row_);
    if (i.op == Op::kNumber) return program_.numbers[k];
    if (i.op == Op::kInteger) return static_cast<Wide>(program_.integers[k]);
    if (i.op == Op::kUnsigned)
      return static_cast<Wide>(static_cast<uint64_t>(program_.integers[k]));
    if (i.op == Op::kText) return program_.texts[k];
    if (i.op == Op::kBoolean) return k == 1;
    if (i.op == Op::kNull) return {};
    const Value b = pop();
    if (i.op == Op::kIsNull) return is_null(b);
    if (i.op == Op::kNot) return is_null(b) ? b : Value(!std::get<bool>(b));
    if (i.op == Op::kIn) return is_null(b) ? b : Value(is_in(b, program_.lists[k]));
    if (i.op == Op::kLike)
      return is_null(b) ? b : Value(is_like(std::get<std::string>(b), program_.texts[k]));
    const bool is_function = i.op == Op::kNegate || (i.op >= Op::kAbs && i.op != Op::kPow);
    if (is_function) return is_null(b) ? b : function(i.op, b);
    const Value a = pop();
    if (i.op == Op::kAnd || i.op == Op::kOr) return logic(i.op, a, b);
    if (is_null(a) || is_null(b)) return {};
    return i.op >= Op::kEqual && i.op <= Op::kGreaterEqual ? compare(i.op, a, b)
                                                           : compute(i.op, a, b);
  }

  static bool is_in(const Value& v, const where::List& list) {
    return std::visit(
        [&](const auto& values) {
          for (const auto& each : values) {
            Value other;
            if constexpr (std::is_integral_v<std::decay_t<decltype(each)>>)
              other = static_cast<Wide>(each);
            else
              other = each;
            if (compare(Op::kEqual, v, other) == Value(true)) return true;
          }
          return false;
        },
        list);
  }

  const Program& program_;
  const std::vector<Operand>& columns_;
  uint64_t row_;
  std::vector<Value> stack_;
};

}  // namespace

Value value_at(const Operand& operand, uint64_t row) {
  if (!operand.validity.empty() && !(operand.validity[row / 8] >> (row % 8) & 1)) return {};
  if (operand.kind == CellKind::kString) {
    const auto begin = static_cast<size_t>(operand.offsets[row]);
    const auto end = static_cast<size_t>(operand.offsets[row + 1]);
    return std::string(as_text(operand.values.subspan(begin, end - begin)));
  }
  if (operand.kind != CellKind::kNumber) return operand.values[row] != std::byte{0};
  return with_type(operand.dtype, [&](auto zero) -> Value {
    std::memcpy(&zero, operand.values.data() + row * sizeof zero, sizeof zero);
    if constexpr (std::is_floating_point_v<decltype(zero)>)
      return number(zero);
    else
      return static_cast<Wide>(zero);
  });
}

Value value_of(const Program& program, const std::vector<Operand>& columns, uint64_t row) {
  return Row(program, columns, row).run();
}

}  // namespace fitstream::test
