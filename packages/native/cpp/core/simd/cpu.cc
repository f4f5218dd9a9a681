#include "cpu.h"

#include <cstdlib>

namespace fitstream::simd {
namespace {

Level capped_level() {
  const Level best = detected_level();
  const char* cap = std::getenv("FITSTREAM_SIMD");
  if (cap && std::string_view(cap) == "scalar") return Level::kScalar;
  return best;
}

}  // namespace

Level detected_level() {
#if defined(__x86_64__)
  // The builtin also checks that the operating system saves the AVX registers.
  if (__builtin_cpu_supports("avx2")) return Level::kAvx2;
#endif
  return Level::kScalar;
}

Level active_level() {
  static const Level level = capped_level();
  return level;
}

}  // namespace fitstream::simd
