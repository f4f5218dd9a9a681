// The same kernels for AVX2: this file alone is compiled with -mavx2.
#include <immintrin.h>

#include <bit>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#include "convert.h"

namespace fitstream::simd::avx2 {
namespace {

// Bytes of each U reversed, within both 128-bit halves.
template <typename U>
__m256i reversal() {
  alignas(32) uint8_t order[32];
  for (size_t i = 0; i < 32; ++i)
    order[i] =
        static_cast<uint8_t>(i % 16 / sizeof(U) * sizeof(U) + (sizeof(U) - 1 - i % sizeof(U)));
  return _mm256_load_si256(reinterpret_cast<const __m256i*>(order));
}

template <typename U>
__m256i broadcast(U flip) {
  if constexpr (sizeof(U) == 1) return _mm256_set1_epi8(static_cast<char>(flip));
  if constexpr (sizeof(U) == 2) return _mm256_set1_epi16(static_cast<short>(flip));
  if constexpr (sizeof(U) == 4) return _mm256_set1_epi32(static_cast<int>(flip));
  return _mm256_set1_epi64x(static_cast<long long>(flip));
}

// Swaps as many elements as fill whole vectors; returns how many. Four vectors in flight: the
// loop is bound by memory, not by the shuffle.
template <typename U, bool kStreams = false>
size_t swap_vectors(const std::byte* from, std::byte* to, size_t n, U flip) {
  const __m256i order = reversal<U>();
  const __m256i mask = broadcast<U>(flip);
  const auto one = [&](size_t at) {
    const __m256i v = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + at));
    const __m256i s = _mm256_xor_si256(_mm256_shuffle_epi8(v, order), mask);
    if constexpr (kStreams)
      _mm256_stream_si256(reinterpret_cast<__m256i*>(to + at), s);
    else
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + at), s);
  };
  const size_t bytes = n * sizeof(U);
  size_t at = 0;
  for (; at + 128 <= bytes; at += 128) {
    one(at);
    one(at + 32);
    one(at + 64);
    one(at + 96);
  }
  for (; at + 32 <= bytes; at += 32) one(at);
  return at / sizeof(U);
}

}  // namespace

void stream_lines(const std::byte* from, std::byte* to, size_t bytes) {
  for (size_t at = 0; at < bytes; at += 32)
    _mm256_stream_si256(reinterpret_cast<__m256i*>(to + at),
                        _mm256_load_si256(reinterpret_cast<const __m256i*>(from + at)));
}

void end_streaming() { _mm_sfence(); }

}  // namespace fitstream::simd::avx2

#define KERNELS_NAMESPACE avx2
#include "convert_kernels.inc"

namespace fitstream::simd::avx2 {

size_t stream_swapped(const Recipe& r, const std::byte* from, std::byte* to, size_t n) {
  switch (size_of(r.stored)) {
    case 1:
      return swap_vectors<uint8_t, true>(from, to, n, sign_flip<uint8_t>(r));
    case 2:
      return swap_vectors<uint16_t, true>(from, to, n, sign_flip<uint16_t>(r));
    case 4:
      return swap_vectors<uint32_t, true>(from, to, n, sign_flip<uint32_t>(r));
    default:
      return swap_vectors<uint64_t, true>(from, to, n, sign_flip<uint64_t>(r));
  }
}

}  // namespace fitstream::simd::avx2
