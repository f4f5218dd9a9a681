// Dequantization and the conversion of decoded integers: every level against the scalar text, and
// that against plain arithmetic. CFITSIO's own results: compressed_image_test.cc.
#include "tile/quantize.h"

#include <cmath>
#include <limits>

#include "support.h"
#include "tile/integers.h"

namespace fitstream {
namespace {

using test::Random;

std::vector<int32_t> random_integers(Random& random, size_t n) {
  std::vector<int32_t> integers;
  for (size_t i = 0; i < n; ++i) {
    integers.push_back(static_cast<int32_t>(random.between(0, 2000)) - 1000);
    if (random.chance(0.05)) integers.back() = random.bits<int32_t>(1)[0];
    if (random.chance(0.05)) integers.back() = std::numeric_limits<int32_t>::min() + 1;  // ZBLANK
    if (random.chance(0.05)) integers.back() = std::numeric_limits<int32_t>::min() + 2;  // zero
  }
  return integers;
}

Quantization random_quantization(Random& random) {
  Quantization q;
  q.scale = random.chance(0.1) ? 0 : random.gaussian();
  q.zero = 1000 * random.gaussian();
  q.dither = random.pick<Dither>({Dither::kNone, Dither::kSubtractive1, Dither::kSubtractive2});
  q.row = random.chance(0.5) ? random.between(0, 20000) : 0;
  q.seed = random.pick<uint64_t>({1, 2, 9999, 10000});
  if (random.chance(0.6)) q.blank = std::numeric_limits<int32_t>::min() + 1;
  return q;
}

template <typename Float>
std::vector<Float> dequantized(const Quantization& q, const std::vector<int32_t>& stored,
                               simd::Level level, Random& random) {
  Dequantizer dequantizer(q, level);
  std::vector<Float> out(stored.size());
  for (size_t done = 0; done < stored.size();) {  // in pieces of any length
    const size_t n = random.between(1, stored.size() - done);
    dequantizer.next(std::span(stored).subspan(done, n), out.data() + done);
    done += n;
  }
  return out;
}

template <typename Float>
void expect_levels_agree() {
  Random random(11);
  for (int i = 0; i < 60; ++i) {
    const Quantization q = random_quantization(random);
    // Longer than the table of random numbers, in which every tile begins elsewhere.
    const auto stored = random_integers(random, random.between(1, i % 6 == 0 ? 25000 : 300));
    const auto expected = dequantized<Float>(q, stored, simd::Level::kScalar, random);
    for (const simd::Level level : test::levels()) {
      const auto out = dequantized<Float>(q, stored, level, random);
      EXPECT_TRUE(std::ranges::equal(test::bytes_of(out), test::bytes_of(expected)))
          << level_name(level) << " " << stored.size();
    }
  }
}

TEST(Dequantizer, GivesTheSameAtEveryLevelAndSplit) {
  expect_levels_agree<float>();
  expect_levels_agree<double>();
}

TEST(Dequantizer, GoesOnBehindPixelsThatItSkips) {
  Random random(12);
  for (int i = 0; i < 60; ++i) {
    const Quantization q = random_quantization(random);
    const auto stored = random_integers(random, random.between(1, i % 6 == 0 ? 25000 : 300));
    const auto expected = dequantized<float>(q, stored, simd::Level::kScalar, random);
    const size_t skipped = random.between(0, stored.size() - 1);
    Dequantizer dequantizer(q, simd::Level::kScalar);
    dequantizer.skip(skipped);
    std::vector<float> out(stored.size() - skipped);
    dequantizer.next(std::span(stored).subspan(skipped), out.data());
    EXPECT_TRUE(std::ranges::equal(test::bytes_of(out),
                                   ByteSpan(test::bytes_of(expected)).subspan(4 * skipped)));
  }
}

TEST(Dequantizer, KnowsUndefinedPixelsAndExactZeros) {
  Quantization q;
  q.scale = 0.5;
  q.zero = 10;
  q.blank = -7;
  const std::vector<int32_t> stored{4, -7, std::numeric_limits<int32_t>::min() + 2};
  std::vector<float> out(3);
  Dequantizer(q, simd::Level::kScalar).next(stored, out.data());
  EXPECT_EQ(out[0], 12);
  EXPECT_TRUE(std::isnan(out[1]));
  EXPECT_EQ(out[2], static_cast<float>(-1073741823.0 + 10));  // without dither 2 a number as others
  q.dither = Dither::kSubtractive2;
  Dequantizer(q, simd::Level::kScalar).next(stored, out.data());
  EXPECT_TRUE(std::isnan(out[1]));
  EXPECT_EQ(out[2], 0);
}

TEST(Dequantizer, BeginsTheOffsetsWhereTheSeedSays) {
  // Park and Miller's first number is 16807 / 2147483647; tiles 0 and 10000 begin alike.
  Quantization q;
  q.dither = Dither::kSubtractive1;
  const std::vector<int32_t> stored(10, 0);
  std::vector<double> first(10), other(10), again(10);
  Dequantizer(q, simd::Level::kScalar).next(stored, first.data());
  EXPECT_DOUBLE_EQ(first[0], 0.5 - static_cast<float>(16807.0 / 2147483647.0));
  q.row = 1;
  Dequantizer(q, simd::Level::kScalar).next(stored, other.data());
  EXPECT_NE(other, first);
  q.row = 10000;
  Dequantizer(q, simd::Level::kScalar).next(stored, again.data());
  EXPECT_EQ(again, first);
}

// What simd::convert makes of the same pixels, had they been stored plainly.
template <typename S>
test::Bytes converted_plainly(const simd::Recipe& recipe, const std::vector<int32_t>& integers) {
  test::Bytes plain;
  for (const int32_t value : integers) test::put_be(plain, static_cast<S>(value));
  test::Bytes out(integers.size() * size_of(recipe.out));
  simd::convert(recipe, plain.data(), out.data(), integers.size(), simd::Level::kScalar);
  return out;
}

template <typename S>
void expect_converts_like_plain_pixels(Dtype stored) {
  Random random(12);
  for (int i = 0; i < 400; ++i) {
    std::vector<int32_t> integers;
    for (uint64_t n = random.between(0, 100); n > 0; --n)
      integers.push_back(static_cast<S>(random.bits<int32_t>(1)[0]));
    simd::Recipe recipe;
    recipe.stored = stored;
    recipe.out = random.pick<Dtype>({Dtype::kFloat32, Dtype::kFloat64, stored, sign_flipped(stored),
                                     Dtype::kInt32, Dtype::kInt64, Dtype::kUint64});
    recipe.flips_sign = random.chance(0.3);
    recipe.is_scaled = !recipe.flips_sign && random.chance(0.3);
    recipe.scale = random.gaussian();
    recipe.zero = random.gaussian();
    if (random.chance(0.5) && !integers.empty()) recipe.blank = random.pick(integers);
    if (!simd::is_convertible(recipe)) continue;
    const test::Bytes expected = converted_plainly<S>(recipe, integers);
    for (const simd::Level level : test::levels()) {
      test::Bytes out(expected.size());
      EXPECT_TRUE(convert_integers(recipe, integers, out.data(), level));
      EXPECT_EQ(out, expected) << level_name(level) << " " << name_of(recipe.out);
    }
  }
}

TEST(ConvertIntegers, DoesWhatIsDoneToPlainPixels) {
  expect_converts_like_plain_pixels<uint8_t>(Dtype::kUint8);
  expect_converts_like_plain_pixels<int16_t>(Dtype::kInt16);
  expect_converts_like_plain_pixels<int32_t>(Dtype::kInt32);
}

// Case 47 of the checklist of nasty files: PLIO holds values that ZBITPIX = 16 does not.
TEST(ConvertIntegers, Case47SaysThatAnIntegerDoesNotFit) {
  for (const simd::Level level : test::levels()) {
    for (const Dtype out : {Dtype::kInt16, Dtype::kFloat32, Dtype::kInt32}) {
      simd::Recipe recipe;
      recipe.stored = Dtype::kInt16;
      recipe.out = out;
      std::vector<int32_t> integers(77, 32767);
      std::vector<std::byte> bytes(77 * 4);
      EXPECT_TRUE(convert_integers(recipe, integers, bytes.data(), level));
      for (const size_t at : {size_t{0}, size_t{40}, size_t{76}}) {
        integers[at] = 65536;
        EXPECT_FALSE(convert_integers(recipe, integers, bytes.data(), level));
        integers[at] = -32769;
        EXPECT_FALSE(convert_integers(recipe, integers, bytes.data(), level));
        integers[at] = -32768;
        EXPECT_TRUE(convert_integers(recipe, integers, bytes.data(), level));
      }
    }
  }
}

}  // namespace
}  // namespace fitstream
