#include "condition.h"

namespace fitstream::where {

Result<Expression> Condition::compile() const {
  std::vector<ValueType> types;
  for (const size_t c : program.columns) {
    if (c >= layout.columns.size())
      return Error::of(ErrorCode::kOutOfBounds, "the table has no such column",
                       std::to_string(layout.columns.size()) + " columns", std::to_string(c));
    const auto type = type_of(layout.columns[c]);
    if (!type) return type.error();
    types.push_back(*type);
  }
  auto expression = where::compile(program, types);
  if (expression && expression->type != ValueType::kBoolean)
    return Error::of(ErrorCode::kBadArgument, "the condition of where is no condition", "a boolean",
                     name_of(expression->type));
  return expression;
}

}  // namespace fitstream::where
