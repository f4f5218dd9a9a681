#include "integers.h"

#include <algorithm>
#include <array>
#include <limits>
#include <type_traits>

#define KERNELS_NAMESPACE scalar
#include "integers_kernels.inc"
#undef KERNELS_NAMESPACE

namespace fitstream {

#if defined(FITSTREAM_X86)
namespace integers::avx2 {
bool convert(const simd::Recipe& r, std::span<const int32_t> from, std::byte* to);
}
#endif

namespace {

bool convert_directly(const simd::Recipe& recipe, std::span<const int32_t> integers, std::byte* out,
                      simd::Level level) {
#if defined(FITSTREAM_X86)
  if (level >= simd::Level::kAvx2) return integers::avx2::convert(recipe, integers, out);
#endif
  static_cast<void>(level);
  return integers::scalar::convert(recipe, integers, out);
}

void swap_elements(std::byte* bytes, size_t n, size_t width) {
  for (size_t i = 0; i < n; ++i) std::reverse(bytes + i * width, bytes + (i + 1) * width);
}

// To an integer type that is wider than the stored one: as a plain image would have stored them,
// and from there. Asked for so seldom that it has no kernel of its own.
bool convert_as_stored(const simd::Recipe& recipe, std::span<const int32_t> integers,
                       std::byte* out, simd::Level level) {
  simd::Recipe as_they_are;
  as_they_are.stored = as_they_are.out = recipe.stored;
  const size_t width = size_of(recipe.stored);
  std::array<std::byte, 1024> stored;
  const size_t step = stored.size() / width;
  for (size_t done = 0; done < integers.size(); done += step) {
    const auto part = integers.subspan(done, std::min(step, integers.size() - done));
    if (!convert_directly(as_they_are, part, stored.data(), level)) return false;
    swap_elements(stored.data(), part.size(), width);
    simd::convert(recipe, stored.data(), out + done * size_of(recipe.out), part.size(), level);
  }
  return true;
}

}  // namespace

bool convert_integers(const simd::Recipe& recipe, std::span<const int32_t> integers, std::byte* out,
                      simd::Level level) {
  const Dtype shown = recipe.flips_sign ? sign_flipped(recipe.stored) : recipe.stored;
  const bool is_direct = info(recipe.out).is_float || recipe.out == shown;
  return is_direct ? convert_directly(recipe, integers, out, level)
                   : convert_as_stored(recipe, integers, out, level);
}

}  // namespace fitstream
