#include "value_type.h"

namespace fitstream::where {

const char* name_of(ValueType type) {
  switch (type) {
    case ValueType::kBoolean:
      return "boolean";
    case ValueType::kInteger:
    case ValueType::kUnsigned:
      return "integer";
    case ValueType::kNumber:
      return "number";
    case ValueType::kText:
      return "text";
  }
  return "number";
}

ValueType type_of(Dtype dtype) {
  if (info(dtype).is_float) return ValueType::kNumber;
  return dtype == Dtype::kUint64 ? ValueType::kUnsigned : ValueType::kInteger;
}

Result<ValueType> type_of(const Column& column) {
  if (column.defect) return *column.defect;
  if (!column.is_variable) {
    if (column.kind == CellKind::kString && strings_per_row(column) == 1) return ValueType::kText;
    if (column.kind == CellKind::kNumber && column.repeat == 1)
      return type_of(column.natural_dtype());
    const bool is_boolean = column.kind == CellKind::kLogical || column.kind == CellKind::kBit;
    if (is_boolean && column.repeat == 1) return ValueType::kBoolean;
  }
  return Error::of(ErrorCode::kBadArgument, "column " + column.name + " cannot be compared",
                   "one number, logical or string in each row", column.form);
}

}  // namespace fitstream::where
