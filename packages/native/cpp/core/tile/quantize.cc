#include "quantize.h"

#include <algorithm>
#include <array>
#include <limits>

#define KERNELS_NAMESPACE scalar
#include "quantize_kernels.inc"
#undef KERNELS_NAMESPACE

namespace fitstream {

#if defined(FITSTREAM_X86)
namespace quantize::avx2 {
void dequantize(const Quantization&, const int32_t*, const float*, size_t, float*);
void dequantize(const Quantization&, const int32_t*, const float*, size_t, double*);
}  // namespace quantize::avx2
namespace quantize::avx512 {
void dequantize(const Quantization&, const int32_t*, const float*, size_t, float*);
void dequantize(const Quantization&, const int32_t*, const float*, size_t, double*);
}  // namespace quantize::avx512
#endif

namespace {

constexpr size_t kRandoms = 10000;

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

// Where the run of offsets begins that the random number at `start` stands for.
size_t run_of(size_t start) { return static_cast<size_t>(randoms()[start] * 500); }

}  // namespace

Dequantizer::Dequantizer(const Quantization& quantization, simd::Level level)
    : quantization_(quantization),
      level_(level),
      start_((quantization.row + quantization.seed - 1) % kRandoms),
      at_(run_of(start_)) {}

template <typename Float>
void Dequantizer::convert(std::span<const int32_t> stored, Float* out) {
  const bool dithers = quantization_.dither != Dither::kNone;
  while (!stored.empty()) {
    const size_t n = dithers ? std::min(stored.size(), kRandoms - at_) : stored.size();
    const float* offsets = randoms().data() + at_;
#if defined(FITSTREAM_X86)
    if (level_ == simd::Level::kAvx512)
      quantize::avx512::dequantize(quantization_, stored.data(), offsets, n, out);
    else if (level_ == simd::Level::kAvx2)
      quantize::avx2::dequantize(quantization_, stored.data(), offsets, n, out);
    else
#endif
      quantize::scalar::dequantize(quantization_, stored.data(), offsets, n, out);
    stored = stored.subspan(n);
    out += n;
    if (dithers) advance(n);
  }
}

// By n random numbers, which are in this run.
void Dequantizer::advance(size_t n) {
  at_ += n;
  if (at_ < kRandoms) return;
  start_ = (start_ + 1) % kRandoms;
  at_ = run_of(start_);
}

void Dequantizer::skip(uint64_t n) {
  if (quantization_.dither == Dither::kNone) return;
  while (n > 0) {
    const uint64_t here = std::min<uint64_t>(n, kRandoms - at_);
    advance(here);
    n -= here;
  }
}

void Dequantizer::next(std::span<const int32_t> stored, float* out) { convert(stored, out); }
void Dequantizer::next(std::span<const int32_t> stored, double* out) { convert(stored, out); }

}  // namespace fitstream
