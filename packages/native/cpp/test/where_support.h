// Conditions put together by hand or by chance, and what they come to when they are taken row by
// row.
#pragma once

#include <variant>

#include "support.h"
#include "where/evaluate.h"

namespace fitstream::test {

using where::Op;
using where::Operand;
using where::Program;

// Postfix, as the grammar gives it.
class ProgramBuilder {
 public:
  // Of the slot that comes next, or of one that was used before.
  ProgramBuilder& column(size_t index);
  ProgramBuilder& slot(int32_t slot) { return op(Op::kColumn, slot); }
  ProgramBuilder& number(double value);
  ProgramBuilder& integer(int64_t value);
  ProgramBuilder& text(std::string value);
  ProgramBuilder& boolean(bool value) { return op(Op::kBoolean, value ? 1 : 0); }
  ProgramBuilder& null() { return op(Op::kNull); }
  ProgramBuilder& in(where::List list);
  ProgramBuilder& like(std::string pattern);
  ProgramBuilder& op(Op op, int32_t argument = 0);

  Program program;
};

// Columns in memory.
class Memory {
 public:
  template <typename T>
  Memory& numbers(Dtype dtype, const std::vector<T>& values, const std::vector<bool>& nulls = {}) {
    Column& column = add(nulls);
    column.values = Bytes(bytes_of(values).begin(), bytes_of(values).end());
    return finish(CellKind::kNumber, dtype);
  }
  Memory& doubles(const std::vector<double>& values) { return numbers(Dtype::kFloat64, values); }
  Memory& integers(const std::vector<int64_t>& values, const std::vector<bool>& nulls = {}) {
    return numbers(Dtype::kInt64, values, nulls);
  }
  // 'T', 'F' and anything else for null.
  Memory& logicals(std::string_view values);
  Memory& texts(const std::vector<std::string>& values, const std::vector<bool>& nulls = {});

  std::vector<Operand> operands;

 private:
  struct Column {
    Bytes values;
    std::vector<int32_t> offsets;
    std::vector<uint8_t> validity;
  };
  Column& add(const std::vector<bool>& nulls);
  Memory& finish(CellKind kind, Dtype dtype);
  std::vector<std::unique_ptr<Column>> columns_;
};

// Holds every int64 and uint64, and what two of them come to.
__extension__ typedef __int128 Wide;

// Null, a truth, an integer, a number, a text.
using Value = std::variant<std::monostate, bool, Wide, double, std::string>;

struct Overflow {};

Value value_at(const Operand& operand, uint64_t row);
// What a program comes to in one row. Throws Overflow.
Value value_of(const Program& program, const std::vector<Operand>& columns, uint64_t row);

inline Result<where::Values> evaluate(const Program& program, const std::vector<Operand>& columns,
                                      uint64_t rows, simd::Level level = simd::detected_level()) {
  return where::evaluate(program, columns, rows, level);
}
// The values of where::evaluate(), row by row.
std::vector<Value> values_of(const where::Values& values, uint64_t rows);

// A condition over columns of these types.
Program random_condition(const std::vector<where::ValueType>& columns, Random& random);

}  // namespace fitstream::test
