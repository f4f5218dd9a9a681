#include "cell_values.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <utility>

#include "../bytes.h"

namespace fitstream {
namespace {

template <typename T>
T load(const std::byte* p) {
  T value;
  std::memcpy(&value, p, sizeof value);
  return value;
}

// As another type; nothing where it has no such value.
template <typename To>
std::optional<To> number_at(const ColumnCells& cells, uint64_t i) {
  const std::byte* p = cells.values.data() + i * size_of(cells.dtype);
  const auto cast = [](auto value) -> std::optional<To> {
    using From = decltype(value);
    if constexpr (std::is_floating_point_v<To>) {
      return static_cast<To>(value);
    } else if constexpr (std::is_floating_point_v<From>) {
      if (!(value >= -0x1p63 && value < 0x1p63) || value != std::trunc(value)) return std::nullopt;
      return static_cast<To>(value);
    } else {
      if (!std::in_range<To>(value)) return std::nullopt;
      return static_cast<To>(value);
    }
  };
  switch (cells.dtype) {
    case Dtype::kUint8:
      return cast(load<uint8_t>(p));
    case Dtype::kInt8:
      return cast(load<int8_t>(p));
    case Dtype::kUint16:
      return cast(load<uint16_t>(p));
    case Dtype::kInt16:
      return cast(load<int16_t>(p));
    case Dtype::kUint32:
      return cast(load<uint32_t>(p));
    case Dtype::kInt32:
      return cast(load<int32_t>(p));
    case Dtype::kUint64:
      return cast(load<uint64_t>(p));
    case Dtype::kInt64:
      return cast(load<int64_t>(p));
    case Dtype::kFloat32:
      return cast(load<float>(p));
    case Dtype::kFloat64:
      break;
  }
  return cast(load<double>(p));
}

}  // namespace

uint64_t elements_in_cell(const Column& column) {
  if (column.is_variable) return 0;
  if (column.kind != CellKind::kString) return column.repeat;
  uint64_t n = 1;
  for (const uint64_t d : column.cell_shape) n *= d;
  return n;
}

uint64_t element_size(const Column& column, const ColumnCells& cells) {
  return (column.kind == CellKind::kComplex ? 2 : 1) * size_of(cells.dtype);
}

uint64_t elements_of(const Column& column, const ColumnCells& cells) {
  if (column.kind == CellKind::kString && !column.is_variable)
    return cells.offsets.empty() ? 0 : cells.offsets.size() - 1;
  return cells.values.size() / element_size(column, cells);
}

bool is_null(const ColumnCells& cells, uint64_t i) {
  return !cells.validity.empty() &&
         (std::to_integer<unsigned>(cells.validity[i / 8]) >> (i % 8) & 1U) == 0;
}

double real_at(const ColumnCells& cells, uint64_t i) { return *number_at<double>(cells, i); }

std::optional<int64_t> integer_at(const ColumnCells& cells, uint64_t i) {
  return number_at<int64_t>(cells, i);
}

bool is_nan(const ColumnCells& cells, uint64_t i) {
  return info(cells.dtype).is_float && std::isnan(real_at(cells, i));
}

std::string_view string_at(const ColumnCells& cells, uint64_t i) {
  const auto begin = static_cast<uint64_t>(cells.offsets[i]);
  const auto end = static_cast<uint64_t>(cells.offsets[i + 1]);
  return {reinterpret_cast<const char*>(cells.values.data()) + begin, end - begin};
}

bool is_scaled(const Column& column) {
  const bool is_plain = column.scale == 1 && column.zero == 0;
  return !is_plain && (column.natural_dtype() == Dtype::kFloat64 || info(column.stored).is_float);
}

std::optional<int64_t> stored_integer(const Column& column, double value) {
  const double raw = std::nearbyint((value - column.zero) / column.scale);
  double low = 0;
  double high = 255;
  if (column.stored != Dtype::kUint8) {
    high = std::ldexp(1.0, static_cast<int>(8 * size_of(column.stored)) - 1);
    low = -high;
    // The end of 64 bits is no double.
    high = column.stored == Dtype::kInt64 ? std::nextafter(high, 0) : high - 1;
  }
  if (!(raw >= low && raw <= high)) return std::nullopt;
  return static_cast<int64_t>(raw);
}

std::optional<std::string> ascii_number(const Column& column, const ColumnCells& cells,
                                        uint64_t i) {
  const int width = static_cast<int>(column.width);
  const int decimals = static_cast<int>(std::min<uint64_t>(column.decimals, 400));
  const char code =
      *std::find_if(column.form.begin(), column.form.end(), [](char c) { return c != ' '; });
  char text[1024];
  if (column.stored == Dtype::kInt64) {
    auto value = integer_at(cells, i);
    if (is_scaled(column)) value = stored_integer(column, real_at(cells, i));
    if (!value) return std::nullopt;
    std::snprintf(text, sizeof text, "%*lld", width, static_cast<long long>(*value));
  } else {
    const double value = (real_at(cells, i) - column.zero) / column.scale;
    if (!std::isfinite(value)) return std::nullopt;
    std::snprintf(text, sizeof text, code == 'F' ? "%*.*f" : "%*.*E", width, decimals, value);
  }
  std::string out = text;
  if (out.size() != column.width) return std::nullopt;
  if (code == 'D') std::replace(out.begin(), out.end(), 'E', 'D');
  return out;
}

}  // namespace fitstream
