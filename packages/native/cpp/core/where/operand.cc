#include "operand.h"

#include <limits>

#include "../read_once.h"

namespace fitstream::where {
namespace {

bool is_null_at(const Operand& operand, uint64_t row) {
  return !operand.validity.empty() && !(operand.validity[row / 8] >> (row % 8) & 1);
}

void load_nulls(const Operand& operand, uint64_t first, size_t n, Register& out) {
  if (operand.validity.empty()) return;
  uint8_t* nulls = out.nulls();
  for (size_t i = 0; i < n; ++i) nulls[i] = is_null_at(operand, first + i);
}

template <typename From, typename To>
void load_numbers(const Operand& operand, uint64_t first, size_t n, Register& out) {
  const std::byte* from = operand.values.data() + first * sizeof(From);
  const bool is_aligned = reinterpret_cast<uintptr_t>(from) % alignof(To) == 0;
  // Memory of others may have anything but NaN where it has a null.
  const bool marks_null = std::is_same_v<To, double> && !operand.validity.empty();
  if (std::is_same_v<From, To> && is_aligned && !marks_null) {
    out.vector.values = from;
  } else {
    To* to = out.values<To>();
    for (size_t i = 0; i < n; ++i) {
      From value;
      std::memcpy(&value, from + i * sizeof value, sizeof value);
      to[i] = static_cast<To>(value);
    }
    for (size_t i = 0; marks_null && i < n; ++i)
      if (is_null_at(operand, first + i)) to[i] = std::numeric_limits<To>::quiet_NaN();
  }
  if (!std::is_same_v<To, double>) load_nulls(operand, first, n, out);
}

void load_numbers(const Operand& operand, uint64_t first, size_t n, Register& out) {
  switch (operand.dtype) {
    case Dtype::kUint8:
      return load_numbers<uint8_t, int64_t>(operand, first, n, out);
    case Dtype::kInt8:
      return load_numbers<int8_t, int64_t>(operand, first, n, out);
    case Dtype::kUint16:
      return load_numbers<uint16_t, int64_t>(operand, first, n, out);
    case Dtype::kInt16:
      return load_numbers<int16_t, int64_t>(operand, first, n, out);
    case Dtype::kUint32:
      return load_numbers<uint32_t, int64_t>(operand, first, n, out);
    case Dtype::kInt32:
      return load_numbers<int32_t, int64_t>(operand, first, n, out);
    case Dtype::kUint64:
      return load_numbers<uint64_t, uint64_t>(operand, first, n, out);
    case Dtype::kInt64:
      return load_numbers<int64_t, int64_t>(operand, first, n, out);
    case Dtype::kFloat32:
      return load_numbers<float, double>(operand, first, n, out);
    case Dtype::kFloat64:
      return load_numbers<double, double>(operand, first, n, out);
  }
}

void load_truths(const Operand& operand, uint64_t first, size_t n, Register& out) {
  Truth* to = out.values<Truth>();
  for (size_t i = 0; i < n; ++i) to[i] = operand.values[first + i] != std::byte{0} ? kTrue : kFalse;
  for (size_t i = 0; !operand.validity.empty() && i < n; ++i)
    if (is_null_at(operand, first + i)) to[i] = kUnknown;
}

void load_texts(const Operand& operand, uint64_t first, size_t n, Register& out) {
  auto* to = out.values<std::string_view>();
  const auto* bytes = reinterpret_cast<const char*>(operand.values.data());
  const int32_t* const offsets = operand.offsets.data() + first;
  for (size_t i = 0; i < n; ++i) {
    const ItemRange text = items_of_row(offsets, i, operand.values.size());
    to[i] = {bytes + text.begin, text.length};
  }
  load_nulls(operand, first, n, out);
}

Error too_small(const char* what) {
  return Error::of(ErrorCode::kBadArgument,
                   std::string("the ") + what + " of a column are too few for its rows");
}

}  // namespace

ValueType type_of(const Operand& operand) {
  if (operand.kind == CellKind::kString) return ValueType::kText;
  if (operand.kind != CellKind::kNumber) return ValueType::kBoolean;
  return type_of(operand.dtype);
}

Operand operand_of(const Column& column, const ColumnData& data) {
  return {column.kind,
          column.natural_dtype(),
          data.values,
          {data.offsets.data(), data.offsets.size()},
          {data.validity.data(), data.validity.size()}};
}

Status check_operand(const Operand& operand, uint64_t rows) {
  if (!operand.validity.empty() && operand.validity.size() < rows / 8 + (rows % 8 > 0))
    return too_small("validity bits");
  if (operand.kind != CellKind::kString) {
    const size_t width = operand.kind == CellKind::kNumber ? size_of(operand.dtype) : 1;
    return operand.values.size() / width < rows ? too_small("values") : ok();
  }
  if (operand.offsets.empty() || operand.offsets.size() - 1 < rows) return too_small("offsets");
  if (operand.offsets[0] < 0) return too_small("bytes");
  for (uint64_t i = 0; i < rows; ++i)
    if (operand.offsets[i + 1] < operand.offsets[i]) return too_small("bytes");
  return static_cast<uint64_t>(operand.offsets[rows]) > operand.values.size() ? too_small("bytes")
                                                                              : ok();
}

void load(const Operand& operand, uint64_t first, size_t n, Register& out) {
  switch (operand.kind) {
    case CellKind::kString:
      return load_texts(operand, first, n, out);
    case CellKind::kLogical:
    case CellKind::kBit:
      return load_truths(operand, first, n, out);
    default:
      return load_numbers(operand, first, n, out);
  }
}

}  // namespace fitstream::where
