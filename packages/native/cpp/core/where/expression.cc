#include "expression.h"

#include <optional>

namespace fitstream::where {
namespace {

// Registers have memory, which a stranger's program must not ask for without end.
constexpr size_t kMostRegisters = 256;

Error malformed(const std::string& what) {
  return Error::of(ErrorCode::kBadArgument, "a malformed expression: " + what);
}

class Compiler {
 public:
  Compiler(Program program, std::span<const ValueType> columns) : columns_(columns) {
    out_.program = std::move(program);
  }

  Result<Expression> run() {
    for (const Instruction& instruction : out_.program.code) {
      if (Status added = add(instruction); !added) return added.error();
      if (registers_.size() > kMostRegisters) return malformed("too many values at a time");
    }
    if (stack_.size() != 1)
      return malformed(std::to_string(stack_.size()) + " values are left instead of one");
    settle(stack_[0], ValueType::kBoolean);
    out_.type = stack_[0].type;
    out_.result = out_.steps[stack_[0].step].out;
    out_.registers = registers_.size();
    return std::move(out_);
  }

 private:
  // A value on the stack.
  struct Entry {
    size_t step = 0;  // that computes it
    ValueType type = ValueType::kNumber;
    bool is_null = false;  // the constant, which takes the type of what it meets
  };

  Status add(const Instruction& i) {
    if (i.op < Op::kAdd) return add_value(i);
    switch (i.op) {
      case Op::kAdd:
      case Op::kSubtract:
      case Op::kMultiply:
      case Op::kModulo:
        return add_arithmetic(i.op, 2);
      case Op::kNegate:
      case Op::kAbs:
        return add_arithmetic(i.op, 1);
      case Op::kDivide:
      case Op::kPow:
        return add_function(i.op, 2, ValueType::kNumber);
      case Op::kFloor:
      case Op::kCeil:
      case Op::kRound:
        return add_rounding(i.op);
      case Op::kSqrt:
      case Op::kLog10:
      case Op::kLn:
      case Op::kExp:
      case Op::kSin:
      case Op::kCos:
      case Op::kTan:
      case Op::kRadians:
      case Op::kDegrees:
        return add_function(i.op, 1, ValueType::kNumber);
      case Op::kWithin:
        return add_function(i.op, 5, ValueType::kBoolean);
      case Op::kEqual:
      case Op::kNotEqual:
      case Op::kLess:
      case Op::kLessEqual:
      case Op::kGreater:
      case Op::kGreaterEqual:
        return add_comparison(i.op);
      case Op::kAnd:
      case Op::kOr:
        return add_logic(i.op, 2);
      case Op::kNot:
        return add_logic(i.op, 1);
      case Op::kIsNull:
        if (Status s = need(1); !s) return s;
        return push(i.op, ValueType::kBoolean, 1);
      case Op::kIn:
        return add_in(i);
      case Op::kLike:
        return add_like(i);
      default:
        return unknown(i.op);
    }
  }

  // A column or a constant.
  Status add_value(const Instruction& i) {
    const Program& program = out_.program;
    switch (i.op) {
      case Op::kColumn:
        if (Status s = check(i, columns_.size(), "slot"); !s) return s;
        return push(i.op, columns_[static_cast<size_t>(i.argument)], 0, i.argument);
      case Op::kNumber:
        return add_constant(i, program.numbers.size(), ValueType::kNumber);
      case Op::kInteger:
        return add_constant(i, program.integers.size(), ValueType::kInteger);
      case Op::kUnsigned:
        return add_constant(i, program.integers.size(), ValueType::kUnsigned);
      case Op::kText:
        return add_constant(i, program.texts.size(), ValueType::kText);
      case Op::kBoolean:
        return add_constant(i, 2, ValueType::kBoolean);
      case Op::kNull: {
        Status pushed = push(i.op, ValueType::kNumber, 0);
        stack_.back().is_null = true;
        return pushed;
      }
      default:
        return unknown(i.op);
    }
  }
  Status add_constant(const Instruction& i, size_t size, ValueType type) {
    if (Status s = check(i, size, name_of(type)); !s) return s;
    return push(i.op, type, 0, i.argument);
  }

  static Status unknown(Op op) {
    return malformed("operation " + std::to_string(static_cast<int32_t>(op)) + " is unknown");
  }
  static Status check(const Instruction& i, size_t size, const char* what) {
    if (i.argument >= 0 && static_cast<size_t>(i.argument) < size) return ok();
    return malformed("there is no " + std::string(what) + " " + std::to_string(i.argument));
  }
  Status need(size_t operands) const {
    if (stack_.size() >= operands) return ok();
    return malformed("an operation lacks operands");
  }
  Entry& top(size_t below) { return stack_[stack_.size() - 1 - below]; }

  // Gives the constant NULL the type that is expected of it.
  void settle(Entry& entry, ValueType type) {
    if (!entry.is_null) return;
    entry = {entry.step, type, false};
    out_.steps[entry.step].type = type;
  }

  Status wrong_type(const char* expected, const Entry& found) const {
    return Error::of(ErrorCode::kBadArgument, "an operand of the wrong type", expected,
                     name_of(found.type));
  }

