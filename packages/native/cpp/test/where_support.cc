#include "where_support.h"

#include <cmath>

namespace fitstream::test {
namespace {

using where::ValueType;

int32_t last(size_t size) { return static_cast<int32_t>(size) - 1; }

}  // namespace

ProgramBuilder& ProgramBuilder::op(Op op, int32_t argument) {
  program.code.push_back({op, argument});
  return *this;
}
ProgramBuilder& ProgramBuilder::column(size_t index) {
  program.columns.push_back(index);
  return slot(last(program.columns.size()));
}
ProgramBuilder& ProgramBuilder::number(double value) {
  program.numbers.push_back(value);
  return op(Op::kNumber, last(program.numbers.size()));
}
ProgramBuilder& ProgramBuilder::integer(int64_t value) {
  program.integers.push_back(value);
  return op(Op::kInteger, last(program.integers.size()));
}
ProgramBuilder& ProgramBuilder::text(std::string value) {
  program.texts.push_back(std::move(value));
  return op(Op::kText, last(program.texts.size()));
}
ProgramBuilder& ProgramBuilder::in(where::List list) {
  program.lists.push_back(std::move(list));
  return op(Op::kIn, last(program.lists.size()));
}
ProgramBuilder& ProgramBuilder::like(std::string pattern) {
  program.texts.push_back(std::move(pattern));
  return op(Op::kLike, last(program.texts.size()));
}

Memory::Column& Memory::add(const std::vector<bool>& nulls) {
  Column& column = *columns_.emplace_back(std::make_unique<Column>());
  if (!nulls.empty()) column.validity.assign((nulls.size() + 7) / 8, 0xff);
  for (size_t i = 0; i < nulls.size(); ++i)
    if (nulls[i]) column.validity[i / 8] &= static_cast<uint8_t>(~(1u << (i % 8)));
  return column;
}
Memory& Memory::finish(CellKind kind, Dtype dtype) {
  const Column& column = *columns_.back();
  operands.push_back({kind, dtype, column.values, column.offsets, column.validity});
  return *this;
}
Memory& Memory::logicals(std::string_view values) {
  std::vector<bool> nulls;
  for (const char c : values) nulls.push_back(c != 'T' && c != 'F');
  Column& column = add(nulls);
  for (const char c : values) column.values.push_back(std::byte{c == 'T'});
  return finish(CellKind::kLogical, Dtype::kUint8);
}
Memory& Memory::texts(const std::vector<std::string>& values, const std::vector<bool>& nulls) {
  Column& column = add(nulls);
  column.offsets.push_back(0);
  for (const std::string& value : values) {
    append(column.values, as_bytes(value));
    column.offsets.push_back(static_cast<int32_t>(column.values.size()));
  }
  return finish(CellKind::kString, Dtype::kUint8);
}

std::vector<Value> values_of(const where::Values& values, uint64_t rows) {
  // The dtype of booleans and texts is none.
  Operand operand{CellKind::kNumber, Dtype::kFloat64, values.values, {}, {}};
  operand.validity = {values.validity.data(), values.validity.size()};
  if (values.type == ValueType::kBoolean) operand.kind = CellKind::kLogical;
  if (values.type == ValueType::kInteger) operand.dtype = Dtype::kInt64;
  if (values.type == ValueType::kText) operand.kind = CellKind::kString;
  operand.offsets = values.offsets;
  std::vector<Value> out;
  for (uint64_t row = 0; row < rows; ++row) out.push_back(value_at(operand, row));
  return out;
}

namespace {

// Conditions by chance. Constants are near what the columns hold, so that both truths happen.
class Chance {
 public:
  Chance(const std::vector<ValueType>& columns, Random& random)
      : columns_(columns), random_(random) {
    for (size_t i = 0; i < columns.size(); ++i) out_.program.columns.push_back(i);
  }

  Program condition() {
    add_boolean(3);
    return out_.program;
  }

