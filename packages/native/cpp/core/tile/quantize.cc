#include "quantize.h"

#include <array>
#include <limits>

namespace fitstream {
namespace {

constexpr size_t kRandoms = 10000;
// What dither 2 stores for an exact zero.
constexpr int32_t kExactZero = std::numeric_limits<int32_t>::min() + 2;

// The random numbers that every writer and reader shares (Standard 4.0, appendix I): Park and
// Miller's generator, seed 1.
const std::array<float, kRandoms>& randoms() {
  static const auto table = [] {
    std::array<float, kRandoms> values{};
    constexpr double kFactor = 16807;
    constexpr double kModulus = 2147483647;
    double seed = 1;
    for (float& value : values) {
      const double product = kFactor * seed;
      seed = product - kModulus * static_cast<double>(static_cast<int>(product / kModulus));
      value = static_cast<float>(seed / kModulus);
    }
    return values;
  }();
  return table;
}

// The offsets of a tile's pixels, one after the other.
class Offsets {
 public:
  Offsets(uint64_t row, uint64_t seed) : start_((row + seed - 1) % kRandoms) { restart(); }
  double next() {
    const double value = values_[at_++];
    if (at_ == kRandoms) {
      start_ = (start_ + 1) % kRandoms;
      restart();
    }
    return value;
  }

 private:
  void restart() { at_ = static_cast<size_t>(values_[start_] * 500); }

  const std::array<float, kRandoms>& values_ = randoms();
  size_t start_;
  size_t at_ = 0;
};

template <typename Float>
void dequantize_to(const Quantization& q, std::span<const int32_t> stored, std::span<Float> out) {
  const auto is_blank = [&](int32_t value) { return q.blank && value == *q.blank; };
  constexpr Float kNan = std::numeric_limits<Float>::quiet_NaN();
  if (q.dither == Dither::kNone) {
    for (size_t i = 0; i < stored.size(); ++i)
      out[i] = is_blank(stored[i]) ? kNan : static_cast<Float>(stored[i] * q.scale + q.zero);
    return;
  }
  Offsets offsets(q.row, q.seed);
  for (size_t i = 0; i < stored.size(); ++i) {
    const double offset = offsets.next();
    if (is_blank(stored[i]))
      out[i] = kNan;
    else if (q.dither == Dither::kSubtractive2 && stored[i] == kExactZero)
      out[i] = 0;
    else
      out[i] = static_cast<Float>((stored[i] - offset + 0.5) * q.scale + q.zero);
  }
}

}  // namespace

void dequantize(const Quantization& q, std::span<const int32_t> stored, std::span<float> out) {
  dequantize_to(q, stored, out);
}
void dequantize(const Quantization& q, std::span<const int32_t> stored, std::span<double> out) {
  dequantize_to(q, stored, out);
}

}  // namespace fitstream
