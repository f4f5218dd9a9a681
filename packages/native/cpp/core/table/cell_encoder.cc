#include "cell_encoder.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "../big_endian.h"

namespace fitstream {
namespace {

Error column_error(const Column& column, std::string what, std::string expected = {},
                   std::string found = {}) {
  return Error::of(ErrorCode::kBadArgument, "column '" + column.name + "' " + std::move(what),
                   std::move(expected), std::move(found));
}

bool is_null(const ColumnCells& cells, uint64_t i) {
  return !cells.validity.empty() &&
         (std::to_integer<unsigned>(cells.validity[i / 8]) >> (i % 8) & 1U) == 0;
}

bool has_null(const Column& column, const ColumnCells& cells) {
  if (cells.validity.empty()) return false;
  const uint64_t n = elements_of(column, cells);
  for (uint64_t i = 0; i < n; ++i)
    if (is_null(cells, i)) return true;
  return false;
}

uint64_t element_size(const Column& column, const ColumnCells& cells) {
  return (column.kind == CellKind::kComplex ? 2 : 1) * size_of(cells.dtype);
}

// Numbers that TSCALn and TZEROn turn into others, but for the convention for unsigned integers.
bool is_scaled(const Column& column) {
  const bool is_plain = column.scale == 1 && column.zero == 0;
  return !is_plain && (column.natural_dtype() == Dtype::kFloat64 || info(column.stored).is_float);
}

template <typename T>
T load(const std::byte* p) {
  T value;
  std::memcpy(&value, p, sizeof value);
  return value;
}

// Any number as a double, and whether that is exact.
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

// The integer that TSCALn and TZEROn turn into the one nearest to `value`; nothing where the stored
// type ends before it.
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

void store_integer(Dtype stored, int64_t value, std::byte* to) {
  // The low bytes of a number are its value in any narrower type.
  const uint64_t bytes = swap_bytes(static_cast<uint64_t>(value));
  std::memcpy(to, reinterpret_cast<const std::byte*>(&bytes) + 8 - size_of(stored),
              size_of(stored));
}

void store_real(Dtype stored, double value, std::byte* to) {
  if (stored == Dtype::kFloat32) {
    const auto narrow = static_cast<float>(value);
    store_big_endian(stored, false, reinterpret_cast<const std::byte*>(&narrow), to, 1);
  } else {
    store_big_endian(stored, false, reinterpret_cast<const std::byte*>(&value), to, 1);
  }
}

void encode_scaled(const Column& column, const ColumnCells& cells, uint64_t first, uint64_t n,
                   std::byte* to) {
  const size_t size = size_of(column.stored);
  for (uint64_t i = 0; i < n; ++i) {
    const double value = load<double>(cells.values.data() + (first + i) * sizeof(double));
    if (info(column.stored).is_float) {
      store_real(column.stored, (value - column.zero) / column.scale, to + i * size);
    } else if (const auto raw = stored_integer(column, value); raw && !is_null(cells, first + i)) {
      store_integer(column.stored, *raw, to + i * size);
    } else {
      store_integer(column.stored, column.null.value_or(0), to + i * size);
    }
  }
}

// Overwrites what stands for null elements.
void encode_nulls(const Column& column, const ColumnCells& cells, uint64_t first, uint64_t n,
                  std::byte* to) {
  const bool is_complex = column.kind == CellKind::kComplex;
  const size_t size = size_of(column.stored);
  for (uint64_t i = 0; i < n; ++i) {
    if (!is_null(cells, first + i)) continue;
    if (!info(column.stored).is_float) {
      store_integer(column.stored, column.null.value_or(0), to + i * size);
      continue;
    }
    for (size_t part = 0; part < (is_complex ? 2U : 1U); ++part)
      store_real(column.stored, std::numeric_limits<double>::quiet_NaN(),
                 to + (is_complex ? 2 * i + part : i) * size);
  }
}

void encode_logicals(const ColumnCells& cells, uint64_t first, uint64_t n, std::byte* to) {
  for (uint64_t i = first; i < first + n; ++i) {
    const char letter = is_null(cells, i) ? '\0' : cells.values[i] != std::byte{0} ? 'T' : 'F';
    *to++ = static_cast<std::byte>(letter);
  }
}

std::string_view string_at(const ColumnCells& cells, uint64_t i) {
  const auto begin = static_cast<uint64_t>(cells.offsets[i]);
  const auto end = static_cast<uint64_t>(cells.offsets[i + 1]);
  return {reinterpret_cast<const char*>(cells.values.data()) + begin, end - begin};
}

// Filled with spaces; a string that begins with a NUL is a null one (7.3.3.1).
void encode_strings(const Column& column, bool is_ascii, const ColumnCells& cells, uint64_t first,
                    uint64_t n, std::byte* to) {
  for (uint64_t i = first; i < first + n; ++i, to += column.string_width) {
    const bool null = is_null(cells, i);
    const std::string_view text = null ? std::string_view(column.null_text) : string_at(cells, i);
    std::memset(to, null && !is_ascii ? '\0' : ' ', column.string_width);
    text.copy(reinterpret_cast<char*>(to), column.string_width);
  }
}

// A number as an ASCII table holds it (7.2.1); nothing when its field is too narrow.
std::optional<std::string> ascii_number(const Column& column, const ColumnCells& cells,
                                        uint64_t i) {
  const int width = static_cast<int>(column.width);
  const int decimals = static_cast<int>(std::min<uint64_t>(column.decimals, 400));
  const char code =
      *std::find_if(column.form.begin(), column.form.end(), [](char c) { return c != ' '; });
  char text[1024];
  if (column.stored == Dtype::kInt64) {
    auto value = number_at<int64_t>(cells, i);
    if (is_scaled(column)) value = stored_integer(column, *number_at<double>(cells, i));
    if (!value) return std::nullopt;
    std::snprintf(text, sizeof text, "%*lld", width, static_cast<long long>(*value));
  } else {
    const double value = (*number_at<double>(cells, i) - column.zero) / column.scale;
    if (!std::isfinite(value)) return std::nullopt;
    std::snprintf(text, sizeof text, code == 'F' ? "%*.*f" : "%*.*E", width, decimals, value);
  }
  std::string out = text;
  if (out.size() != column.width) return std::nullopt;
  if (code == 'D') std::replace(out.begin(), out.end(), 'E', 'D');
  return out;
}

bool is_nan(const ColumnCells& cells, uint64_t i) {
  return info(cells.dtype).is_float && std::isnan(*number_at<double>(cells, i));
}

void encode_ascii_numbers(const Column& column, const ColumnCells& cells, uint64_t first,
                          uint64_t n, std::byte* to) {
  for (uint64_t i = first; i < first + n; ++i, to += column.width) {
    const std::string text = is_null(cells, i) || is_nan(cells, i)
                                 ? column.null_text
                                 : ascii_number(column, cells, i).value_or("");
    std::fill_n(to, column.width, std::byte{' '});
    text.copy(reinterpret_cast<char*>(to), column.width);
  }
}

Status check_ascii_numbers(const Column& column, const ColumnCells& cells) {
  const uint64_t n = elements_of(column, cells);
  for (uint64_t i = 0; i < n; ++i) {
    if (is_null(cells, i) || is_nan(cells, i)) {
      if (column.null_text.empty() || column.null_text.size() > column.width)
        return column_error(column, "cannot hold nulls", "a TNULL that fits its field",
                            "'" + column.null_text + "'");
    } else if (!ascii_number(column, cells, i)) {
      return column_error(column, "has a number that does not fit its field",
                          "a number for " + column.form,
                          std::to_string(*number_at<double>(cells, i)));
    }
  }
  return ok();
}

Status check_scaled(const Column& column, const ColumnCells& cells) {
  if (cells.dtype != Dtype::kFloat64)
    return column_error(column, "is scaled and has values of another type", "float64",
                        std::string(name_of(cells.dtype)));
  if (!(std::isfinite(column.scale) && column.scale != 0 && std::isfinite(column.zero)))
    return column_error(column, "has a scaling that cannot be undone");
  if (info(column.stored).is_float) return ok();
  const uint64_t n = elements_of(column, cells);
  for (uint64_t i = 0; i < n; ++i) {
    const double value = load<double>(cells.values.data() + i * sizeof(double));
    if (is_null(cells, i)) continue;
    if (std::isnan(value) && column.null) continue;
    if (!stored_integer(column, value))
      return column_error(column, "has a value that its stored type cannot hold",
                          std::string(name_of(column.stored)), std::to_string(value));
  }
  return ok();
}

Status check_strings(const Column& column, bool is_ascii, const ColumnCells& cells) {
  for (uint64_t i = 0; i + 1 < cells.offsets.size(); ++i) {
    const std::string_view text = string_at(cells, i);
    if (text.size() > column.string_width)
      return column_error(column, "has a string that is too long",
                          std::to_string(column.string_width) + " bytes",
                          std::to_string(text.size()));
    // 7.2.5: fields hold ASCII text.
    const auto is_printable = [](char c) { return c >= ' ' && c <= '~'; };
    if (is_ascii && !std::all_of(text.begin(), text.end(), is_printable))
      return column_error(column, "has a string that no ASCII table holds", "printable ASCII");
  }
  return ok();
}

Status check_type(const Column& column, bool is_ascii, const ColumnCells& cells) {
  const bool is_fixed_string = column.kind == CellKind::kString && !column.is_variable;
  if (cells.is_string != is_fixed_string && !(cells.is_string && column.kind == CellKind::kString))
    return column_error(column, "holds something else", "values for TFORM '" + column.form + "'",
                        cells.is_string ? "strings" : std::string(name_of(cells.dtype)));
  const bool is_numeric = column.kind == CellKind::kNumber || column.kind == CellKind::kComplex;
  if (is_numeric && (is_ascii || is_scaled(column))) return ok();
  // Characters, logicals and bits come one byte each.
  const Dtype wanted = is_numeric ? column.natural_dtype() : Dtype::kUint8;
  if (cells.dtype != wanted)
    return column_error(column, "has values of another type", std::string(name_of(wanted)),
                        std::string(name_of(cells.dtype)));
  return ok();
}

Status check_nulls(const Column& column, bool is_ascii, const ColumnCells& cells) {
  if (cells.validity.size() < (elements_of(column, cells) + 7) / 8 && !cells.validity.empty())
    return column_error(column, "has a validity bitmap that is too short",
                        std::to_string((elements_of(column, cells) + 7) / 8) + " bytes",
                        std::to_string(cells.validity.size()));
  if (!has_null(column, cells) || is_ascii) return ok();
  const bool is_integer = column.kind == CellKind::kNumber && !info(column.stored).is_float;
  if (is_integer && !column.null)
    return column_error(column, "cannot hold nulls", "an integer column with TNULL");
  if (column.kind == CellKind::kBit || (column.kind == CellKind::kString && column.is_variable))
    return column_error(column, "cannot hold nulls", "another type than bits or such strings");
  return ok();
}

}  // namespace

uint64_t elements_in_cell(const Column& column) {
  if (column.is_variable) return 0;
  if (column.kind != CellKind::kString) return column.repeat;
  uint64_t n = 1;
  for (const uint64_t d : column.cell_shape) n *= d;
  return n;
}

uint64_t elements_of(const Column& column, const ColumnCells& cells) {
  if (column.kind == CellKind::kString && !column.is_variable)
    return cells.offsets.empty() ? 0 : cells.offsets.size() - 1;
  return cells.values.size() / element_size(column, cells);
}

Status check_cells(const Column& column, bool is_ascii, const ColumnCells& cells) {
  if (Status s = check_type(column, is_ascii, cells); !s) return s;
  if (cells.values.size() % element_size(column, cells) != 0)
    return column_error(column, "ends inside an element");
  if (Status s = check_nulls(column, is_ascii, cells); !s) return s;
  if (column.kind == CellKind::kString)
    return column.is_variable ? ok() : check_strings(column, is_ascii, cells);
  if (column.kind == CellKind::kComplex && is_scaled(column))
    return column_error(column, "has scaled complex numbers, which are not written");
  if (column.kind != CellKind::kNumber) return ok();
  if (is_ascii) return check_ascii_numbers(column, cells);
  return is_scaled(column) ? check_scaled(column, cells) : ok();
}

void encode_elements(const Column& column, bool is_ascii, const ColumnCells& cells, uint64_t first,
                     uint64_t n, std::byte* to) {
  if (column.kind == CellKind::kString && column.is_variable) {
    std::memcpy(to, cells.values.data() + first, n);
    return;
  }
  if (column.kind == CellKind::kString)
    return encode_strings(column, is_ascii, cells, first, n, to);
  if (column.kind == CellKind::kLogical) return encode_logicals(cells, first, n, to);
  if (is_ascii) return encode_ascii_numbers(column, cells, first, n, to);
  if (is_scaled(column)) {
    encode_scaled(column, cells, first, n, to);
  } else {
    const bool flips = column.natural_dtype() != column.stored;
    const size_t parts = column.kind == CellKind::kComplex ? 2 : 1;
    store_big_endian(cells.dtype, flips, cells.values.data() + first * parts * size_of(cells.dtype),
                     to, n * parts);
  }
  if (!cells.validity.empty()) encode_nulls(column, cells, first, n, to);
}

void pack_bits(const ColumnCells& cells, uint64_t first, uint64_t n, std::byte* to) {
  std::memset(to, 0, (n + 7) / 8);
  for (uint64_t i = 0; i < n; ++i)
    if (cells.values[first + i] != std::byte{0})
      to[i / 8] |= static_cast<std::byte>(0x80 >> (i % 8));
}

}  // namespace fitstream
