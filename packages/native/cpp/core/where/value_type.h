// Types of the values in an expression.
#pragma once

#include "../table/layout.h"

namespace fitstream::where {

enum class ValueType : uint8_t {
  kBoolean,   // Truth (vector.h)
  kInteger,   // int64_t
  kUnsigned,  // uint64_t: compared as it is, int64_t where it is computed with
  kNumber,    // double
  kText,      // std::string_view
};

inline bool is_integer(ValueType type) {
  return type == ValueType::kInteger || type == ValueType::kUnsigned;
}
inline bool is_numeric(ValueType type) { return is_integer(type) || type == ValueType::kNumber; }

// As errors call it.
const char* name_of(ValueType type);

// What the cells of a column are in an expression; fails for cells of any number of values
// but one.
Result<ValueType> type_of(const Column& column);
ValueType type_of(Dtype dtype);

}  // namespace fitstream::where