 private:
  bool add_column(bool (*fits)(ValueType)) {
    std::vector<int32_t> slots;
    for (size_t i = 0; i < columns_.size(); ++i)
      if (fits(columns_[i])) slots.push_back(static_cast<int32_t>(i));
    if (!slots.empty()) out_.slot(random_.pick(slots));
    return !slots.empty();
  }

  Op pick(const std::vector<Op>& ops) { return random_.pick(ops); }

  void add_comparison(int depth) {
    const Op op = pick(
        {Op::kEqual, Op::kNotEqual, Op::kLess, Op::kLessEqual, Op::kGreater, Op::kGreaterEqual});
    if (random_.chance(0.2)) {
      add_text(), add_text();
    } else {
      add_numeric(depth), add_numeric(depth);
    }
    out_.op(op);
  }

  void add_boolean(int depth) {
    const uint64_t choice = depth == 0 ? random_.between(0, 3) : random_.between(0, 11);
    switch (choice) {
      case 0:
        if (!add_column([](ValueType t) { return t == ValueType::kBoolean; }))
          out_.boolean(random_.chance(0.5));
        return;
      case 1:
        add_numeric(depth);
        if (random_.chance(0.5))
          out_.in(std::vector<int64_t>{20, 21, -3, 1});
        else
          out_.in(std::vector<double>{0.5, 19, 23, 24, 26, 17, 16, 15, 29, 1e300});
        return;
      case 2:
        add_text();
        if (random_.chance(0.5)) return void(out_.in(std::vector<std::string>{"a", "ab", "cb"}));
        out_.like(random_.pick(std::vector<std::string>{"a%", "%b%", "_b%c", "%", "ca"}));
        return;
      case 3:
        if (random_.chance(0.2)) return void(out_.null());
        add_numeric(0);
        out_.op(Op::kIsNull);
        return;
      case 4:
        add_boolean(depth - 1), out_.op(Op::kNot);
        return;
      case 5:
        add_boolean(depth - 1), add_boolean(depth - 1);
        out_.op(random_.chance(0.5) ? Op::kEqual : Op::kNotEqual);
        return;
      case 6:
      case 7:
      case 8:
        add_boolean(depth - 1), add_boolean(depth - 1);
        out_.op(random_.chance(0.5) ? Op::kAnd : Op::kOr);
        return;
      default:
        add_comparison(depth - 1);
    }
  }

  void add_numeric(int depth) {
    const uint64_t choice = depth == 0 ? random_.between(0, 5) : random_.between(0, 11);
    switch (choice) {
      case 0:
        out_.integer(static_cast<int64_t>(random_.between(0, 30)));
        return;
      case 1:
        out_.number(20 + 3 * random_.gaussian());
        return;
      case 6:
      case 7:
        add_numeric(depth - 1);
        out_.op(pick({Op::kNegate, Op::kAbs, Op::kSqrt, Op::kLog10, Op::kLn, Op::kExp, Op::kFloor,
                      Op::kCeil, Op::kRound, Op::kSin, Op::kCos, Op::kTan, Op::kRadians,
                      Op::kDegrees}));
        return;
      case 8:
      case 9:
        add_numeric(depth - 1), add_numeric(depth - 1);
        out_.op(pick({Op::kAdd, Op::kSubtract, Op::kMultiply, Op::kDivide, Op::kModulo, Op::kPow}));
        return;
      case 10:
        if (random_.chance(0.2)) return void(out_.null());
        [[fallthrough]];
      default:
        if (!add_column(
                [](ValueType t) { return t != ValueType::kBoolean && t != ValueType::kText; }))
          out_.integer(1);
    }
  }

  void add_text() {
    if (random_.chance(0.3) || !add_column([](ValueType t) { return t == ValueType::kText; }))
      out_.text(random_.pick(std::vector<std::string>{"", "a", "b", "ab", "bcb"}));
  }

  const std::vector<ValueType>& columns_;
  Random& random_;
  ProgramBuilder out_;
};

}  // namespace

Program random_condition(const std::vector<ValueType>& columns, Random& random) {
  return Chance(columns, random).condition();
}

}  // namespace fitstream::test
