// Which instruction sets the kernels may use.
#pragma once

#include <string_view>

namespace fitstream::simd {

enum class Level { kScalar, kAvx2 };

// What this CPU and operating system offer.
Level detected_level();

// detected_level(), capped by the environment variable FITSTREAM_SIMD (scalar | avx2). Read once
// per process; an unknown word caps nothing.
Level active_level();

constexpr std::string_view level_name(Level level) {
  return level == Level::kAvx2 ? "avx2" : "scalar";
}

}  // namespace fitstream::simd
