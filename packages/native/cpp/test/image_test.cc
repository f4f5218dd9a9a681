// Windows of images against a loop over pixels, and scaled values against CFITSIO.
#include "image.h"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <limits>

#include "support.h"

namespace fitstream {
namespace {

using test::Bytes;
using test::Pixels;
using test::primary_header;
using test::read_window;
using test::values_of;

uint64_t product_of(const std::vector<uint64_t>& v) {
  uint64_t n = 1;
  for (const uint64_t x : v) n *= x;
  return n;
}

// The pixels of a window by their definition: a loop over all axes, one pixel at a time.
Pixels expected_pixels(const ImageLayout& layout, ByteSpan stored, const Window& window,
                       Dtype out) {
  const simd::Recipe recipe = *recipe_for(layout.stored, layout.scaling, out);
  const size_t width = size_of(layout.stored);
  Pixels expected;
  std::vector<uint64_t> at(window.shape.size(), 0);
  for (uint64_t left = window.shape.empty() ? 0 : product_of(window.shape); left > 0; --left) {
    uint64_t index = 0;
    for (size_t axis = 0; axis < at.size(); ++axis)
      index = index * layout.shape[axis] + window.origin[axis] + at[axis] * window.stride[axis];
    const std::byte* raw = stored.data() + index * width;
    std::byte value[8];
    uint8_t blank = 0;
    simd::convert(recipe, raw, value, 1, simd::Level::kScalar);
    if (recipe.blank) simd::mark_blank(layout.stored, *recipe.blank, raw, &blank, 1);
    test::append(expected.bytes, {value, size_of(out)});
    expected.mask.push_back(blank);
    expected.undefined += blank;
    for (size_t axis = at.size(); axis-- > 0;) {
      if (++at[axis] < window.shape[axis]) break;
      at[axis] = 0;
    }
  }
  return expected;
}

// A window that fits; often whole axes, often single pixels.
Window random_window(const std::vector<uint64_t>& shape, test::Random& random) {
  Window window = whole_window(shape);
  for (size_t i = 0; i < shape.size(); ++i) {
    if (random.chance(0.3)) continue;
    window.stride[i] = random.chance(0.6) ? 1 : random.between(1, 5);
    window.origin[i] = random.between(0, shape[i] - 1);
    const uint64_t most = (shape[i] - window.origin[i] - 1) / window.stride[i] + 1;
    window.shape[i] = random.chance(0.2) ? 1 : random.between(1, most);
  }
  return window;
}

class ImageTest : public testing::Test {
 protected:
  // A file of `skipped` random bytes and the stored pixels; the layout says where they are.
  ImageLayout write(Dtype stored, std::vector<uint64_t> shape, size_t skipped = 2880) {
    // Under another name each time: the last one is declared immutable.
    std::filesystem::remove(path_);
    path_ = dir_.file(std::to_string(++files_) + ".fits");
    pixels_ = random_.bytes(product_of(shape) * size_of(stored));
    Bytes file = random_.bytes(skipped);
    test::append(file, pixels_);
    test::write_bytes(path_, file);
    return {stored, std::move(shape), skipped, {}};
  }
  // Compares a window read in every way with its definition.
  void expect_window(const ImageLayout& layout, const Window& window, Dtype out) {
    const Pixels expected = expected_pixels(layout, pixels_, window, out);
    for (const simd::Level level : test::levels()) {
      const auto read = read_window(path_, layout, window, out, level);
      ASSERT_OK(read);
      ASSERT_EQ(read->bytes, expected.bytes);
      ASSERT_EQ(read->mask, expected.mask);
      ASSERT_EQ(read->undefined, expected.undefined);
      const auto mapped = read_window(path_, layout, window, out, level, test::kImmutable);
      ASSERT_OK(mapped);
      ASSERT_EQ(mapped->bytes, expected.bytes);
      ASSERT_EQ(mapped->mask, expected.mask);
      ASSERT_EQ(mapped->undefined, expected.undefined);
    }
    const ImagePlan plan = *plan_image(layout, window, out);
    const Bytes file = test::read_bytes(path_);
    Bytes packed;
    for (const ByteRange& range : ranges_of(plan)) {
      ASSERT_LE(range.offset + range.length, file.size());
      test::append(packed, ByteSpan(file).subspan(range.offset, range.length));
    }
    Pixels decoded{Bytes(plan.out_length()), std::vector<uint8_t>(plan.pixels, 7), 0};
    const auto undefined =
        decode_packed(plan, packed, {decoded.bytes, decoded.mask}, simd::detected_level());
    ASSERT_OK(undefined);
    ASSERT_EQ(decoded.bytes, expected.bytes);
    ASSERT_EQ(decoded.mask, expected.mask);
    ASSERT_EQ(*undefined, expected.undefined);
  }