  Status add_arithmetic(Op op, size_t operands) {
    if (Status s = need(operands); !s) return s;
    bool is_whole = true;
    for (size_t k = 0; k < operands; ++k) {
      if (!is_numeric(top(k).type)) return wrong_type("a number", top(k));
      is_whole &= is_integer(top(k).type);
    }
    // A uint64 has its absolute value, also where int64 could not hold it.
    if (op == Op::kAbs && top(0).type == ValueType::kUnsigned) return ok();
    const ValueType type = is_whole ? ValueType::kInteger : ValueType::kNumber;
    for (size_t k = 0; k < operands; ++k) convert(top(k), type);
    return push(op, type, operands);
  }

  Status add_function(Op op, size_t operands, ValueType type) {
    if (Status s = need(operands); !s) return s;
    for (size_t k = 0; k < operands; ++k) {
      if (!is_numeric(top(k).type)) return wrong_type("a number", top(k));
      convert(top(k), ValueType::kNumber);
    }
    return push(op, type, operands);
  }

  Status add_rounding(Op op) {
    if (Status s = need(1); !s) return s;
    return is_integer(top(0).type) ? ok() : add_function(op, 1, ValueType::kNumber);
  }

  Status add_comparison(Op op) {
    if (Status s = need(2); !s) return s;
    settle(top(1), top(0).type);
    settle(top(0), top(1).type);
    const Entry& a = top(1);
    const Entry& b = top(0);
    const bool is_order = op != Op::kEqual && op != Op::kNotEqual;
    if (a.type == ValueType::kBoolean && is_order)
      return wrong_type("a number or a text, which have an order", a);
    if (a.type != b.type && !(is_numeric(a.type) && is_numeric(b.type)))
      return wrong_type(name_of(a.type), b);
    return push(op, ValueType::kBoolean, 2);
  }

  Status add_logic(Op op, size_t operands) {
    if (Status s = need(operands); !s) return s;
    for (size_t k = 0; k < operands; ++k) {
      settle(top(k), ValueType::kBoolean);
      if (top(k).type != ValueType::kBoolean) return wrong_type("a boolean", top(k));
    }
    return push(op, ValueType::kBoolean, operands);
  }

  Status add_in(const Instruction& i) {
    if (Status s = check(i, out_.program.lists.size(), "list"); !s) return s;
    if (Status s = need(1); !s) return s;
    const List& list = out_.program.lists[static_cast<size_t>(i.argument)];
    const bool is_text = std::holds_alternative<std::vector<std::string>>(list);
    settle(top(0), is_text ? ValueType::kText : ValueType::kNumber);
    const ValueType type = top(0).type;
    if (is_text ? type != ValueType::kText : !is_numeric(type))
      return wrong_type(is_text ? "a text" : "a number", top(0));
    out_.sets.push_back(value_set(list, type));
    return push(i.op, ValueType::kBoolean, 1, static_cast<int32_t>(out_.sets.size() - 1));
  }

  Status add_like(const Instruction& i) {
    if (Status s = check(i, out_.program.texts.size(), "text"); !s) return s;
    if (Status s = need(1); !s) return s;
    settle(top(0), ValueType::kText);
    if (top(0).type != ValueType::kText) return wrong_type("a text", top(0));
    auto pattern = Pattern::of(out_.program.texts[static_cast<size_t>(i.argument)]);
    if (!pattern) return pattern.error();
    out_.patterns.push_back(std::move(*pattern));
    return push(i.op, ValueType::kBoolean, 1, static_cast<int32_t>(out_.patterns.size() - 1));
  }

  void convert(Entry& entry, ValueType type) {
    settle(entry, type);
    if (entry.type == type) return;
    const Op op = type == ValueType::kNumber ? Op::kToNumber : Op::kToInteger;
    Step step{op, type, 0, take_register(), 1, {out_.steps[entry.step].out}};
    free(step.in[0]);
    entry = {out_.steps.size(), type, false};
    out_.steps.push_back(step);
  }

  // Adds a step whose operands are on top of the stack.
  Status push(Op op, ValueType type, size_t operands, int32_t argument = 0) {
    Step step{
        op, type, static_cast<uint32_t>(argument), take_register(), static_cast<uint32_t>(operands),
        {}};
    for (size_t k = 0; k < operands; ++k)
      free(step.in[k] = out_.steps[top(operands - 1 - k).step].out);
    stack_.resize(stack_.size() - operands);
    stack_.push_back({out_.steps.size(), type, false});
    out_.steps.push_back(step);
    return ok();
  }

  uint32_t take_register() {
    for (uint32_t i = 0; i < registers_.size(); ++i)
      if (!registers_[i]) {
        registers_[i] = true;
        return i;
      }
    registers_.push_back(true);
    return static_cast<uint32_t>(registers_.size() - 1);
  }
  void free(uint32_t index) { registers_[index] = false; }

  std::span<const ValueType> columns_;
  Expression out_;
  std::vector<Entry> stack_;
  std::vector<bool> registers_;  // whether each is in use
};

}  // namespace

Result<Expression> compile(Program program, std::span<const ValueType> columns) {
  return Compiler(std::move(program), columns).run();
}

}  // namespace fitstream::where
