// Floats that were quantized to integers (FITS Standard 4.0, section 10.2).
#pragma once

#include <optional>
#include <span>

#include "../bytes.h"

namespace fitstream {

enum class Dither : uint8_t {
  kNone,          // ZQUANTIZ = 'NO_DITHER', or absent
  kSubtractive1,  // 'SUBTRACTIVE_DITHER_1'
  kSubtractive2,  // 'SUBTRACTIVE_DITHER_2': pixels that were 0 are exactly that
};

// How one tile was quantized.
struct Quantization {
  double scale = 1;  // ZSCALE
  double zero = 0;   // ZZERO
  Dither dither = Dither::kNone;
  uint64_t row = 0;              // of the tile in its table, from 0
  uint64_t seed = 1;             // ZDITHER0, 1 to 10000
  std::optional<int32_t> blank;  // ZBLANK: stands for NaN
};

// The floats that `stored` stands for: computed in float64 and rounded once, without fused
// multiply-add, which gives the bits of CFITSIO and astropy. `out` is as long as `stored`.
void dequantize(const Quantization& q, std::span<const int32_t> stored, std::span<float> out);
void dequantize(const Quantization& q, std::span<const int32_t> stored, std::span<double> out);

}  // namespace fitstream
