#include "text.h"

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
size_t copy_vectors(const std::byte* text, size_t width, std::byte* to) {
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
  const uint64_t inside = UINT64_MAX >> (64 - width);
  nuls &= inside;
  const uint64_t before_nul = nuls ? (nuls & (~nuls + 1)) - 1 : inside;
  return 64 - static_cast<size_t>(std::countl_zero(~spaces & before_nul));
}

size_t copy_vectors(const std::byte* text, size_t width, std::byte* to) {
  switch ((width + kVector - 1) / kVector) {
    case 1:
      return copy_vectors<1>(text, width, to);
    case 2:
      return copy_vectors<2>(text, width, to);
    case 3:
      return copy_vectors<3>(text, width, to);
    default:
      return copy_vectors<4>(text, width, to);
  }
}

#endif

// copy(text, to, room): bytes of one string.
template <typename Copy>
size_t for_each_string(const TextRows& text, std::byte* to, int32_t* ends, size_t base,
                       const Copy& copy) {
  const std::byte* room = to + text.rows * text.per_row * text.width;
  std::byte* at = to;
  for (size_t row = 0; row < text.rows; ++row) {
    const std::byte* from = text.first + row * text.stride;
    for (size_t i = 0; i < text.per_row; ++i, from += text.width) {
      at += copy(from, at, room);
      *ends++ = static_cast<int32_t>(base + static_cast<size_t>(at - to));
    }
  }
  return static_cast<size_t>(at - to);
}

}  // namespace

size_t trim_strings(const TextRows& text, std::byte* to, int32_t* ends, size_t base, Level level) {
#if defined(FITSTREAM_X86)
  if (level >= Level::kAvx2 && text.width > 0 && text.width <= 64) {
    const auto whole = static_cast<ptrdiff_t>((text.width + kVector - 1) / kVector * kVector);
    return for_each_string(
        text, to, ends, base, [&](const std::byte* from, std::byte* at, const std::byte* room) {
          const bool fits = text.end - from >= whole && room - at >= whole;
          return fits ? copy_vectors(from, text.width, at) : copy_trimmed(from, text.width, at);
        });
  }
#endif
  static_cast<void>(level);
  return for_each_string(text, to, ends, base,
                         [&](const std::byte* from, std::byte* at, const std::byte*) {
                           return copy_trimmed(from, text.width, at);
                         });
}

}  // namespace fitstream::simd
