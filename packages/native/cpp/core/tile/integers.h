// Decoded integers as pixels: what simd/convert.h does for big-endian bytes.
#pragma once

#include "../simd/convert.h"

namespace fitstream {

// Converts the integers that a codec gave to pixels of recipe.out. False where one of them does not
// fit the stored type, which must have at most 32 bits; the pixels are of no use then.
[[nodiscard]] bool convert_integers(const simd::Recipe& recipe, std::span<const int32_t> integers,
                                    std::byte* out, simd::Level level);

}  // namespace fitstream
