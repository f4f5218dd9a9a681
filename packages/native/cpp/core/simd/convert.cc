#include "convert.h"

#include <bit>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#define KERNELS_NAMESPACE scalar
#include "convert_kernels.inc"
#undef KERNELS_NAMESPACE

namespace fitstream::simd {

#if defined(FITSTREAM_X86)
namespace avx2 {
void run(const Recipe& recipe, const std::byte* from, std::byte* to, size_t n);
}
#endif

namespace {

struct IntegerRange {
  bool is_signed;
  size_t width;
};

IntegerRange range_of(Dtype t) {
  const bool is_signed =
      t == Dtype::kInt8 || t == Dtype::kInt16 || t == Dtype::kInt32 || t == Dtype::kInt64;
  return {is_signed, size_of(t)};
}

bool holds_all_of(Dtype out, Dtype value) {
  const IntegerRange o = range_of(out);
  const IntegerRange v = range_of(value);
  if (o.is_signed == v.is_signed) return o.width >= v.width;
  return o.is_signed && o.width > v.width;
}

template <typename S>
size_t mark(int64_t blank, const std::byte* from, uint8_t* to, size_t n) {
  if (!std::in_range<S>(blank)) {
    std::memset(to, 0, n);
    return 0;
  }
  const S wanted = static_cast<S>(blank);
  size_t count = 0;
  for (size_t i = 0; i < n; ++i) {
    to[i] = load_be<S>(from + i * sizeof(S)) == wanted;
    count += to[i];
  }
  return count;
}

}  // namespace

bool is_convertible(const Recipe& r) {
  if (info(r.out).is_float) return true;
  if (r.is_scaled || info(r.stored).is_float) return false;
  return holds_all_of(r.out, r.flips_sign ? sign_flipped(r.stored) : r.stored);
}

void convert(const Recipe& recipe, const std::byte* from, std::byte* to, size_t n, Level level) {
#if defined(FITSTREAM_X86)
  if (level >= Level::kAvx2) return avx2::run(recipe, from, to, n);
#endif
  static_cast<void>(level);
  scalar::run(recipe, from, to, n);
}

size_t mark_blank(Dtype stored, int64_t blank, const std::byte* from, uint8_t* to, size_t n) {
  switch (stored) {
    case Dtype::kUint8:
      return mark<uint8_t>(blank, from, to, n);
    case Dtype::kInt16:
      return mark<int16_t>(blank, from, to, n);
    case Dtype::kInt32:
      return mark<int32_t>(blank, from, to, n);
    case Dtype::kInt64:
      return mark<int64_t>(blank, from, to, n);
    default:
      std::memset(to, 0, n);
      return 0;
  }
}

}  // namespace fitstream::simd
