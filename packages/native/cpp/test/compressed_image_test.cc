// Tile-compressed images written by CFITSIO, against its own decoding of the whole image.
#include "compressed_image.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>

#include "header.h"
#include "packed_image.h"
#include "support.h"
#include "table/read.h"

namespace fitstream {
namespace {

using test::Bytes;
using test::decode_by_cfitsio;
using test::make_pixels;
using test::Packed;
using test::Pixels;
using test::product_of;
using test::values_of;
using test::write_packed;

// The pixels of a window, taken out of the whole image one by one.
Bytes cut(const Bytes& whole, const std::vector<uint64_t>& shape, size_t size,
          const Window& window) {
  Bytes out;
  std::vector<uint64_t> at(shape.size(), 0);
  for (uint64_t left = product_of(window.shape); left > 0; --left) {
    uint64_t index = 0;
    for (size_t axis = 0; axis < at.size(); ++axis)
      index = index * shape[axis] + window.origin[axis] + at[axis] * window.stride[axis];
    test::append(out, ByteSpan(whole).subspan(index * size, size));
    for (size_t axis = at.size(); axis-- > 0;) {
      if (++at[axis] < window.shape[axis]) break;
      at[axis] = 0;
    }
  }
  return out;
}

Result<Pixels> read_pixels(CompressedImageReader& reader, const Window& window, Dtype out,
                           CancelFlag cancel = nullptr) {
  const uint64_t n = window.shape.empty() ? 0 : product_of(window.shape);
  Pixels pixels{Bytes(n * size_of(out)), std::vector<uint8_t>(n, 7), 0};
  const auto undefined = reader.read(window, out, {pixels.bytes, pixels.mask}, cancel);
  if (!undefined) return undefined.error();
  pixels.undefined = *undefined;
  return pixels;
}

// Which pixels are undefined: those that CFITSIO gives as NaN.
std::vector<uint8_t> undefined_in(const Bytes& doubles) {
  std::vector<uint8_t> mask;
  for (const double v : values_of<double>(doubles)) mask.push_back(std::isnan(v));
  return mask;
}

Window random_window(const std::vector<uint64_t>& shape, test::Random& random) {
  Window window = whole_window(shape);
  for (size_t i = 0; i < shape.size(); ++i) {
    window.stride[i] = random.chance(0.6) ? 1 : random.between(1, 4);
    window.origin[i] = random.between(0, shape[i] - 1);
    window.shape[i] = random.between(1, (shape[i] - window.origin[i] - 1) / window.stride[i] + 1);
  }
  return window;
}

std::vector<Packed> all_packed() {
  using enum Dtype;
  return {
      {"rice int16", SHORT_IMG, kInt16, {50, 70}, RICE_1, {}},
      {"rice tiles", SHORT_IMG, kInt16, {50, 70}, RICE_1, {16, 32}},
      {"rice uint16", USHORT_IMG, kUint16, {33, 41}, RICE_1, {7, 41}},
      {"rice uint8", BYTE_IMG, kUint8, {20, 30}, RICE_1, {}},
      {"rice int32", LONG_IMG, kInt32, {20, 30}, RICE_1, {30, 50}},  // larger than the image
      {"rice uint32", ULONG_IMG, kUint32, {20, 30}, RICE_1, {}},
      {"rice line", SHORT_IMG, kInt16, {1000}, RICE_1, {100}},
      {"rice cube", SHORT_IMG, kInt16, {5, 20, 30}, RICE_1, {2, 7, 9}},
      {"rice four axes", SHORT_IMG, kInt16, {3, 2, 10, 12}, RICE_1, {1, 1, 10, 12}},
      {"rice blank", SHORT_IMG, kInt16, {20, 30}, RICE_1, {}, 0, 0, -32768},
      {"gzip1 int16", SHORT_IMG, kInt16, {50, 70}, GZIP_1, {11, 13}},
      {"gzip1 uint32", ULONG_IMG, kUint32, {20, 30}, GZIP_1, {}},
      {"gzip2 int16", SHORT_IMG, kInt16, {50, 70}, GZIP_2, {11, 13}},
      {"gzip2 int32", LONG_IMG, kInt32, {20, 30}, GZIP_2, {}},
      {"gzip2 int8", SBYTE_IMG, kInt8, {20, 30}, GZIP_2, {}},
      {"hcompress int16", SHORT_IMG, kInt16, {50, 70}, HCOMPRESS_1, {16, 16}},
      {"hcompress int32", LONG_IMG, kInt32, {20, 30}, HCOMPRESS_1, {10, 30}},
      {"plio int16", SHORT_IMG, kInt16, {50, 70}, PLIO_1, {}},
      {"rice float32", FLOAT_IMG, kFloat32, {50, 70}, RICE_1, {}, 4, NO_DITHER},
      {"rice dither 1", FLOAT_IMG, kFloat32, {50, 70}, RICE_1, {8, 70}, 4, SUBTRACTIVE_DITHER_1},
      {"rice dither 2", FLOAT_IMG, kFloat32, {50, 70}, RICE_1, {8, 70}, 4, SUBTRACTIVE_DITHER_2},
      {"rice float64", DOUBLE_IMG, kFloat64, {50, 70}, RICE_1, {}, 4, SUBTRACTIVE_DITHER_1},
      {"hcompress float32",
       FLOAT_IMG,
       kFloat32,
       {32, 64},
       HCOMPRESS_1,
       {16, 64},
       4,
       SUBTRACTIVE_DITHER_1},
      {"gzip2 dither 1", FLOAT_IMG, kFloat32, {50, 70}, GZIP_2, {}, 4, SUBTRACTIVE_DITHER_1},
      {"gzip1 lossless float32", FLOAT_IMG, kFloat32, {50, 70}, GZIP_1, {}},
      {"gzip2 lossless float32", FLOAT_IMG, kFloat32, {50, 70}, GZIP_2, {9, 9}},
      {"gzip2 lossless float64", DOUBLE_IMG, kFloat64, {20, 30}, GZIP_2, {}},
      // Tiles of one pixel at the edges, and everywhere.
      {"rice edges", SHORT_IMG, kInt16, {33, 65}, RICE_1, {8, 64}},
      {"rice pixels", SHORT_IMG, kInt16, {5, 6}, RICE_1, {1, 1}},
      {"gzip1 edges", FLOAT_IMG, kFloat32, {9, 17}, GZIP_1, {8, 16}},
      {"rice five axes", SHORT_IMG, kInt16, {2, 3, 4, 5, 6}, RICE_1, {1, 2, 3, 2, 4}},
      {"rice seed 1",
       FLOAT_IMG,
       kFloat32,
       {50, 70},
       RICE_1,
       {8, 70},
       4,
       SUBTRACTIVE_DITHER_1,
       {},
       1},
      {"rice seed 10000",
       DOUBLE_IMG,
       kFloat64,
       {50, 70},
       RICE_1,
       {8, 70},
       4,
       SUBTRACTIVE_DITHER_2,
       {},
       10000},
      // A tile longer than the table of random numbers.
      {"rice long", FLOAT_IMG, kFloat32, {150, 170}, RICE_1, {150, 170}, 4, SUBTRACTIVE_DITHER_1},
      {"hcompress lossy", SHORT_IMG, kInt16, {50, 70}, HCOMPRESS_1, {25, 35}, 0, 0, {}, 1, 4},
      {"hcompress smooth", LONG_IMG, kInt32, {50, 70}, HCOMPRESS_1, {25, 35}, 0, 0, {}, 1, 4, true},
      {"plio uint8", BYTE_IMG, kUint8, {20, 30}, PLIO_1, {7, 30}},
      {"plio int32", LONG_IMG, kInt32, {20, 30}, PLIO_1, {}}};
}

class CompressedImageTest : public testing::Test {
 protected:
  Bytes write(const Packed& packed) {
    const Bytes pixels = make_pixels(packed, random_);
    write_packed(path_, packed, pixels);
    return pixels;
  }
  Result<CompressedImageReader> open() {
    return CompressedImageReader::open(std::move(*File::open(path_)), test::hdu_of(path_, 1));
  }
  // The same after this card of HDU 1 was replaced.
  Result<CompressedImageReader> open_with(std::string_view keyword, std::string_view card) {
    Bytes file = test::read_bytes(path_);
    test::replace_card(file, keyword, card, test::hdu_of(path_, 1).header_offset);
    const std::string changed = dir_.file("changed.fits");
    test::write_bytes(changed, file);
    return CompressedImageReader::open(std::move(*File::open(changed)), test::hdu_of(changed, 1));
  }

