// Which pixels of a decoded image are undefined.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <type_traits>

#include "image.h"

namespace fitstream {
namespace {

template <typename T>
uint64_t mark_native(const simd::Recipe& recipe, ByteSpan pixels, std::span<uint8_t> mask) {
  // The undefined value as it comes out: through the sign flip, where there is one.
  T blank{};
  if constexpr (std::is_integral_v<T>) {
    if (!recipe.blank) {
      std::fill(mask.begin(), mask.end(), uint8_t{0});
      return 0;
    }
    uint64_t bits = static_cast<uint64_t>(*recipe.blank);
    if (recipe.flips_sign && size_of(recipe.stored) == 8)
      bits ^= uint64_t{1} << 63;
    else if (recipe.flips_sign)
      bits += static_cast<uint64_t>(static_cast<int64_t>(sign_flip_zero(recipe.stored)));
    blank = static_cast<T>(bits);
  }
  uint64_t count = 0;
  for (size_t i = 0; i < mask.size(); ++i) {
    T value;
    std::memcpy(&value, pixels.data() + i * sizeof(T), sizeof(T));
    if constexpr (std::is_integral_v<T>)
      mask[i] = value == blank;
    else
      mask[i] = std::isnan(value);
    count += mask[i];
  }
  return count;
}

}  // namespace

uint64_t mark_undefined(const simd::Recipe& recipe, ByteSpan pixels, std::span<uint8_t> mask) {
  switch (recipe.out) {
    case Dtype::kUint8:
      return mark_native<uint8_t>(recipe, pixels, mask);
    case Dtype::kInt8:
      return mark_native<int8_t>(recipe, pixels, mask);
    case Dtype::kUint16:
      return mark_native<uint16_t>(recipe, pixels, mask);
    case Dtype::kInt16:
      return mark_native<int16_t>(recipe, pixels, mask);
    case Dtype::kUint32:
      return mark_native<uint32_t>(recipe, pixels, mask);
    case Dtype::kInt32:
      return mark_native<int32_t>(recipe, pixels, mask);
    case Dtype::kUint64:
      return mark_native<uint64_t>(recipe, pixels, mask);
    case Dtype::kInt64:
      return mark_native<int64_t>(recipe, pixels, mask);
    case Dtype::kFloat32:
      return mark_native<float>(recipe, pixels, mask);
    case Dtype::kFloat64:
      return mark_native<double>(recipe, pixels, mask);
  }
  return 0;
}

}  // namespace fitstream
