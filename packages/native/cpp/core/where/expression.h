// A program that was checked: every step has operands, and these have types that fit.
#pragma once

#include <array>
#include <span>

#include "../status.h"
#include "../table/layout.h"
#include "like.h"
#include "program.h"
#include "value_set.h"
#include "vector.h"

namespace fitstream::where {

// Computes one register out of others; never one of its operands.
struct Step {
  Op op = Op::kNull;
  ValueType type = ValueType::kBoolean;
  uint32_t argument = 0;
  uint32_t out = 0;
  uint32_t operands = 0;
  std::array<uint32_t, 5> in{};
};

struct Expression {
  Program program;  // for its constants
  std::vector<Step> steps;
  std::vector<Pattern> patterns;  // arguments of LIKE
  std::vector<ValueSet> sets;     // arguments of IN
  size_t registers = 0;
  // The last step's.
  ValueType type = ValueType::kBoolean;
  uint32_t result = 0;
};

// `columns`: the types of the columns by slot.
Result<Expression> compile(Program program, std::span<const ValueType> columns);

// The same for the columns of a table, which must be readable; the result must be boolean.
Result<Expression> compile_condition(Program program, const TableLayout& layout);

// What the cells of a column are in an expression; fails for cells of several values, or of a
// number that differs.
Result<ValueType> type_of(const Column& column);
ValueType type_of(Dtype dtype);

}  // namespace fitstream::where
