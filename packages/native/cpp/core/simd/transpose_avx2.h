// For the files that are compiled with -mavx2.
#pragma once

#include <immintrin.h>

#include <cstddef>

namespace fitstream::simd::avx2 {

// Rows of 8 numbers of 4 bytes become columns.
inline void transpose(__m256i (&m)[8]) {
  __m256i t[8];
  for (size_t i = 0; i < 8; i += 2) {
    t[i] = _mm256_unpacklo_epi32(m[i], m[i + 1]);
    t[i + 1] = _mm256_unpackhi_epi32(m[i], m[i + 1]);
  }
  for (size_t i = 0; i < 8; i += 4) {
    m[i] = _mm256_unpacklo_epi64(t[i], t[i + 2]);
    m[i + 1] = _mm256_unpackhi_epi64(t[i], t[i + 2]);
    m[i + 2] = _mm256_unpacklo_epi64(t[i + 1], t[i + 3]);
    m[i + 3] = _mm256_unpackhi_epi64(t[i + 1], t[i + 3]);
  }
  for (size_t i = 0; i < 4; ++i) {
    const __m256i lower = m[i], upper = m[i + 4];
    m[i] = _mm256_permute2x128_si256(lower, upper, 0x20);
    m[i + 4] = _mm256_permute2x128_si256(lower, upper, 0x31);
  }
}

}  // namespace fitstream::simd::avx2
