// Windows that leave their image, against their definition: a loop over pixels.
#include "padded_window.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "support.h"

namespace fitstream {
namespace {

using test::Bytes;
using test::values_of;

// An image in memory: pixel i has the value i + 1, and is undefined where i is a multiple of 3.
struct Picture {
  std::vector<uint64_t> shape;

  uint64_t index_of(const std::vector<uint64_t>& at) const {
    uint64_t index = 0;
    for (size_t i = 0; i < at.size(); ++i) index = index * shape[i] + at[i];
    return index;
  }
};

// Goes to the next pixel of a box; false after the last one.
bool advance(std::vector<uint64_t>& at, const std::vector<uint64_t>& shape) {
  for (size_t axis = at.size(); axis-- > 0;) {
    if (++at[axis] < shape[axis]) return true;
    at[axis] = 0;
  }
  return false;
}

struct Padded {
  std::vector<int16_t> pixels;
  std::vector<uint8_t> mask;
};

Padded expected_of(const Picture& picture, const PaddedWindow& window) {
  Padded expected;
  for (const uint64_t n : window.shape)
    if (n == 0) return expected;
  std::vector<uint64_t> at(window.shape.size(), 0);
  do {
    bool is_inside = true;
    std::vector<uint64_t> pixel;
    for (size_t i = 0; i < at.size(); ++i) {
      const int64_t p = window.origin[i] + static_cast<int64_t>(at[i] * window.stride[i]);
      is_inside &= p >= 0 && p < static_cast<int64_t>(picture.shape[i]);
      pixel.push_back(static_cast<uint64_t>(p));
    }
    const uint64_t index = is_inside ? picture.index_of(pixel) : 0;
    expected.pixels.push_back(
        static_cast<int16_t>(is_inside ? static_cast<double>(index + 1) : *window.pad));
    expected.mask.push_back(is_inside && index % 3 == 0);
  } while (advance(at, window.shape));
  return expected;
}

// Reads what is inside, as plain and compressed images do.
Result<uint64_t> read_picture(const Picture& picture, const Window& window, ImageTarget target) {
  if (Status inside = check_window(picture.shape, window); !inside) return inside.error();
  uint64_t undefined = 0;
  std::vector<uint64_t> at(window.shape.size(), 0);
  size_t i = 0;
  do {
    std::vector<uint64_t> pixel;
    for (size_t k = 0; k < at.size(); ++k)
      pixel.push_back(window.origin[k] + at[k] * window.stride[k]);
    const uint64_t index = picture.index_of(pixel);
    const int16_t value = static_cast<int16_t>(index + 1);
    std::memcpy(target.pixels.data() + i * 2, &value, 2);
    target.mask[i++] = index % 3 == 0;
    undefined += index % 3 == 0;
  } while (advance(at, window.shape));
  EXPECT_EQ(target.pixels.size(), i * 2);
  EXPECT_EQ(target.mask.size(), i);
  return undefined;
}

TEST(ReadPadded, Case33FillsWhatLiesOutside) {
  test::Random random(33);
  for (int round = 0; round < 3000; ++round) {
    const size_t rank = random.between(1, 4);
    Picture picture;
    PaddedWindow window;
    for (size_t i = 0; i < rank; ++i) {
      picture.shape.push_back(random.between(1, 9));
      window.origin.push_back(static_cast<int64_t>(random.between(0, 30)) - 15);
      window.shape.push_back(random.chance(0.05) ? 0 : random.between(1, 11));
      window.stride.push_back(random.chance(0.6) ? 1 : random.between(1, 6));
    }
    window.pad = static_cast<double>(random.between(0, 60000)) - 30000;
    const Padded expected = expected_of(picture, window);
    Bytes pixels(expected.pixels.size() * 2);
    std::vector<uint8_t> mask(expected.mask.size());
    const auto undefined = read_padded(
        window, picture.shape, Dtype::kInt16, {pixels, mask},
        [&](const Window& inside, ImageTarget to) { return read_picture(picture, inside, to); });
    ASSERT_OK(undefined);
    ASSERT_EQ(values_of<int16_t>(pixels), expected.pixels);
    ASSERT_EQ(mask, expected.mask);
    ASSERT_EQ(*undefined, static_cast<uint64_t>(std::count(mask.begin(), mask.end(), 1)));
  }
}

TEST(Clip, SurvivesTheLargestNumbers) {
  const std::vector<uint64_t> image = {uint64_t{1} << 40};
  constexpr uint64_t kMost = UINT64_MAX;
  const auto inside = [&](int64_t origin, uint64_t shape, uint64_t stride) {
    const auto clipped = clip({{origin}, {shape}, {stride}, 0.0}, image);
    EXPECT_TRUE(clipped);
    EXPECT_TRUE(check_window(image, clipped->inside));
    EXPECT_LE(clipped->place[0], shape - std::min(shape, clipped->inside.shape[0]));
    return clipped->inside.shape[0];
  };
  EXPECT_EQ(inside(INT64_MIN, kMost, 1), uint64_t{1} << 40);
  EXPECT_EQ(inside(INT64_MIN, uint64_t{1} << 63, 1), 0u);
  EXPECT_EQ(inside(INT64_MIN, (uint64_t{1} << 63) + 5, 1), 5u);
  EXPECT_EQ(inside(INT64_MIN, kMost, uint64_t{1} << 63), 1u);
  EXPECT_EQ(inside(INT64_MAX, kMost, kMost), 0u);
  EXPECT_EQ(inside(0, kMost, kMost), 1u);
  EXPECT_EQ(inside(-1, kMost, kMost), 0u);
  EXPECT_EQ(inside(-1, 0, 1), 0u);
}

TEST(Clip, Case33NeedsAValueForWhatLiesOutside) {
  const std::vector<uint64_t> image = {10, 10};
  EXPECT_CODE(clip({{-1, 0}, {2, 2}, {1, 1}, {}}, image), ErrorCode::kOutOfBounds);
  EXPECT_CODE(clip({{9, 0}, {2, 2}, {1, 1}, {}}, image), ErrorCode::kOutOfBounds);
  EXPECT_CODE(clip({{0, 0}, {2, 2}, {0, 1}, 0.0}, image), ErrorCode::kBadArgument);
  EXPECT_CODE(clip({{-1}, {2, 2}, {1, 1}, 0.0}, image), ErrorCode::kBadArgument);
  EXPECT_TRUE(clip({{8, 8}, {2, 2}, {1, 1}, {}}, image));
}

TEST(FillOutside, TakesValuesThatThePixelsCanHold) {
  const auto code = [](Dtype out, double pad) {
    const PaddedWindow window{{-1}, {1}, {1}, pad};
    Bytes pixel(size_of(out));
    const auto clipped = clip(window, {5});
    return test::code_of(fill_outside(window, *clipped, out, {pixel, {}}));
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(code(Dtype::kUint8, 255), std::nullopt);
  EXPECT_EQ(code(Dtype::kUint8, 256), ErrorCode::kBadArgument);
  EXPECT_EQ(code(Dtype::kUint8, -1), ErrorCode::kBadArgument);
  EXPECT_EQ(code(Dtype::kInt8, -128), std::nullopt);
  EXPECT_EQ(code(Dtype::kInt16, 0.5), ErrorCode::kBadArgument);
  EXPECT_EQ(code(Dtype::kInt32, nan), ErrorCode::kBadArgument);
  EXPECT_EQ(code(Dtype::kInt64, std::ldexp(1, 63)), ErrorCode::kBadArgument);
  EXPECT_EQ(code(Dtype::kInt64, -std::ldexp(1, 63)), std::nullopt);
  EXPECT_EQ(code(Dtype::kUint64, std::ldexp(1, 64)), ErrorCode::kBadArgument);
  EXPECT_EQ(code(Dtype::kUint64, std::ldexp(1, 63)), std::nullopt);
  EXPECT_EQ(code(Dtype::kFloat32, nan), std::nullopt);
  EXPECT_EQ(code(Dtype::kFloat64, 0.1), std::nullopt);
}

TEST(InsideTarget, ChecksTheTargetMemory) {
  const PaddedWindow window{{-1}, {4}, {1}, 0.0};
  const auto clipped = clip(window, {5});
  Bytes pixels(8);
  std::vector<uint8_t> mask(3);
  EXPECT_CODE(inside_target(window, *clipped, Dtype::kInt32, {pixels, {}}),
              ErrorCode::kBadArgument);
  EXPECT_CODE(inside_target(window, *clipped, Dtype::kInt16, {pixels, mask}),
              ErrorCode::kBadArgument);
  EXPECT_EQ(inside_target(window, *clipped, Dtype::kInt16, {pixels, {}})->pixels.size(), 6u);
  const PaddedWindow huge{{-1, 0}, {uint64_t{1} << 40, uint64_t{1} << 40}, {1, 1}, 0.0};
  EXPECT_CODE(inside_target(huge, *clip(huge, {5, 5}), Dtype::kInt16, {pixels, {}}),
              ErrorCode::kSizeOverflow);
}

}  // namespace
}  // namespace fitstream