  test::TempDir dir_;
  test::Random random_{22};
  std::string path_ = dir_.file("packed.fits");
};

TEST_F(CompressedImageTest, ReadsTheWholeImageAndWindowsAsCfitsioDoes) {
  for (const Packed& packed : all_packed()) {
    SCOPED_TRACE(packed.name);
    std::filesystem::remove(path_);
    const Bytes original = write(packed);
    auto reader = open();
    ASSERT_OK(reader);
    EXPECT_EQ(reader->layout().shape, packed.shape);
    EXPECT_EQ(natural_dtype(reader->layout().stored, reader->layout().scaling), packed.dtype);

    const Bytes whole = decode_by_cfitsio(path_, packed, packed.dtype);
    const bool is_lossless = !info(packed.dtype).is_float && packed.hcompress_scale == 0;
    EXPECT_TRUE(!is_lossless || whole == original);
    const auto mask = undefined_in(decode_by_cfitsio(path_, packed, Dtype::kFloat64));
    const auto read = read_pixels(*reader, whole_window(packed.shape), packed.dtype);
    ASSERT_OK(read);
    EXPECT_EQ(read->bytes, whole);
    EXPECT_EQ(read->mask, mask);
    EXPECT_EQ(read->undefined, static_cast<uint64_t>(std::count(mask.begin(), mask.end(), 1)));

    for (int i = 0; i < 12; ++i) {
      const Window window = random_window(packed.shape, random_);
      const auto part = read_pixels(*reader, window, packed.dtype);
      ASSERT_OK(part);
      EXPECT_EQ(part->bytes, cut(whole, packed.shape, size_of(packed.dtype), window));
    }
  }
}

TEST_F(CompressedImageTest, GivesTheSameFromAnyNumberOfThreads) {
  for (const Packed& packed : {Packed{"rice", SHORT_IMG, Dtype::kInt16, {900, 70}, RICE_1, {}},
                               Packed{"dither",
                                      FLOAT_IMG,
                                      Dtype::kFloat32,
                                      {700, 90},
                                      RICE_1,
                                      {3, 50},
                                      4,
                                      SUBTRACTIVE_DITHER_1}}) {
    std::filesystem::remove(path_);
    write(packed);
    auto alone = open();
    const Window whole = whole_window(packed.shape);
    const auto expected = read_pixels(*alone, whole, packed.dtype);
    ASSERT_OK(expected);
    for (const size_t threads : {2, 3, 8}) {
      auto reader = open();
      for (const Window& window : {random_window(packed.shape, random_), whole}) {
        Bytes pixels(product_of(window.shape) * size_of(packed.dtype));
        ASSERT_OK(reader->read(window, packed.dtype, {pixels, {}}, nullptr, threads));
        EXPECT_EQ(pixels, cut(expected->bytes, packed.shape, size_of(packed.dtype), window));
      }
    }
  }
}

TEST_F(CompressedImageTest, ReadsManyWindowsAtOnce) {
  for (const Packed& packed : all_packed()) {
    SCOPED_TRACE(packed.name);
    std::filesystem::remove(path_);
    write(packed);
    auto alone = open();
    const auto whole = read_pixels(*alone, whole_window(packed.shape), packed.dtype);
    ASSERT_OK(whole);
    auto reader = open();
    for (int i = 0; i < 3; ++i) {
      std::vector<Bytes> pixels;
      std::vector<Window> cuts;
      for (uint64_t n = random_.between(1, 20); n > 0; --n) {
        cuts.push_back(random_window(packed.shape, random_));
        pixels.emplace_back(product_of(cuts.back().shape) * size_of(packed.dtype));
      }
      std::vector<WindowTarget> windows;
      for (size_t k = 0; k < cuts.size(); ++k) windows.push_back({cuts[k], pixels[k]});
      ASSERT_OK(reader->read_windows(windows, packed.dtype, nullptr));
      for (size_t k = 0; k < cuts.size(); ++k)
        EXPECT_EQ(pixels[k], cut(whole->bytes, packed.shape, size_of(packed.dtype), cuts[k]));
    }
  }
}

// Case 38 of the checklist of nasty files: a seed that is no seed.
TEST_F(CompressedImageTest, Case38WantsTheSeedOfADither) {
  write({"dither", FLOAT_IMG, Dtype::kFloat32, {50, 70}, RICE_1, {}, 4, SUBTRACTIVE_DITHER_1});
  ASSERT_OK(open());
  for (const char* seed : {"0", "-1", "10001"})
    EXPECT_CODE(open_with("ZDITHER0", "ZDITHER0= " + std::string(seed)), ErrorCode::kBadHeader);
  EXPECT_CODE(open_with("ZDITHER0", "COMMENT"), ErrorCode::kBadHeader);
  EXPECT_CODE(open_with("ZQUANTIZ", "ZQUANTIZ= 'NEVER_HEARD_OF'"), ErrorCode::kUnsupported);
  EXPECT_CODE(open_with("ZCMPTYPE", "ZCMPTYPE= 'ZSTD_1'"), ErrorCode::kUnsupported);
}

// Case 43: what ZNAMEi and ZVALi do not say has a default, and they come in any order.
TEST_F(CompressedImageTest, Case43FindsCodecParametersInAnyOrder) {
  const Packed packed{"rice", SHORT_IMG, Dtype::kInt16, {20, 70}, RICE_1, {}};
  const Bytes original = write(packed);
  Bytes file = test::read_bytes(path_);
  const size_t header = test::hdu_of(path_, 1).header_offset;
  test::replace_card(file, "ZNAME1", "ZNAME1  = 'BYTEPIX'", header);
  test::replace_card(file, "ZVAL1", "ZVAL1   = 2", header);
  test::replace_card(file, "ZNAME2", "ZNAME2  = 'BLOCKSIZE'", header);
  test::replace_card(file, "ZVAL2", "ZVAL2   = 32", header);
  test::write_bytes(path_, file);
  auto reader = open();
  ASSERT_OK(reader);
  EXPECT_EQ(read_pixels(*reader, whole_window(packed.shape), packed.dtype)->bytes, original);
  EXPECT_CODE(open_with("ZVAL1", "ZVAL1   = 3"), ErrorCode::kUnsupported);
  EXPECT_CODE(open_with("ZVAL2", "ZVAL2   = 8"), ErrorCode::kUnsupported);
  // Without BLOCKSIZE blocks have 32 pixels.
  auto without = open_with("ZNAME2", "ZNAME2  = 'NOTHING'");
  ASSERT_OK(without);
  EXPECT_EQ(read_pixels(*without, whole_window(packed.shape), packed.dtype)->bytes, original);
}

// Case 44: spellings of ZCMPTYPE that files have.
TEST_F(CompressedImageTest, Case44KnowsRiceByItsOldName) {
  const Packed packed{"rice", SHORT_IMG, Dtype::kInt16, {20, 70}, RICE_1, {}};
  const Bytes original = write(packed);
  for (const char* name : {"'RICE_ONE'", "'RICE_1  '", "'RICE_ONE      '"}) {
    auto reader = open_with("ZCMPTYPE", "ZCMPTYPE= " + std::string(name));
    ASSERT_OK(reader);
    EXPECT_EQ(read_pixels(*reader, whole_window(packed.shape), packed.dtype)->bytes, original);
  }
}

TEST_F(CompressedImageTest, ReadsIntegersAsFloats) {
  for (const Packed& packed : all_packed()) {
    if (info(packed.dtype).is_float) continue;
    SCOPED_TRACE(packed.name);
    std::filesystem::remove(path_);
    write(packed);
    auto reader = open();
    ASSERT_OK(reader);
    for (const Dtype out : {Dtype::kFloat32, Dtype::kFloat64}) {
      const auto read = read_pixels(*reader, whole_window(packed.shape), out);
      ASSERT_OK(read);
      const Bytes expected = decode_by_cfitsio(path_, packed, out);
      EXPECT_EQ(read->bytes, expected);
    }
  }
}

TEST_F(CompressedImageTest, WidensTheFloatsOfAFloat32Image) {
  for (const Packed& packed : all_packed()) {
    if (packed.dtype != Dtype::kFloat32) continue;
    SCOPED_TRACE(packed.name);
    std::filesystem::remove(path_);
    write(packed);
    auto reader = open();
    const auto narrow = read_pixels(*reader, whole_window(packed.shape), Dtype::kFloat32);
    const auto wide = read_pixels(*reader, whole_window(packed.shape), Dtype::kFloat64);
    ASSERT_OK(narrow);
    ASSERT_OK(wide);
    const auto floats = values_of<float>(narrow->bytes);
    Bytes expected;
    for (const float v : floats) test::put_native(expected, static_cast<double>(v));
    EXPECT_EQ(wide->bytes, expected);
    EXPECT_EQ(wide->mask, narrow->mask);
  }
}

TEST_F(CompressedImageTest, ReadsTheSameFromMemory) {
  for (const Packed& packed : all_packed()) {
    SCOPED_TRACE(packed.name);
    std::filesystem::remove(path_);
    write(packed);
    const Hdu hdu = test::hdu_of(path_, 1);
    const Bytes file = test::read_bytes(path_);
    const ByteSpan bytes =
        ByteSpan(file).subspan(hdu.header_offset, hdu.header_length + hdu.data_length);
    auto from_memory = CompressedImageReader::open(bytes, hdu);
    ASSERT_OK(from_memory);
    EXPECT_EQ(from_memory->held_bytes(), hdu.data_length);
    auto from_file = open();
    const Window window = random_window(packed.shape, random_);
    EXPECT_EQ(read_pixels(*from_memory, window, packed.dtype)->bytes,
              read_pixels(*from_file, window, packed.dtype)->bytes);
    EXPECT_CODE(CompressedImageReader::open(bytes.first(bytes.size() - 1), hdu),
                ErrorCode::kTruncated);
  }
}

TEST_F(CompressedImageTest, ReadsAFileWhoseLastBlockIsNotPadded) {
  const Packed packed = all_packed()[0];
  const Bytes original = write(packed);
  const Hdu hdu = test::hdu_of(path_, 1);
  std::filesystem::resize_file(path_, hdu.data_offset + hdu.data_length);
  auto reader = open();
  ASSERT_OK(reader);
  EXPECT_EQ(read_pixels(*reader, whole_window(packed.shape), packed.dtype)->bytes, original);
}

TEST_F(CompressedImageTest, ReadsNamesThatCfitsioWouldParse) {
  const Packed packed = all_packed()[0];
  const Bytes original = write(packed);
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(dir_.file(""));
  for (const char* name : {"a[1:2,1:2].fits", "a(b).fits", "a+1.fits", "!a.fits", "@a.fits", "|a",
                           "mem:a", "-", "a.fits.gz"}) {
    std::filesystem::copy_file("packed.fits", name);
    const size_t entries = dir_.entries();
    auto reader = CompressedImageReader::open(std::move(*File::open(name)), test::hdu_of(name, 1));
    ASSERT_TRUE(reader) << name << ": " << test::describe(reader.error());
    EXPECT_EQ(read_pixels(*reader, whole_window(packed.shape), packed.dtype)->bytes, original)
        << name;
    EXPECT_EQ(dir_.entries(), entries) << name;
  }
  std::filesystem::current_path(before);
}

TEST_F(CompressedImageTest, ScalesOrDoesNot) {
  const Packed packed{"scaled", SHORT_IMG, Dtype::kInt16, {20, 30}, RICE_1, {}};
  const Bytes original = write(packed);
  {
    fitsfile* file = nullptr;
    int status = 0;
    fits_open_diskfile(&file, path_.c_str(), READWRITE, &status);
    fits_movabs_hdu(file, 2, nullptr, &status);
    fits_update_key_dbl(file, "BSCALE", 0.3, 15, "", &status);
    fits_update_key_dbl(file, "BZERO", -7.5, 15, "", &status);
    fits_close_file(file, &status);
    ASSERT_EQ(status, 0);
  }
  auto reader = open();
  ASSERT_OK(reader);
  EXPECT_CODE(read_pixels(*reader, whole_window(packed.shape), Dtype::kInt16),
              ErrorCode::kBadArgument);
  for (const Dtype out : {Dtype::kFloat32, Dtype::kFloat64})
    EXPECT_EQ(read_pixels(*reader, whole_window(packed.shape), out)->bytes,
              decode_by_cfitsio(path_, packed, out));
  reader->ignore_scaling();
  EXPECT_EQ(read_pixels(*reader, whole_window(packed.shape), Dtype::kInt16)->bytes, original);
}

TEST_F(CompressedImageTest, ChecksWhatIsAskedFor) {
  write(all_packed()[0]);
  auto reader = open();
  ASSERT_OK(reader);
  EXPECT_CODE(read_pixels(*reader, {{0, 60}, {1, 20}, {1, 1}}, Dtype::kInt16),
              ErrorCode::kOutOfBounds);
  EXPECT_CODE(read_pixels(*reader, {{0}, {1}, {1}}, Dtype::kInt16), ErrorCode::kBadArgument);
  EXPECT_CODE(read_pixels(*reader, {{0, 0}, {1, 1}, {1, 1}}, Dtype::kUint8),
              ErrorCode::kBadArgument);
  Bytes small(3);
  EXPECT_CODE(reader->read({{0, 0}, {1, 2}, {1, 1}}, Dtype::kInt16, {small, {}}, nullptr),
              ErrorCode::kBadArgument);
  const auto nothing = read_pixels(*reader, {{50, 0}, {0, 70}, {1, 1}}, Dtype::kInt16);
  ASSERT_OK(nothing);
  EXPECT_TRUE(nothing->bytes.empty());
  const std::atomic<int32_t> cancel = 1;
  EXPECT_CODE(read_pixels(*reader, whole_window({50, 70}), Dtype::kInt16, &cancel),
              ErrorCode::kAborted);
  EXPECT_CODE(CompressedImageReader::open(std::move(*File::open(path_)), test::hdu_of(path_, 0)),
              ErrorCode::kBadArgument);
}

TEST_F(CompressedImageTest, RefusesHeadersThatCannotBe) {
  write({"rice", SHORT_IMG, Dtype::kInt16, {50, 70}, RICE_1, {1, 70}});
  ASSERT_OK(open());
  EXPECT_CODE(open_with("NAXIS2", "NAXIS2  = 49"), ErrorCode::kBadHeader);
  EXPECT_CODE(open_with("ZNAXIS2", "ZNAXIS2 = 51"), ErrorCode::kBadHeader);
  EXPECT_CODE(open_with("ZTILE1", "ZTILE1  = 0"), ErrorCode::kBadHeader);
  EXPECT_CODE(open_with("ZTILE2", "ZTILE2  = -1"), ErrorCode::kBadHeader);
  EXPECT_CODE(open_with("ZBITPIX", "ZBITPIX = 15"), ErrorCode::kBadHeader);
  EXPECT_CODE(open_with("ZNAXIS", "ZNAXIS  = 7"), ErrorCode::kBadHeader);
  // More rows than the file has bytes.
  EXPECT_CODE(open_with("NAXIS2", "NAXIS2  = 1000000"), ErrorCode::kTruncated);
  EXPECT_CODE(open_with("PCOUNT", "PCOUNT  = 1000000000000000"), ErrorCode::kTruncated);
  // What CFITSIO makes of a form that the standard does not know is not found out.
  EXPECT_CODE(open_with("TFORM1", "TFORM1  = '2PB(100)'"), ErrorCode::kBadHeader);
}

TEST_F(CompressedImageTest, RefusesTilesAndAxesBeyondItsLimits) {
  const auto code = [](const std::vector<int64_t>& axes, const std::vector<int64_t>& tile,
                       const char* codec = "'RICE_1'") {
    test::HeaderBuilder header = test::extension_header("BINTABLE", 8, {8, 1});
    header.key("TFIELDS", 1).key("TFORM1", "'1PB(1)'").key("TTYPE1", "'COMPRESSED_DATA'");
    header.key("ZIMAGE", "T").key("ZBITPIX", 16).key("ZCMPTYPE", codec);
    header.key("ZNAXIS", static_cast<int64_t>(axes.size()));
    for (size_t i = 0; i < axes.size(); ++i) {
      header.key("ZNAXIS" + std::to_string(i + 1), axes[i]);
      header.key("ZTILE" + std::to_string(i + 1), tile[i]);
    }
    const Bytes bytes = test::as_bytes(header.done() + test::blocks_of("        "));
    return test::code_of(
        CompressedImageReader::open(bytes, test::scan_one(test::as_text(bytes), 1)));
  };
  EXPECT_EQ(code({1000000, 1000000}, {1000000, 1000000}), ErrorCode::kLimit);
  EXPECT_EQ(code({10000, 10000}, {10000, 10000}), std::nullopt);
  EXPECT_EQ(code({10000, 10000}, {10000, 10000}, "'HCOMPRESS_1'"), ErrorCode::kLimit);
  EXPECT_EQ(code({10000, 10000}, {10000, 10000}, "'PLIO_1'"), ErrorCode::kLimit);
  EXPECT_EQ(code({INT64_MAX, INT64_MAX}, {INT64_MAX, INT64_MAX}), ErrorCode::kLimit);
  EXPECT_EQ(code({INT64_MAX, INT64_MAX}, {1, 1}), ErrorCode::kBadHeader);
  EXPECT_EQ(code(std::vector<int64_t>(9, 1), std::vector<int64_t>(9, 1)), ErrorCode::kUnsupported);
}

TEST_F(CompressedImageTest, RefusesDescriptorsOutsideTheHeap) {
  write({"rice", SHORT_IMG, Dtype::kInt16, {50, 70}, RICE_1, {1, 70}});
  const Hdu hdu = test::hdu_of(path_, 1);
  Bytes file = test::read_bytes(path_);
  for (size_t byte = 0; byte < 8; byte += 4) {  // the length, then the offset, of row 20
    Bytes changed = file;
    changed[hdu.data_offset + 20 * hdu.axes[0] + byte] = std::byte{0x7f};
    test::write_bytes(path_, changed);
    auto reader = open();
    ASSERT_OK(reader);
    EXPECT_CODE(read_pixels(*reader, {{20, 0}, {1, 70}, {1, 1}}, Dtype::kInt16),
                ErrorCode::kCorrupt);
    // The tiles beside it are good.
    EXPECT_TRUE(read_pixels(*reader, {{21, 0}, {20, 70}, {1, 1}}, Dtype::kInt16));
  }
}

// Their streams leave out the axis of one pixel.
TEST_F(CompressedImageTest, ReadsHcompressTilesOfOnePixelAlongTheFirstAxis) {
  // Of few bits: CFITSIO writes behind its buffer for others in tiles as small.
  std::vector<int16_t> pixels(8 * 9 * 6);
  for (int16_t& pixel : pixels) pixel = static_cast<int16_t>(random_.between(0, 50));
  test::Cfitsio file = test::Cfitsio::create(path_);
  int status = 0;
  long axes[] = {6, 9, 8}, tile[] = {1, 5, 4};
  fits_set_compression_type(file, HCOMPRESS_1, &status);
  fits_set_tile_dim(file, 3, tile, &status);
  fits_create_img(file, SHORT_IMG, 3, axes, &status);
  fits_write_img(file, TSHORT, 1, static_cast<LONGLONG>(pixels.size()), pixels.data(), &status);
  ASSERT_EQ(status, 0);
  file.close();
  auto reader = open();
  ASSERT_OK(reader);
  const auto read = read_pixels(*reader, whole_window({8, 9, 6}), Dtype::kInt16);
  ASSERT_OK(read);
  EXPECT_EQ(test::values_of<int16_t>(read->bytes), pixels);
}

TEST_F(CompressedImageTest, RefusesHcompressStreamsLargerThanTheirTile) {
  write({"hcompress", SHORT_IMG, Dtype::kInt16, {48, 64}, HCOMPRESS_1, {16, 16}});
  ASSERT_OK(open());
  const Hdu hdu = test::hdu_of(path_, 1);
  Bytes file = test::read_bytes(path_);
  const size_t descriptor = hdu.data_offset + 3 * hdu.axes[0];
  const size_t stream =
      hdu.data_offset + hdu.table->heap_offset + load_be<uint32_t>(file.data() + descriptor + 4);
  ASSERT_EQ(load_be<uint32_t>(file.data() + stream + 2), 16u);
  file[stream + 4] = std::byte{1};  // 272 rows
  test::write_bytes(path_, file);
  const auto read_all = [](Result<CompressedImageReader> reader) {
    return read_pixels(*reader, whole_window({48, 64}), Dtype::kInt16);
  };
  EXPECT_CODE(read_all(open()), ErrorCode::kCorrupt);
  // The column has this name, too.
  EXPECT_CODE(read_all(open_with("TTYPE1", "TTYPE1  = 'Compressed_Data'")), ErrorCode::kCorrupt);
}

TEST_F(CompressedImageTest, SaysThatTheFileIsCutOff) {
  write({"rice", SHORT_IMG, Dtype::kInt16, {50, 70}, RICE_1, {1, 70}});
  const Hdu hdu = test::hdu_of(path_, 1);
  std::filesystem::resize_file(path_, hdu.data_offset + hdu.data_length - 1);
  EXPECT_CODE(open(), ErrorCode::kTruncated);
  std::filesystem::resize_file(path_, hdu.data_offset + 100);
  EXPECT_CODE(open(), ErrorCode::kTruncated);
}

// CFITSIO's inflater would not return from these.
TEST_F(CompressedImageTest, CallsDamagedGzipTilesCorrupt) {
  for (const Packed& packed :
       {Packed{"gzip1", SHORT_IMG, Dtype::kInt16, {50, 70}, GZIP_1, {10, 35}},
        Packed{"gzip2", FLOAT_IMG, Dtype::kFloat32, {50, 70}, GZIP_2, {10, 35}}}) {
    std::filesystem::remove(path_);
    write(packed);
    const Hdu hdu = test::hdu_of(path_, 1);
    const Bytes file = test::read_bytes(path_);
    const auto damage = [&](uint64_t tile, const auto& change) {
      Bytes changed = file;
      std::byte* descriptor = changed.data() + hdu.data_offset + tile * hdu.axes[0];
      change(changed, descriptor);
      test::write_bytes(path_, changed);
    };
    const auto shorten = [](Bytes&, std::byte* descriptor) {
      descriptor[3] = static_cast<std::byte>(static_cast<uint8_t>(descriptor[3]) - 1);
    };
    const auto overwrite = [&](Bytes& changed, const std::byte* descriptor) {
      const size_t at =
          hdu.data_offset + hdu.table->heap_offset + load_be<uint32_t>(descriptor + 4) + 30;
      std::fill_n(changed.begin() + static_cast<long>(at), 200, std::byte{0x55});
    };
    for (const uint64_t tile : {0, 3, 9}) {
      for (const bool is_short : {true, false}) {
        is_short ? damage(tile, shorten) : damage(tile, overwrite);
        auto reader = open();
        ASSERT_OK(reader);
        EXPECT_CODE(read_pixels(*reader, whole_window(packed.shape), packed.dtype),
                    ErrorCode::kCorrupt);
        const uint64_t y = tile / 2 * 10;
        const uint64_t x = tile % 2 * 35;
        EXPECT_CODE(read_pixels(*reader, {{y + 9, x + 34}, {1, 1}, {1, 1}}, packed.dtype),
                    ErrorCode::kCorrupt);
        // The tiles beside it are good.
        EXPECT_TRUE(read_pixels(*reader, {{y, 35 - x}, {10, 35}, {1, 1}}, packed.dtype));
      }
    }
  }
}

TEST_F(CompressedImageTest, SurvivesDamagedStreams) {
  for (const char* name :
       {"rice tiles", "rice uint8", "rice int32", "rice dither 2", "gzip1 int16", "gzip2 int16",
        "gzip2 dither 1", "gzip1 lossless float32", "gzip2 lossless float64"}) {
    const auto all = all_packed();
    const Packed& packed = *std::ranges::find(all, name, &Packed::name);
    std::filesystem::remove(path_);
    write(packed);
    const Hdu hdu = test::hdu_of(path_, 1);
    const Bytes good = test::read_bytes(path_);
    const uint64_t heap = hdu.data_offset + hdu.table->heap_offset;
    const uint64_t end = hdu.data_offset + hdu.data_length - 1;
    int failures = 0;
    for (int i = 0; i < 200; ++i) {
      Bytes bad = good;
      for (uint64_t n = random_.between(1, 4); n > 0; --n)
        bad[random_.between(heap, end)] = random_.bytes(1)[0];
      test::write_bytes(path_, bad);
      auto reader = open();
      ASSERT_OK(reader);
      const auto read = read_pixels(*reader, whole_window(packed.shape), packed.dtype);
      if (read) continue;
      EXPECT_EQ(read.error().code, ErrorCode::kCorrupt) << read.error().what;
      ++failures;
    }
    EXPECT_GT(failures, 0) << name;
  }
}

TEST_F(CompressedImageTest, TakesNoMemoryForPixelsThatAStreamCannotHold) {
  for (const int codec : {RICE_1, GZIP_1}) {
    std::filesystem::remove(path_);
    write({"one tile", SHORT_IMG, Dtype::kInt16, {50, 70}, codec, {50, 70}});
    Bytes file = test::read_bytes(path_);
    for (const char* keyword : {"ZNAXIS1", "ZNAXIS2", "ZTILE1", "ZTILE2"}) {
      std::string card(keyword);
      card.resize(8, ' ');
      test::replace_card(file, keyword, card + "= 16000", test::hdu_of(path_, 1).header_offset);
    }
    test::write_bytes(path_, file);
    auto reader = open();
    ASSERT_OK(reader);
    const uint64_t held = reader->held_bytes();
    const Window corner{{15990, 15990}, {5, 5}, {1, 1}};
    const auto read = read_pixels(*reader, corner, Dtype::kInt16);
    EXPECT_CODE(read, ErrorCode::kCorrupt);
    EXPECT_EQ(read.error().what, "a compressed stream is too short for its tile");
    EXPECT_EQ(reader->held_bytes(), held);
  }
}

TEST_F(CompressedImageTest, ReadsWindowsOfAnyOrderFromTilesThatItKeeps) {
  const auto all = all_packed();
  for (const char* name : {"rice tiles", "rice cube", "rice dither 1", "rice float64",
                           "gzip2 int16", "gzip2 dither 1", "gzip2 lossless float32"}) {
    const Packed& packed = *std::ranges::find(all, name, &Packed::name);
    std::filesystem::remove(path_);
    write(packed);
    auto reader = open();
    // Each type has tiles of its own, and the first rows of a tile do not stand for the rest.
    for (int i = 0; i < 60; ++i) {
      const Dtype out = random_.chance(0.5) ? Dtype::kFloat32 : Dtype::kFloat64;
      const Window window = random_window(packed.shape, random_);
      auto fresh = open();
      const auto expected = read_pixels(*fresh, window, out);
      const auto read = read_pixels(*reader, window, out);
      ASSERT_OK(expected);
      ASSERT_OK(read);
      EXPECT_EQ(read->bytes, expected->bytes) << name;
    }
  }
}

// Tiles of many steps: what is read of them first is not decoded again when more is wanted.
TEST_F(CompressedImageTest, GoesOnWithTilesThatItHasBegun) {
  using enum Dtype;
  const std::vector<Packed> all{
      {"rows", SHORT_IMG, kInt16, {40, 3000}, RICE_1, {}},
      {"odd rows", LONG_IMG, kInt32, {40, 2007}, RICE_1, {}},
      {"blocks", BYTE_IMG, kUint8, {200, 300}, RICE_1, {100, 150}},
      {"dither 1", FLOAT_IMG, kFloat32, {20, 3100}, RICE_1, {}, 4, SUBTRACTIVE_DITHER_1},
      // Longer than the table of random numbers.
      {"dither 2", DOUBLE_IMG, kFloat64, {160, 300}, RICE_1, {80, 300}, 4, SUBTRACTIVE_DITHER_2}};
  for (const Packed& packed : all) {
    SCOPED_TRACE(packed.name);
    std::filesystem::remove(path_);
    write(packed);
    auto alone = open();
    const auto whole = read_pixels(*alone, whole_window(packed.shape), packed.dtype);
    ASSERT_OK(whole);
    for (int round = 0; round < 6; ++round) {
      auto reader = open();
      for (int i = 0; i < 12; ++i) {
        const Window window = random_window(packed.shape, random_);
        const auto read = read_pixels(*reader, window, packed.dtype);
        ASSERT_OK(read);
        ASSERT_EQ(read->bytes, cut(whole->bytes, packed.shape, size_of(packed.dtype), window));
      }
    }
  }
}

TEST_F(CompressedImageTest, ChecksTheStreamsOfTilesThatWereNotQuantized) {
  // Noise without a floor: CFITSIO stores such tiles as gzip streams beside the quantized ones.
  Packed packed{"fallback", FLOAT_IMG, Dtype::kFloat32, {4, 100}, RICE_1, {1, 100}, 4};
  Bytes pixels;
  for (int i = 0; i < 400; ++i)
    test::put_native(pixels, static_cast<float>(std::exp(80 * random_.gaussian() / 3)));
  write_packed(path_, packed, pixels);
  const Hdu hdu = test::hdu_of(path_, 1);
  const File file = std::move(*File::open(path_));
  const TableLayout layout = *layout_of_table(hdu, parse_cards(*read_header(file, hdu)));
  const auto column = std::ranges::find(layout.columns, "GZIP_COMPRESSED_DATA", &Column::name);
  ASSERT_NE(column, layout.columns.end());
  const auto cells = read_descriptors(layout, TableFile(file, hdu.data_offset),
                                      static_cast<size_t>(column - layout.columns.begin()));
  ASSERT_GT((*cells)[2].count, 0u);
  auto good = open();
  EXPECT_EQ(read_pixels(*good, whole_window(packed.shape), packed.dtype)->bytes,
            decode_by_cfitsio(path_, packed, packed.dtype));
  Bytes bytes = test::read_bytes(path_);
  std::byte& length = bytes[hdu.data_offset + 2 * hdu.axes[0] + column->offset + 3];
  length = static_cast<std::byte>(static_cast<uint8_t>(length) - 1);
  test::write_bytes(path_, bytes);
  auto damaged = open();
  EXPECT_CODE(read_pixels(*damaged, whole_window(packed.shape), packed.dtype), ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace fitstream
