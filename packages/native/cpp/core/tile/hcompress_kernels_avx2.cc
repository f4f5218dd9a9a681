// The same kernels for AVX2: this file alone is compiled with -mavx2.
#include <immintrin.h>

#include <algorithm>
#include <array>
#include <bit>
#include <type_traits>
#include <utility>

#include "../bytes.h"
#include "hcompress_kernels.h"

namespace fitstream::hcompress::avx2 {
namespace {

// For each set of lanes: how many of them are before a lane.
constexpr auto kRanks = [] {
  std::array<std::array<uint8_t, 8>, 256> ranks{};
  for (unsigned set = 0; set < 256; ++set)
    for (unsigned lane = 0; lane < 8; ++lane)
      ranks[set][lane] = static_cast<uint8_t>(std::popcount(set & ((1u << lane) - 1)));
  return ranks;
}();

// Signs as many coefficients as fill whole vectors; returns how many. A lane's sign bit is moved
// to the top by its rank among the lanes that have one.
size_t sign_vectors(const std::byte* signs, uint64_t& at, int32_t* row, size_t n) {
  const __m256i zero = _mm256_setzero_si256();
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    auto* p = reinterpret_cast<__m256i*>(row + i);
    const __m256i v = _mm256_loadu_si256(p);
    const auto set =
        static_cast<unsigned>(_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpgt_epi32(v, zero))));
    const uint32_t window = load_be<uint32_t>(signs + at / 8) << at % 8;
    const __m256i ranks =
        _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(kRanks[set].data())));
    const __m256i lifted = _mm256_sllv_epi32(_mm256_set1_epi32(static_cast<int>(window)), ranks);
    const __m256i flip = _mm256_srai_epi32(lifted, 31);
    _mm256_storeu_si256(p, _mm256_sub_epi32(_mm256_xor_si256(v, flip), flip));
    at += static_cast<unsigned>(std::popcount(set));
  }
  return i;
}

}  // namespace
}  // namespace fitstream::hcompress::avx2

#define KERNELS_NAMESPACE avx2
#include "hcompress_kernels.inc"
