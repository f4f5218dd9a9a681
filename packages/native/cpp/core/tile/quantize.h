// Floats that were quantized to integers (FITS Standard 4.0, section 10.2).
#pragma once

#include <optional>
#include <span>

#include "../bytes.h"
#include "../simd/cpu.h"

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

// The floats that the integers of a tile stand for, front to back: computed in float64 and rounded
// once, without fused multiply-add, which gives the bits of CFITSIO and astropy.
class Dequantizer {
 public:
  Dequantizer(const Quantization& quantization, simd::Level level);

  // Goes to the n-th next pixel.
  void skip(uint64_t n);
  // Of the next `stored.size()` pixels.
  void next(std::span<const int32_t> stored, float* out);
  void next(std::span<const int32_t> stored, double* out);

 private:
  template <typename Float>
  void convert(std::span<const int32_t> stored, Float* out);
  void advance(size_t n);

  Quantization quantization_;
  simd::Level level_;
  size_t start_;   // of the random numbers: the one that says where the run begins
  size_t at_ = 0;  // the next one
};

}  // namespace fitstream
