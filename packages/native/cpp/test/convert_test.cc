// Conversions against arithmetic written down a second time, and AVX2 against scalar kernels.
#include "simd/convert.h"

#include <bit>
#include <cmath>
#include <limits>
#include <utility>

#include "support.h"

namespace fitstream::simd {
namespace {

using test::Bytes;
using test::put_be;
using test::put_native;
using test::values_of;
using test::with_type;

constexpr Dtype kStored[] = {Dtype::kUint8, Dtype::kInt16,   Dtype::kInt32,
                             Dtype::kInt64, Dtype::kFloat32, Dtype::kFloat64};
constexpr Dtype kAll[] = {Dtype::kUint8,   Dtype::kInt8,   Dtype::kUint16, Dtype::kInt16,
                          Dtype::kUint32,  Dtype::kInt32,  Dtype::kUint64, Dtype::kInt64,
                          Dtype::kFloat32, Dtype::kFloat64};

struct IntegerRange {
  int64_t low;
  uint64_t high;
};
IntegerRange range_of(Dtype dtype) {
  return with_type(dtype, [](auto zero) {
    using T = decltype(zero);
    return IntegerRange{static_cast<int64_t>(std::numeric_limits<T>::lowest()),
                        static_cast<uint64_t>(std::numeric_limits<T>::max())};
  });
}

// Every recipe of a stored type, sensible or not.
std::vector<Recipe> recipes_of(Dtype stored) {
  std::vector<std::optional<int64_t>> blanks = {std::nullopt};
  if (!info(stored).is_float)
    blanks.insert(blanks.end(), {0, -1, 255, 32767, -32768, INT64_MIN, int64_t{1} << 40});
  std::vector<Recipe> recipes;
  for (const Dtype out : kAll)
    for (const bool flips : {false, true})
      for (const bool is_scaled : {false, true})
        for (const auto& blank : blanks) {
          if (flips && (is_scaled || info(stored).is_float)) continue;
          Recipe recipe{stored, out, is_scaled, 1, 0, flips, blank};
          if (is_scaled) recipe.scale = -0.3, recipe.zero = 1e5;
          recipes.push_back(recipe);
        }
  return recipes;
}
std::vector<Recipe> convertible_recipes() {
  std::vector<Recipe> recipes;
  for (const Dtype stored : kStored)
    for (const Recipe& recipe : recipes_of(stored))
      if (is_convertible(recipe)) recipes.push_back(recipe);
  return recipes;
}

// Random elements of a stored type; the values at its ends, and undefined ones, are frequent.
Bytes random_elements(const Recipe& recipe, size_t n, test::Random& random) {
  return with_type(recipe.stored, [&](auto zero) {
    using T = decltype(zero);
    Bytes out;
    for (size_t i = 0; i < n; ++i) {
      T value = random.bits<T>(1)[0];
      if (random.chance(0.1)) value = std::numeric_limits<T>::lowest();
      if (random.chance(0.1)) value = std::numeric_limits<T>::max();
      if constexpr (std::is_integral_v<T>)
        if (random.chance(0.2)) value = static_cast<T>(recipe.blank.value_or(0));
      if constexpr (std::is_floating_point_v<T>)
        if (random.chance(0.1)) value = std::numeric_limits<T>::infinity();
      put_be(out, value);
    }
    return out;
  });
}

// What the comments of Recipe promise, one element at a time.
template <typename S, typename Out>
void append_expected(const Recipe& r, S stored, Bytes& to) {
  if constexpr (std::is_integral_v<S> && std::is_floating_point_v<Out>)
    if (r.blank && std::in_range<S>(*r.blank) && stored == static_cast<S>(*r.blank))
      return put_native(to, std::numeric_limits<Out>::quiet_NaN());
  if (r.is_scaled) {
    const volatile double product = static_cast<double>(stored) * r.scale;
    return put_native(to, static_cast<Out>(product + r.zero));
  }
  if constexpr (std::is_integral_v<S>) {
    if (r.flips_sign) {
      const auto zero = static_cast<long double>(sign_flip_zero(r.stored));
      // 64 bits of mantissa hold the sum exactly.
      static_assert(std::numeric_limits<long double>::digits >= 64);
      return put_native(to, static_cast<Out>(static_cast<long double>(stored) + zero));
    }
  }
  put_native(to, static_cast<Out>(stored));
}

Bytes expected_of(const Recipe& recipe, const Bytes& elements) {
  Bytes out;
  with_type(recipe.stored, [&](auto stored) {
    with_type(recipe.out, [&](auto zero) {
      using S = decltype(stored);
      for (size_t at = 0; at < elements.size(); at += sizeof(S))
        append_expected<S, decltype(zero)>(recipe, load_be<S>(elements.data() + at), out);
    });
  });
  return out;
}

std::string name_of_recipe(const Recipe& r) {
  return std::string(name_of(r.stored)) + " to " + std::string(name_of(r.out)) +
         (r.is_scaled ? " scaled" : "") + (r.flips_sign ? " flipped" : "") +
         (r.blank ? " blank " + std::to_string(*r.blank) : "");
}

TEST(IsConvertible, AllowsWhatLosesNoInteger) {
  for (const Dtype stored : kStored)
    for (const Recipe& r : recipes_of(stored)) {
      bool expected = true;
      if (!info(r.out).is_float) {
        const bool has_fractions = r.is_scaled || info(stored).is_float;
        const Dtype shown = r.flips_sign ? sign_flipped(stored) : stored;
        expected = !has_fractions && range_of(r.out).low <= range_of(shown).low &&
                   range_of(r.out).high >= range_of(shown).high;
      }
      EXPECT_EQ(is_convertible(r), expected) << name_of_recipe(r);
    }
}

TEST(Convert, GivesTheBitsOfTheArithmetic) {
  test::Random random(5);
  for (const Recipe& recipe : convertible_recipes()) {
    const Bytes from = random_elements(recipe, 300, random);
    const Bytes expected = expected_of(recipe, from);
    for (const Level level : test::levels()) {
      Bytes to(300 * size_of(recipe.out));
      convert(recipe, from.data(), to.data(), 300, level);
      EXPECT_EQ(to, expected) << name_of_recipe(recipe) << " by " << level_name(level);
    }
  }
}

TEST(Convert, GivesTheSameBytesAtEveryLevel) {
  test::Random random(6);
  for (const Recipe& recipe : convertible_recipes()) {
    for (int round = 0; round < 20; ++round) {
      const size_t n = random.between(0, 200);
      const size_t skip_from = random.between(0, 31);
      const size_t skip_to = random.between(0, 31);
      Bytes from = random.bytes(skip_from);
      const Bytes elements = random_elements(recipe, n, random);
      test::append(from, elements);
      Bytes scalar = random.bytes(skip_to + n * size_of(recipe.out) + 40);
      Bytes vector = scalar;  // what lies around the target must stay as it is
      convert(recipe, from.data() + skip_from, scalar.data() + skip_to, n, Level::kScalar);
      convert(recipe, from.data() + skip_from, vector.data() + skip_to, n, detected_level());
      ASSERT_EQ(scalar, vector) << name_of_recipe(recipe) << ", " << n << " elements";
    }
  }
}

TEST(ConvertRows, GivesTheBytesOfEachRow) {
  test::Random random(63);
  for (const Recipe& recipe : convertible_recipes()) {
    for (const Level level : test::levels()) {
      const size_t n = random.between(0, 80);
      const size_t rows = random.between(0, 9);
      const size_t length = n * size_of(recipe.stored);
      const size_t step = length + random.between(0, 50);
      const size_t out = n * size_of(recipe.out);
      Bytes from;
      for (size_t row = 0; row < rows; ++row) {
        test::append(from, random_elements(recipe, n, random));
        test::append(from, random.bytes(step - length));
      }
      Bytes expected = random.bytes(rows * out + 40);
      Bytes converted = expected;  // what lies behind the target must stay as it is
      for (size_t row = 0; row < rows; ++row)
        convert(recipe, from.data() + row * step, expected.data() + row * out, n, Level::kScalar);
      convert_rows(recipe, from.data(), step, converted.data(), n, rows, level);
      ASSERT_EQ(expected, converted) << name_of_recipe(recipe) << ", " << rows << " rows of " << n;
    }
  }
}

TEST(ConvertStreaming, GivesTheSameBytesAtEveryLevel) {
  test::Random random(61);
  for (const Recipe& recipe : convertible_recipes()) {
    for (const Level level : test::levels()) {
      const size_t n = random.between(0, 3000);
      const size_t skip_to = random.between(0, 70);
      const Bytes from = random_elements(recipe, n, random);
      Bytes expected = random.bytes(skip_to + n * size_of(recipe.out) + 70);
      Bytes streamed = expected;  // what lies around the target must stay as it is
      convert(recipe, from.data(), expected.data() + skip_to, n, Level::kScalar);
      convert_streaming(recipe, from.data(), streamed.data() + skip_to, n, level);
      ASSERT_EQ(expected, streamed) << name_of_recipe(recipe) << ", " << n << " elements";
    }
  }
}

TEST(IsCopy, IsTrueWhereConversionChangesNothing) {
  test::Random random(62);
  for (const Recipe& recipe : convertible_recipes()) {
    if (size_of(recipe.stored) != size_of(recipe.out)) {
      EXPECT_FALSE(is_copy(recipe)) << name_of_recipe(recipe);
      continue;
    }
    const Bytes from = random_elements(recipe, 300, random);
    EXPECT_EQ(is_copy(recipe), expected_of(recipe, from) == from) << name_of_recipe(recipe);
  }
}

TEST(Convert, WorksInPlaceWhereTheWidthStays) {
  test::Random random(7);
  for (const Recipe& recipe : convertible_recipes()) {
    if (size_of(recipe.stored) != size_of(recipe.out)) continue;
    for (const Level level : test::levels()) {
      Bytes buffer = random_elements(recipe, random.between(1, 200), random);
      const Bytes expected = expected_of(recipe, buffer);
      const size_t n = buffer.size() / size_of(recipe.stored);
      convert(recipe, buffer.data(), buffer.data(), n, level);
      EXPECT_EQ(buffer, expected) << name_of_recipe(recipe) << " by " << level_name(level);
    }
  }
}

TEST(Convert, KeepsThePayloadsOfNotANumber) {
  const std::vector<uint32_t> narrow = {0x7f800001, 0xffc12345, 0x7fbfffff, 0x80000000, 0xff800000};
  const std::vector<uint64_t> wide = {0x7ff0000000000001, 0xfff8123456789abc, 0x8000000000000000};
  for (const Level level : test::levels()) {
    Bytes out32(narrow.size() * 4);
    const Bytes in32 = test::big_endian(narrow);
    convert({Dtype::kFloat32, Dtype::kFloat32, false, 1, 0, false, {}}, in32.data(), out32.data(),
            narrow.size(), level);
    EXPECT_EQ(values_of<uint32_t>(out32), narrow);
    Bytes out64(wide.size() * 8);
    const Bytes in64 = test::big_endian(wide);
    convert({Dtype::kFloat64, Dtype::kFloat64, false, 1, 0, false, {}}, in64.data(), out64.data(),
            wide.size(), level);
    EXPECT_EQ(values_of<uint64_t>(out64), wide);
  }
}

TEST(Convert, ScalesWithTwoRoundings) {
  // A fused multiply-add would give 2^-60 here.
  const double a = 1 + std::ldexp(1, -30);
  Recipe recipe{Dtype::kFloat64, Dtype::kFloat64, true, a, -(a * a), false, {}};
  const Bytes from = test::big_endian(std::vector<double>(9, a));
  for (const Level level : test::levels()) {
    Bytes to(9 * sizeof(double));
    convert(recipe, from.data(), to.data(), 9, level);
    EXPECT_EQ(values_of<double>(to), std::vector<double>(9, 0.0));
  }
}

TEST(MarkBlank, MarksWhatEqualsTheStoredValue) {
  test::Random random(8);
  for (const Dtype stored : kStored) {
    for (const Recipe& recipe : recipes_of(stored)) {
      if (!recipe.blank) continue;
      const Bytes from = random_elements(recipe, 100, random);
      std::vector<uint8_t> marks(100, 7);
      const size_t count = mark_blank(stored, *recipe.blank, from.data(), marks.data(), 100);
      size_t expected = 0;
      for (size_t i = 0; i < 100; ++i) {
        const bool is_blank = with_type(stored, [&](auto zero) {
          using S = decltype(zero);
          const S value = load_be<S>(from.data() + i * sizeof(S));
          return static_cast<long double>(value) == static_cast<long double>(*recipe.blank);
        });
        expected += is_blank;
        EXPECT_EQ(marks[i], is_blank) << name_of_recipe(recipe);
      }
      EXPECT_EQ(count, expected);
    }
  }
}

TEST(MarkBlank, FindsNoUndefinedFloats) {
  std::vector<uint8_t> marks(4, 7);
  const Bytes from(16);
  EXPECT_EQ(mark_blank(Dtype::kFloat32, 0, from.data(), marks.data(), 4), 0u);
  EXPECT_EQ(marks, std::vector<uint8_t>(4, 0));
}

TEST(Level, IsNeverAboveWhatTheMachineOffers) {
  EXPECT_LE(static_cast<int>(active_level()), static_cast<int>(detected_level()));
  EXPECT_EQ(level_name(Level::kScalar), "scalar");
  EXPECT_EQ(level_name(Level::kAvx2), "avx2");
  EXPECT_EQ(level_name(Level::kAvx512), "avx512");
}

}  // namespace
}  // namespace fitstream::simd
