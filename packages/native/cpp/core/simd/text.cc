#include "text.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#if defined(FITSTREAM_X86)
#include <emmintrin.h>
#endif

namespace fitstream::simd {
namespace {

size_t trimmed_length(const std::byte* text, size_t width) {
  const void* nul = width ? std::memchr(text, 0, width) : nullptr;
  size_t length = nul ? static_cast<size_t>(static_cast<const std::byte*>(nul) - text) : width;
  while (length > 0 && text[length - 1] == std::byte{' '}) --length;
  return length;
}

size_t copy_trimmed(const std::byte* text, size_t width, std::byte* to) {
  const size_t length = trimmed_length(text, width);
  if (length > 0) std::memcpy(to, text, length);
  return length;
}

#if defined(FITSTREAM_X86)

constexpr size_t kVector = sizeof(__m128i);

// A string of at most kVectors vectors, copied with what stands behind it: one load, one store, and
// its length by the bits of two comparisons. SSE2, which every x86-64 has.
template <size_t kVectors>
size_t copy_vectors(const std::byte* text, uint64_t inside, std::byte* to) {
  uint64_t nuls = 0;
  uint64_t spaces = 0;
  for (size_t i = 0; i < kVectors; ++i) {
    const __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text + i * kVector));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + i * kVector), v);
    const auto mask = [&](char c) {
      const int bits = _mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8(c)));
      return static_cast<uint64_t>(static_cast<uint32_t>(bits)) << (i * kVector);
    };
    nuls |= mask('\0');
    spaces |= mask(' ');
  }
  // Up to the first NUL: below its lowest bit, or all where there is none.
  const uint64_t before_nul = ((nuls & inside) - 1) & ~nuls & inside;
  return 64 - static_cast<size_t>(std::countl_zero(~spaces & before_nul));
}

// The strings of rows whose vectors end before `text.end` and before the room of all; returns how
// many rows that were.
template <size_t kVectors>
size_t trim_vectors(const TextRows& text, std::byte*& at, int32_t*& ends, size_t base) {
  const size_t whole = kVectors * kVector;
  // A string never lies further on than it would with the padding of those before it: only the last
  // ones, as many as fill a vector, may be too near the end of the room.
  const size_t near_end = (whole / text.width + text.per_row) / text.per_row;
  const auto bytes = static_cast<size_t>(text.end - text.first);
  const size_t row_end = (text.per_row - 1) * text.width + whole;
  if (bytes < row_end || text.rows <= near_end || text.stride == 0) return 0;
  const size_t rows = std::min(text.rows - near_end, (bytes - row_end) / text.stride + 1);
  const uint64_t inside = UINT64_MAX >> (64 - text.width);
  const std::byte* from = text.first;
  std::byte* to = at;
  int32_t* end = ends;
  auto length = static_cast<int32_t>(base);
  for (size_t row = 0; row < rows; ++row, from += text.stride) {
    for (size_t i = 0; i < text.per_row; ++i) {
      const size_t n = copy_vectors<kVectors>(from + i * text.width, inside, to);
      to += n;
      length += static_cast<int32_t>(n);
      *end++ = length;
    }
  }
  at = to;
  ends = end;
  return rows;
}

size_t trim_vectors(const TextRows& text, std::byte*& at, int32_t*& ends, size_t base) {
  switch ((text.width + kVector - 1) / kVector) {
    case 1:
      return trim_vectors<1>(text, at, ends, base);
    case 2:
      return trim_vectors<2>(text, at, ends, base);
    case 3:
      return trim_vectors<3>(text, at, ends, base);
    default:
      return trim_vectors<4>(text, at, ends, base);
  }
}

#endif

}  // namespace

size_t trim_strings(const TextRows& text, std::byte* to, int32_t* ends, size_t base, Level level) {
  std::byte* at = to;
  size_t row = 0;
#if defined(FITSTREAM_X86)
  if (level >= Level::kAvx2 && text.per_row > 0 && text.width > 0 && text.width <= 64)
    row = trim_vectors(text, at, ends, base);
#endif
  static_cast<void>(level);
  for (; row < text.rows; ++row) {
    const std::byte* from = text.first + row * text.stride;
    for (size_t i = 0; i < text.per_row; ++i, from += text.width) {
      at += copy_trimmed(from, text.width, at);
      *ends++ = static_cast<int32_t>(base + static_cast<size_t>(at - to));
    }
  }
  return static_cast<size_t>(at - to);
}

}  // namespace fitstream::simd