  test::TempDir dir_;
  test::Random random_{9};
  std::string path_ = dir_.file("image.fits");
  int files_ = 0;
  Bytes pixels_;
};

TEST_F(ImageTest, ReadsRandomWindowsOfRandomImages) {
  const std::vector<Dtype> types = {Dtype::kUint8, Dtype::kInt16,   Dtype::kInt32,
                                    Dtype::kInt64, Dtype::kFloat32, Dtype::kFloat64};
  const std::vector<uint64_t> most = {20000, 150, 30, 12, 7};
  for (int round = 0; round < 120; ++round) {
    const size_t rank = random_.between(1, 5);
    std::vector<uint64_t> shape(rank);
    for (uint64_t& n : shape) n = random_.chance(0.1) ? 1 : random_.between(1, most[rank - 1]);
    ImageLayout layout = write(random_.pick(types), shape, random_.between(0, 5000));
    if (random_.chance(0.3)) layout.scaling = {0.5, -3, 7};
    if (random_.chance(0.3)) layout.scaling = {1, sign_flip_zero(layout.stored), -1};
    std::vector<Dtype> outs = {Dtype::kFloat32, Dtype::kFloat64,
                               natural_dtype(layout.stored, layout.scaling)};
    expect_window(layout, whole_window(shape), random_.pick(outs));
    for (int i = 0; i < 8; ++i)
      expect_window(layout, random_window(shape, random_), random_.pick(outs));
    if (HasFatalFailure()) return;
  }
}

TEST_F(ImageTest, ReadsImagesThatAreLongerThanItsBlocks) {
  // Runs of more than 512 KiB, in place and through scratch memory, and many runs of 8 KiB.
  const ImageLayout layout = write(Dtype::kInt16, {3, 500, 1000});
  for (const Dtype out : {Dtype::kInt16, Dtype::kFloat32}) {
    expect_window(layout, whole_window(layout.shape), out);
    expect_window(layout, {{0, 0, 100}, {3, 500, 800}, {1, 1, 1}}, out);
    expect_window(layout, {{0, 3, 0}, {2, 400, 1000}, {2, 1, 1}}, out);
    expect_window(layout, {{0, 0, 0}, {3, 500, 500}, {1, 1, 2}}, out);
    expect_window(layout, {{2, 499, 999}, {1, 1, 1}, {1, 1, 1}}, out);
  }
  // More than 4 MiB, past the caches.
  const ImageLayout large = write(Dtype::kInt16, {1100, 2100});
  for (const Dtype out : {Dtype::kInt16, Dtype::kFloat32}) {
    expect_window(large, whole_window(large.shape), out);
    expect_window(large, {{3, 5}, {1050, 2091}, {1, 1}}, out);
    expect_window(large, {{0, 0}, {1100, 1050}, {1, 2}}, out);
  }
  const ImageLayout line = write(Dtype::kUint8, {5000001});
  expect_window(line, {{1}, {1000000}, {2}}, Dtype::kUint8);
  expect_window(line, {{1}, {5000000}, {1}}, Dtype::kUint8);
  expect_window(line, {{1}, {400}, {5000}}, Dtype::kInt16);
}

TEST_F(ImageTest, MarksUndefinedPixels) {
  ImageLayout layout = write(Dtype::kInt16, {4});
  pixels_ = test::big_endian<int16_t>({-32768, 5, -32768, 0});
  test::write_bytes(path_, pixels_);
  layout.data_offset = 0;
  layout.scaling = {1, 32768, -32768};  // undefined before the offset (4.4.2.5)
  const Window whole = whole_window(layout.shape);
  const auto native = read_window(path_, layout, whole, Dtype::kUint16);
  ASSERT_OK(native);
  EXPECT_EQ(values_of<uint16_t>(native->bytes), (std::vector<uint16_t>{0, 32773, 0, 32768}));
  EXPECT_EQ(native->mask, (std::vector<uint8_t>{1, 0, 1, 0}));
  EXPECT_EQ(native->undefined, 2u);
  const auto floats = values_of<float>(read_window(path_, layout, whole, Dtype::kFloat32)->bytes);
  EXPECT_TRUE(std::isnan(floats[0]));
  EXPECT_EQ(floats[1], 32773);

  layout.scaling.blank = 40000;  // no int16
  EXPECT_EQ(read_window(path_, layout, whole, Dtype::kUint16)->undefined, 0u);
  layout.scaling.blank.reset();
  EXPECT_EQ(read_window(path_, layout, whole, Dtype::kUint16)->mask, std::vector<uint8_t>(4, 0));
}

TEST_F(ImageTest, ChecksTheTargetMemory) {
  const ImageLayout layout = write(Dtype::kInt16, {10});
  const ImagePlan plan = *plan_image(layout, whole_window(layout.shape), Dtype::kInt16);
  const File file = std::move(*File::open(path_));
  Scratch scratch;
  Bytes small(19), right(20);
  std::vector<uint8_t> mask(9);
  const simd::Level level = simd::Level::kScalar;
  EXPECT_CODE(read_image(file, plan, {small, {}}, scratch, level, nullptr),
              ErrorCode::kBadArgument);
  EXPECT_CODE(read_image(file, plan, {right, mask}, scratch, level, nullptr),
              ErrorCode::kBadArgument);
  EXPECT_CODE(decode_packed(plan, right, {small, {}}, level), ErrorCode::kBadArgument);
  EXPECT_CODE(decode_packed(plan, small, {right, {}}, level), ErrorCode::kTruncated);
}

TEST_F(ImageTest, SaysThatTheFileIsShorterThanItsHeader) {
  const ImageLayout layout = write(Dtype::kInt32, {100, 100});
  std::filesystem::resize_file(path_, 2880 + 39999);
  const auto whole = read_window(path_, layout, whole_window(layout.shape), Dtype::kInt32);
  EXPECT_CODE(whole, ErrorCode::kTruncated);
  EXPECT_EQ(whole.error().path, path_);
  EXPECT_TRUE(read_window(path_, layout, {{0, 0}, {99, 100}, {1, 1}}, Dtype::kInt32));
}

TEST_F(ImageTest, SurvivesAFileThatShrinksBetweenOpenAndRead) {
  const ImageLayout layout = write(Dtype::kInt32, {1000, 1000});
  const File file = std::move(*File::open(path_));
  std::filesystem::resize_file(path_, 2000000);
  Scratch scratch;
  for (const Dtype out : {Dtype::kInt32, Dtype::kFloat64})
    for (const uint64_t columns : {1000, 10}) {
      const ImagePlan plan = *plan_image(layout, {{0, 0}, {1000, columns}, {1, 1}}, out);
      Bytes pixels(plan.out_length());
      EXPECT_CODE(read_image(file, plan, {pixels, {}}, scratch, simd::detected_level(), nullptr),
                  ErrorCode::kTruncated);
    }
}

TEST_F(ImageTest, StopsWhenTheCancelFlagIsRaised) {
  const ImageLayout layout = write(Dtype::kInt16, {100, 100});
  const File file = std::move(*File::open(path_));
  const std::atomic<int32_t> cancel = 1;
  Scratch scratch;
  for (const uint64_t columns : {100, 10}) {
    const ImagePlan plan = *plan_image(layout, {{0, 0}, {100, columns}, {1, 1}}, Dtype::kInt16);
    Bytes pixels(plan.out_length());
    EXPECT_CODE(read_image(file, plan, {pixels, {}}, scratch, simd::Level::kScalar, &cancel),
                ErrorCode::kAborted);
  }
}

TEST_F(ImageTest, Case34ReadsFarBeyondFourGibibytes) {
  constexpr uint64_t kRows = 100000;
  constexpr uint64_t kColumns = 200000;  // 37 GiB of int16, almost all of it holes
  const ImageLayout layout{Dtype::kInt16, {kRows, kColumns}, 2880, {}};
  const int fd = ::open(path_.c_str(), O_RDWR | O_CREAT, 0600);
  ASSERT_GE(fd, 0);
  ASSERT_EQ(::ftruncate(fd, 2880 + static_cast<off_t>(kRows * kColumns * 2)), 0);
  const std::vector<int16_t> wanted = {1, -2, 3};
  const Bytes stored = test::big_endian(wanted);
  for (uint64_t row = 99000; row < 99003; ++row) {
    const uint64_t at = 2880 + (row * kColumns + 60000) * 2;
    ASSERT_GT(at, uint64_t{1} << 35);
    ASSERT_EQ(::pwrite(fd, stored.data(), stored.size(), static_cast<off_t>(at)), 6);
  }
  ::close(fd);
  const auto seconds = [start = std::chrono::steady_clock::now()] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  for (const bool is_immutable : {false, true}) {
    const auto read = read_window(path_, layout, {{99001, 59999}, {2, 5}, {1, 1}}, Dtype::kInt16,
                                  simd::detected_level(), is_immutable);
    ASSERT_OK(read);
    EXPECT_EQ(values_of<int16_t>(read->bytes),
              (std::vector<int16_t>{0, 1, -2, 3, 0, 0, 1, -2, 3, 0}));
  }
  EXPECT_LT(seconds(), 1) << "a cutout must not depend on the size of its file";
}

TEST_F(ImageTest, ReadsNothingFromEmptyWindowsAndImages) {
  const ImageLayout layout = write(Dtype::kInt16, {10, 20});
  for (const Window& window : {Window{{0, 0}, {0, 20}, {1, 1}}, Window{{10, 20}, {0, 0}, {1, 1}},
                               Window{{3, 20}, {5, 0}, {1, 9}}}) {
    const ImagePlan plan = *plan_image(layout, window, Dtype::kInt16);
    EXPECT_EQ(plan.pixels, 0u);
    EXPECT_EQ(plan.runs(), 0u);
    EXPECT_TRUE(ranges_of(plan).empty());
    expect_window(layout, window, Dtype::kInt16);
  }
  const ImageLayout empty = write(Dtype::kInt16, {});
  expect_window(empty, whole_window({}), Dtype::kInt16);
  const ImageLayout flat = write(Dtype::kInt16, {5, 0, 3});
  expect_window(flat, whole_window(flat.shape), Dtype::kFloat32);
}

TEST(PlanImage, JoinsAxesThatLieWithoutAGap) {
  const ImageLayout layout{Dtype::kInt16, {4, 5, 6}, 100, {}};
  const auto whole = plan_image(layout, whole_window(layout.shape), Dtype::kInt16);
  EXPECT_EQ(ranges_of(*whole), (std::vector<ByteRange>{{100, 240}}));
  const auto slab = plan_image(layout, {{1, 0, 0}, {2, 5, 6}, {1, 1, 1}}, Dtype::kInt16);
  EXPECT_EQ(ranges_of(*slab), (std::vector<ByteRange>{{160, 120}}));
  const auto rows = plan_image(layout, {{0, 1, 0}, {2, 3, 6}, {1, 1, 1}}, Dtype::kInt16);
  EXPECT_EQ(ranges_of(*rows), (std::vector<ByteRange>{{112, 36}, {172, 36}}));
  const auto box = plan_image(layout, {{0, 0, 2}, {4, 5, 3}, {1, 1, 1}}, Dtype::kInt16);
  EXPECT_EQ(ranges_of(*box).size(), 20u);
  EXPECT_EQ(box->outer.size(), 1u);
  EXPECT_EQ(ranges_of(*box)[6], (ByteRange{100 + (6 * 6 + 2) * 2, 6}));
}

TEST(PlanImage, DoesNotSpanTheImageForAColumn) {
  const ImageLayout layout{Dtype::kFloat32, {1000, 5000}, 0, {}};
  const auto plan = plan_image(layout, {{0, 7}, {1000, 1}, {1, 1}}, Dtype::kFloat32);
  const auto ranges = ranges_of(*plan);
  ASSERT_EQ(ranges.size(), 1000u);
  EXPECT_EQ(ranges[999], (ByteRange{(999 * 5000 + 7) * 4, 4}));
  // Nor for pixels that are far apart along a row.
  const auto sparse = plan_image(layout, {{0, 0}, {1, 2}, {1, 4999}}, Dtype::kFloat32);
  EXPECT_EQ(ranges_of(*sparse).size(), 2u);
}

TEST(PlanImage, RefusesWindowsOutsideTheImage) {
  const ImageLayout layout{Dtype::kInt16, {10, 20}, 2880, {}};
  const auto code = [&](uint64_t origin, uint64_t shape, uint64_t stride) {
    return test::code_of(plan_image(layout, {{0, origin}, {1, shape}, {1, stride}}, Dtype::kInt16));
  };
  EXPECT_EQ(code(0, 20, 1), std::nullopt);
  EXPECT_EQ(code(19, 1, UINT64_MAX), std::nullopt);
  EXPECT_EQ(code(1, 4, 6), std::nullopt);
  EXPECT_EQ(code(2, 4, 6), ErrorCode::kOutOfBounds);
  EXPECT_EQ(code(0, 21, 1), ErrorCode::kOutOfBounds);
  EXPECT_EQ(code(20, 1, 1), ErrorCode::kOutOfBounds);
  EXPECT_EQ(code(21, 0, 1), ErrorCode::kOutOfBounds);
  EXPECT_EQ(code(UINT64_MAX, 2, 1), ErrorCode::kOutOfBounds);
  EXPECT_EQ(code(1, UINT64_MAX, 1), ErrorCode::kOutOfBounds);
  EXPECT_EQ(code(UINT64_MAX, UINT64_MAX, UINT64_MAX), ErrorCode::kOutOfBounds);
  EXPECT_EQ(code(0, 3, uint64_t{1} << 63), ErrorCode::kOutOfBounds);
  EXPECT_EQ(code(0, 1, 0), ErrorCode::kBadArgument);
  EXPECT_CODE(plan_image(layout, whole_window({10, 20, 1}), Dtype::kInt16),
              ErrorCode::kBadArgument);
  EXPECT_CODE(plan_image(layout, {{0, 0}, {1, 1}, {1}}, Dtype::kInt16), ErrorCode::kBadArgument);
}

TEST(PlanImage, RefusesImagesThatOverflow) {
  const ImageLayout layout{Dtype::kInt16, {uint64_t{1} << 40, uint64_t{1} << 40}, 2880, {}};
  EXPECT_CODE(plan_image(layout, {{0, 0}, {1, 1}, {1, 1}}, Dtype::kInt16),
              ErrorCode::kSizeOverflow);
}

TEST(NaturalDtype, HoldsTheValuesAndAsksForNoMore) {
  constexpr double kTwo63 = 9223372036854775808.0;
  EXPECT_EQ(natural_dtype(Dtype::kInt16, {}), Dtype::kInt16);
  EXPECT_EQ(natural_dtype(Dtype::kUint8, {1, -128, {}}), Dtype::kInt8);
  EXPECT_EQ(natural_dtype(Dtype::kInt16, {1, 32768, {}}), Dtype::kUint16);
  EXPECT_EQ(natural_dtype(Dtype::kInt32, {1, 2147483648, {}}), Dtype::kUint32);
  EXPECT_EQ(natural_dtype(Dtype::kInt64, {1, kTwo63, {}}), Dtype::kUint64);
  EXPECT_EQ(natural_dtype(Dtype::kInt16, {2, 32768, {}}), Dtype::kFloat32);
  EXPECT_EQ(natural_dtype(Dtype::kInt16, {1, 32767.9999999, {}}), Dtype::kFloat32);
  EXPECT_EQ(natural_dtype(Dtype::kUint8, {1, 1, {}}), Dtype::kFloat32);
  EXPECT_EQ(natural_dtype(Dtype::kInt32, {1, 32768, {}}), Dtype::kFloat64);
  EXPECT_EQ(natural_dtype(Dtype::kFloat32, {2, 0, {}}), Dtype::kFloat32);
  EXPECT_EQ(natural_dtype(Dtype::kFloat32, {}), Dtype::kFloat32);
  EXPECT_EQ(natural_dtype(Dtype::kFloat64, {2, 0, {}}), Dtype::kFloat64);
}

TEST(RecipeFor, RefusesTypesThatCannotHoldThePixels) {
  EXPECT_CODE(recipe_for(Dtype::kInt16, {1, 32768, {}}, Dtype::kInt16), ErrorCode::kBadArgument);
  EXPECT_CODE(recipe_for(Dtype::kInt16, {2, 0, {}}, Dtype::kInt32), ErrorCode::kBadArgument);
  EXPECT_CODE(recipe_for(Dtype::kFloat32, {}, Dtype::kInt64), ErrorCode::kBadArgument);
  EXPECT_TRUE(recipe_for(Dtype::kInt16, {1, 32768, {}}, Dtype::kInt32));
  EXPECT_FALSE(recipe_for(Dtype::kFloat32, {1, 0, 5}, Dtype::kFloat32)->blank);
}

TEST(LayoutOf, TakesImagesOnly) {
  const Hdu image = test::scan_one(primary_header(16, {7, 5}).key("BZERO", 32768).done());
  const auto layout = layout_of(image);
  ASSERT_OK(layout);
  EXPECT_EQ(layout->shape, (std::vector<uint64_t>{5, 7}));
  EXPECT_EQ(layout->stored, Dtype::kInt16);
  EXPECT_EQ(layout->data_offset, 2880u);
  EXPECT_EQ(layout->scaling.bzero, 32768);
  EXPECT_EQ(unscaled(*layout).scaling.bzero, 0);
  const Hdu table = test::scan_one(
      test::extension_header("BINTABLE", 8, {1, 1}).key("TFIELDS", 0).done(), 1, 2880);
  const auto none = layout_of(table);
  EXPECT_CODE(none, ErrorCode::kBadArgument);
  EXPECT_EQ(none.error().hdu, 1);
}

TEST(MarkUndefined, FindsBlankInDecodedPixels) {
  const auto marks = [](const Scaling& scaling, Dtype stored, Dtype out, const auto& values) {
    const simd::Recipe recipe = *recipe_for(stored, scaling, out);
    std::vector<uint8_t> mask(values.size(), 7);
    uint64_t sum = 0;
    const uint64_t count = mark_undefined(recipe, test::bytes_of(values), mask);
    for (const uint8_t m : mask) sum += m;
    EXPECT_EQ(count, sum);
    return mask;
  };
  using Marks = std::vector<uint8_t>;
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(marks({}, Dtype::kInt16, Dtype::kInt16, std::vector<int16_t>{0, 1}), (Marks{0, 0}));
  EXPECT_EQ(marks({1, 0, -5}, Dtype::kInt16, Dtype::kInt32, std::vector<int32_t>{-5, 65531}),
            (Marks{1, 0}));
  EXPECT_EQ(marks({1, 32768, -32768}, Dtype::kInt16, Dtype::kUint16, std::vector<uint16_t>{0, 1}),
            (Marks{1, 0}));
  EXPECT_EQ(marks({1, 32768, 5}, Dtype::kInt16, Dtype::kInt64, std::vector<int64_t>{32773, 5}),
            (Marks{1, 0}));
  EXPECT_EQ(marks({1, -128, 5}, Dtype::kUint8, Dtype::kInt8, std::vector<int8_t>{-123, 5}),
            (Marks{1, 0}));
  EXPECT_EQ(marks({1, 2147483648, -1}, Dtype::kInt32, Dtype::kUint32,
                  std::vector<uint32_t>{2147483647, 2147483648}),
            (Marks{1, 0}));
  EXPECT_EQ(marks({1, 9223372036854775808.0, INT64_MIN}, Dtype::kInt64, Dtype::kUint64,
                  std::vector<uint64_t>{0, 1}),
            (Marks{1, 0}));
  EXPECT_EQ(marks({}, Dtype::kInt16, Dtype::kFloat64, std::vector<double>{0, kNaN}), (Marks{0, 1}));
  // A BLANK that the stored type cannot hold matches nothing, also modulo 2^8.
  EXPECT_EQ(marks({1, 0, 300}, Dtype::kUint8, Dtype::kUint8, std::vector<uint8_t>{44, 0}),
            (Marks{0, 0}));
  EXPECT_EQ(marks({1, -128, -1}, Dtype::kUint8, Dtype::kInt16, std::vector<int16_t>{-129, 127}),
            (Marks{0, 0}));
}

struct ScaledCase {
  int bitpix;
  double bscale;
  double bzero;
  std::optional<int64_t> blank;
};

// CFITSIO's own floats and doubles are the reference, bit for bit.
TEST(ScaledPixels, AreThoseOfCfitsio) {
  const test::TempDir dir;
  test::Random random(10);
  const std::vector<ScaledCase> cases = {{8, 0.1, -3.7, 200},
                                         {8, 1, -128, {}},
                                         {16, 0.1, 1000.3, -32768},
                                         {16, 1, 32768, -32768},
                                         {16, -2.5e-7, 32767.9999999, {}},
                                         {32, 1e-3, 1e9, INT32_MIN},
                                         {32, 1, 2147483648, {}},
                                         {64, 0.5, 0, {}},
                                         {-32, 1.1, 0.3, {}},
                                         {-32, 1, 0, {}},
                                         {-64, 3.3e-5, -7e3, {}},
                                         {16, 1e-300, 0, {}},
                                         {-64, 1, 0, {}}};
  for (size_t i = 0; i < cases.size(); ++i) {
    const ScaledCase& c = cases[i];
    const std::string path = dir.file(std::to_string(i) + ".fits");
    test::HeaderBuilder header = primary_header(c.bitpix, {501, 13});
    char text[40];
    for (const auto& [keyword, value] : {std::pair("BSCALE", c.bscale), {"BZERO", c.bzero}}) {
      std::snprintf(text, sizeof text, "%.17E", value);
      header.key(keyword, text);
    }
    if (c.blank) header.key("BLANK", *c.blank);
    const Dtype stored = *dtype_of_bitpix(c.bitpix);
    Bytes pixels;
    for (size_t p = 0; p < 501 * 13; ++p) {
      test::with_type(stored, [&](auto zero) {
        using T = decltype(zero);
        if (std::is_floating_point_v<T>)
          test::put_be(pixels, static_cast<T>(random.gaussian() * 1e4));
        else if (c.blank && random.chance(0.05))
          test::put_be(pixels, static_cast<T>(*c.blank));
        else
          test::append(pixels, random.bytes(sizeof(T)));
      });
    }
    const std::string data(test::as_text(pixels));
    test::write_text(path, header.done() + test::blocks_of(data, '\0'));

    const ImageLayout layout = *layout_of(test::hdu_of(path));
    const Window whole = whole_window(layout.shape);
    const long n = 501 * 13;
    int status = 0;
    int any = 0;
    std::vector<float> floats(n);
    std::vector<double> doubles(n);
    float nan32 = std::numeric_limits<float>::quiet_NaN();
    double nan64 = std::numeric_limits<double>::quiet_NaN();
    fits_read_img(test::Cfitsio::open(path), TFLOAT, 1, n, &nan32, floats.data(), &any, &status);
    fits_read_img(test::Cfitsio::open(path), TDOUBLE, 1, n, &nan64, doubles.data(), &any, &status);
    ASSERT_EQ(status, 0);
    const auto same = [&](const auto& expected, Dtype out) {
      const auto read = read_window(path, layout, whole, out);
      ASSERT_OK(read);
      using T = std::remove_cvref_t<decltype(expected[0])>;
      const std::vector<T> found = values_of<T>(read->bytes);
      for (size_t p = 0; p < found.size(); ++p) {
        if (std::isnan(expected[p]) && std::isnan(found[p])) continue;
        ASSERT_EQ(std::memcmp(&found[p], &expected[p], sizeof(T)), 0)
            << "case " << i << ", pixel " << p << ": " << found[p] << " for " << expected[p];
      }
    };
    same(floats, Dtype::kFloat32);
    same(doubles, Dtype::kFloat64);
  }
}

}  // namespace
}  // namespace fitstream
