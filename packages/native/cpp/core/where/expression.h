// A program that was checked: every step has operands, and these have types that fit.
#pragma once

#include <array>
#include <span>

#include "../status.h"
#include "like.h"
#include "program.h"
#include "value_set.h"
#include "value_type.h"

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

}  // namespace fitstream::where
