#include "cell_encoder.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "../big_endian.h"
#include "cell_values.h"

namespace fitstream {
namespace {

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
    const double value = real_at(cells, first + i);
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

}  // namespace

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
