#include "convert.h"

#include <algorithm>
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
constexpr size_t kLine = 32;
void run(const Recipe& recipe, const std::byte* from, std::byte* to, size_t n);
void run_rows(const Recipe& recipe, const std::byte* from, size_t step, std::byte* to, size_t n,
              size_t rows);
// Converts whole lines, past the caches, to an address that is a multiple of a line; returns how
// many elements that were: none where the recipe has no kernel that does so.
size_t stream(const Recipe& recipe, const std::byte* from, std::byte* to, size_t n);
// Copies whole lines to an address that is a multiple of a line, past the caches.
void stream_lines(const std::byte* from, std::byte* to, size_t bytes);
// Nothing that was streamed is seen by another thread before what is stored after this.
void end_streaming();
}  // namespace avx2
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

void convert_rows(const Recipe& recipe, const std::byte* from, size_t step, std::byte* to, size_t n,
                  size_t rows, Level level) {
#if defined(FITSTREAM_X86)
  if (level >= Level::kAvx2) return avx2::run_rows(recipe, from, step, to, n, rows);
#endif
  static_cast<void>(level);
  scalar::run_rows(recipe, from, step, to, n, rows);
}

void convert_streaming(const Recipe& recipe, const std::byte* from, std::byte* to, size_t n,
                       Level level) {
#if defined(FITSTREAM_X86)
  const size_t in = size_of(recipe.stored);
  const size_t out = size_of(recipe.out);
  const size_t gap = -reinterpret_cast<uintptr_t>(to) % avx2::kLine;
  if (level >= Level::kAvx2 && gap % out == 0) {
    size_t done = std::min(n, gap / out);
    avx2::run(recipe, from, to, done);
    done += avx2::stream(recipe, from + done * in, to + done * out, n - done);
    // The others through a buffer that stays in the L1 cache, which takes 5 to 25 % longer. 1 to 4
    // KiB measured the same.
    alignas(avx2::kLine) std::byte buffer[2048];
    const size_t fit = sizeof buffer / out;
    for (; n - done >= fit; done += fit) {
      avx2::run(recipe, from + done * in, buffer, fit);
      avx2::stream_lines(buffer, to + done * out, sizeof buffer);
    }
    avx2::end_streaming();
    return avx2::run(recipe, from + done * in, to + done * out, n - done);
  }
#endif
  convert(recipe, from, to, n, level);
}

bool is_copy(const Recipe& r) {
  return size_of(r.stored) == 1 && !r.flips_sign && scalar::is_swap(r);
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
