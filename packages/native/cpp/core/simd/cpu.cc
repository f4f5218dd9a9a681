#include "cpu.h"

#include <algorithm>
#include <cstdlib>

namespace fitstream::simd {
namespace {

Level capped_level() {
  const Level best = detected_level();
  const char* cap = std::getenv("FITSTREAM_SIMD");
  if (!cap) return best;
  for (const Level level : {Level::kScalar, Level::kAvx2})
    if (level_name(level) == cap) return std::min(best, level);
  return best;
}

}  // namespace

Level detected_level() {
#if defined(__x86_64__)
  // The builtin also checks that the operating system saves the registers.
  const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
  const bool has_avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                          __builtin_cpu_supports("avx512cd") &&
                          __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
  if (has_avx2) return has_avx512 ? Level::kAvx512 : Level::kAvx2;
#endif
  return Level::kScalar;
}

Level active_level() {
  static const Level level = capped_level();
  return level;
}

}  // namespace fitstream::simd
