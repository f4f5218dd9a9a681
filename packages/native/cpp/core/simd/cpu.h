// Which instruction sets the kernels may use.
#pragma once

#include <string_view>

namespace fitstream::simd {

// Each holds all of those before it. kAvx2: AVX2 and BMI2; kAvx512: F, BW, CD, VL and DQ.
enum class Level { kScalar, kAvx2, kAvx512 };

// What this CPU and operating system offer.
Level detected_level();

// detected_level(), capped by the environment variable FITSTREAM_SIMD (scalar | avx2 | avx512).
// Read once per process; an unknown word caps nothing.
Level active_level();

constexpr std::string_view level_name(Level level) {
  switch (level) {
    case Level::kScalar:
      return "scalar";
    case Level::kAvx2:
      return "avx2";
    case Level::kAvx512:
      return "avx512";
  }
  return "scalar";
}

}  // namespace fitstream::simd
