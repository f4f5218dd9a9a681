#include "element_decoder.h"

#include <algorithm>

#include "../image.h"

namespace fitstream {
namespace {

// 'T' is 1, everything else 0; what is neither 'T' nor 'F' is null.
void decode_logicals(const std::byte* raw, uint64_t n, std::byte* to, uint64_t at,
                     NullMarker& nulls) {
  bool any_null = false;
  for (uint64_t i = 0; i < n; ++i) {
    to[i] = std::byte{raw[i] == std::byte{'T'}};
    any_null |= raw[i] != std::byte{'T'} && raw[i] != std::byte{'F'};
  }
  for (uint64_t i = 0; any_null && i < n; ++i)
    if (raw[i] != std::byte{'T'} && raw[i] != std::byte{'F'}) nulls.mark(at + i);
}

// Eight bits at a time: the factor puts bit 7 - k of the byte at bit 8k + 7, so that each byte of
// the word gets one, the most significant first.
void decode_bits(const std::byte* raw, uint64_t n, std::byte* to) {
  uint64_t i = 0;
  for (; i + 8 <= n; i += 8) {
    const uint64_t spread =
        (std::to_integer<uint64_t>(raw[i / 8]) * 0x8040201008040201u >> 7) & 0x0101010101010101u;
    std::memcpy(to + i, &spread, sizeof spread);
  }
  for (; i < n; ++i) to[i] = (raw[i / 8] >> (7 - i % 8)) & std::byte{1};
}

}  // namespace

simd::Recipe recipe_of(const Column& column) {
  const Scaling scaling{column.scale, column.zero, column.null};
  return *recipe_for(column.stored, scaling, column.natural_dtype());
}

ElementDecoder::ElementDecoder(const Column& column, simd::Level level)
    : column_(column), level_(level) {
  if (column.kind == CellKind::kNumber) recipe_ = recipe_of(column);
}

uint64_t ElementDecoder::out_size() const {
  switch (column_.kind) {
    case CellKind::kNumber:
      return size_of(column_.natural_dtype());
    case CellKind::kComplex:
      return 2 * size_of(column_.natural_dtype());
    default:
      return 1;
  }
}

uint64_t ElementDecoder::stored_length(uint64_t n) const {
  switch (column_.kind) {
    case CellKind::kBit:
      return (n + 7) / 8;
    case CellKind::kComplex:
      return 2 * n * size_of(column_.stored);
    default:
      return n * size_of(column_.stored);
  }
}

void ElementDecoder::decode(const std::byte* raw, uint64_t n, std::byte* to, uint64_t at,
                            NullMarker& nulls) const {
  switch (column_.kind) {
    case CellKind::kNumber:
      return decode_numbers(raw, n, to, at, nulls);
    case CellKind::kComplex:
      return decode_complex(raw, n, to);
    case CellKind::kLogical:
      return decode_logicals(raw, n, to, at, nulls);
    case CellKind::kBit:
      return decode_bits(raw, n, to);
    case CellKind::kString:
    case CellKind::kBytes:
      if (n > 0) std::memcpy(to, raw, n);
      return;
  }
}

void ElementDecoder::decode_numbers(const std::byte* raw, uint64_t n, std::byte* to, uint64_t at,
                                    NullMarker& nulls) const {
  simd::convert(recipe_, raw, to, n, level_);
  if (!recipe_.blank) return;
  const uint64_t width = size_of(column_.stored);
  const uint64_t as_stored = swap_bytes(static_cast<uint64_t>(*recipe_.blank)) >> (64 - 8 * width);
  nulls.mark_equal(raw, width, as_stored, n, at);
}

// The zero point belongs to the real part only (7.3.2, TSCALn).
void ElementDecoder::decode_complex(const std::byte* raw, uint64_t n, std::byte* to) const {
  simd::Recipe plain;
  plain.stored = column_.stored;
  plain.out = column_.natural_dtype();
  simd::convert(plain, raw, to, 2 * n, level_);
  if (column_.scale == 1 && column_.zero == 0) return;
  for (uint64_t i = 0; i < 2 * n; ++i) {
    double v;
    std::memcpy(&v, to + i * sizeof v, sizeof v);
    v *= column_.scale;
    if (i % 2 == 0) v += column_.zero;
    std::memcpy(to + i * sizeof v, &v, sizeof v);
  }
}

}  // namespace fitstream
