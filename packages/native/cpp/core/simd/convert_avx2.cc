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

// How far ahead of a stream its input is asked for. The processor's own prefetching ends with each
// page; this reaches over two, of which it looks up the address as well: 15 % of a read from a
// mapping. 4 to 32 KiB measured the same. Bytes behind the input may be asked for, and are not
// read.
constexpr size_t kAhead = 8192;

void prefetch(const std::byte* from) {
  _mm_prefetch(reinterpret_cast<const char*>(from + kAhead), _MM_HINT_T0);
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
    if constexpr (kStreams) {
      prefetch(from + at);
      prefetch(from + at + 64);
    }
    one(at);
    one(at + 32);
    one(at + 64);
    one(at + 96);
  }
  for (; at + 32 <= bytes; at += 32) one(at);
  return at / sizeof(U);
}

// Stored int16, shown as V (int16 or, sign-flipped, uint16), to float32, as long as both have whole
// lines; returns how many.
template <typename V>
size_t stream_floats(const std::byte* from, std::byte* to, size_t n) {
  const __m128i order = _mm256_castsi256_si128(reversal<uint16_t>());
  const __m128i flip = _mm_set1_epi16(std::is_signed_v<V> ? 0 : INT16_MIN);
  size_t i = 0;
  for (; i + 32 <= n; i += 32) {
    const std::byte* const line = from + i * sizeof(V);
    prefetch(line);
    for (size_t k = 0; k < 32; k += 8) {
      const __m128i stored =
          _mm_loadu_si128(reinterpret_cast<const __m128i*>(line + k * sizeof(V)));
      const __m128i value = _mm_xor_si128(_mm_shuffle_epi8(stored, order), flip);
      const __m256i wide =
          std::is_signed_v<V> ? _mm256_cvtepi16_epi32(value) : _mm256_cvtepu16_epi32(value);
      _mm256_stream_ps(reinterpret_cast<float*>(to) + i + k, _mm256_cvtepi32_ps(wide));
    }
  }
  return i;
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

size_t stream(const Recipe& r, const std::byte* from, std::byte* to, size_t n) {
  if (!is_swap(r)) {
    const bool has_kernel =
        r.stored == Dtype::kInt16 && r.out == Dtype::kFloat32 && !r.is_scaled && !r.blank;
    if (!has_kernel) return 0;
    return r.flips_sign ? stream_floats<uint16_t>(from, to, n)
                        : stream_floats<int16_t>(from, to, n);
  }
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
