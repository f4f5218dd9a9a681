// Nasty tile-compressed images, by the numbers of the checklist that the project keeps of them.
#include <libdeflate.h>

#include <cmath>
#include <filesystem>
#include <limits>

#include "compressed_image.h"
#include "packed_image.h"
#include "support.h"

namespace fitstream {
namespace {

using test::Bytes;
using test::decode_by_cfitsio;
using test::make_pixels;
using test::Packed;
using test::values_of;
using test::write_packed;

Result<Bytes> read_all(Result<CompressedImageReader> reader, Dtype out) {
  if (!reader) return reader.error();
  const std::vector<uint64_t> shape = reader->layout().shape;
  Bytes pixels(test::product_of(shape) * size_of(out));
  const auto read = reader->read(whole_window(shape), out, {pixels, {}}, nullptr);
  if (!read) return read.error();
  return pixels;
}

// A compressed image made by hand: every column holds one stream a tile.
class HandMade {
 public:
  HandMade(int bitpix, std::vector<int64_t> axes, std::vector<int64_t> tile, std::string codec)
      : bitpix_(bitpix), axes_(std::move(axes)), tile_(std::move(tile)), codec_(std::move(codec)) {}

  // A column of streams, empty where the tile lies elsewhere. `element`: B, I, J, E, D or K.
  HandMade& streams(std::string name, char element, std::vector<Bytes> cells) {
    columns_.push_back({std::move(name), "1P" + std::string(1, element), std::move(cells), {}});
    return *this;
  }
  HandMade& doubles(std::string name, std::vector<double> values) {
    columns_.push_back({std::move(name), "1D", {}, std::move(values)});
    return *this;
  }
  HandMade& card(std::string text) {
    cards_.push_back(std::move(text));
    return *this;
  }
  // Where the heap lies behind the rows, and what is added to each offset.
  HandMade& heap_gap(uint64_t bytes) {
    gap_ = bytes;
    return *this;
  }

  // The rows; what their descriptors point at is in heap().
  Bytes rows() {
    heap_.clear();
    Bytes out;
    const size_t tiles = std::max(columns_[0].cells.size(), columns_[0].values.size());
    for (size_t row = 0; row < tiles; ++row)
      for (const Column& column : columns_) {
        if (!column.values.empty()) {
          test::put_be(out, column.values[row]);
          continue;
        }
        const Bytes& cell = column.cells[row];
        const size_t width = column.form[2] == 'B'                            ? 1
                             : column.form[2] == 'I'                          ? 2
                             : column.form[2] == 'K' || column.form[2] == 'D' ? 8
                                                                              : 4;
        test::put_be(out, static_cast<int32_t>(cell.size() / width));
        test::put_be(out, static_cast<uint32_t>(gap_ + heap_.size()));
        test::append(heap_, cell);
      }
    return out;
  }
  const Bytes& heap() const { return heap_; }

  std::string header(const Bytes& table) const {
    const size_t tiles = std::max(columns_[0].cells.size(), columns_[0].values.size());
    auto h = test::extension_header(
        "BINTABLE", 8, {static_cast<int64_t>(table.size() / tiles), static_cast<int64_t>(tiles)},
        static_cast<int64_t>(gap_ + heap_.size()));
    h.key("TFIELDS", static_cast<int64_t>(columns_.size()));
    // Case 49: keywords of the image between TFIELDS and the first column.
    for (const std::string& card : cards_) h.raw(card);
    for (size_t i = 0; i < columns_.size(); ++i) {
      h.key("TTYPE" + std::to_string(i + 1), "'" + columns_[i].name + "'");
      h.key("TFORM" + std::to_string(i + 1), "'" + columns_[i].form + "'");
    }
    h.key("ZIMAGE", "T").key("ZBITPIX", bitpix_).key("ZCMPTYPE", "'" + codec_ + "'");
    h.key("ZNAXIS", static_cast<int64_t>(axes_.size()));
    for (size_t i = 0; i < axes_.size(); ++i) {
      h.key("ZNAXIS" + std::to_string(i + 1), axes_[i]);
      h.key("ZTILE" + std::to_string(i + 1), tile_[i]);
    }
    return h.done();
  }

  Result<Bytes> read(Dtype out) {
    const Bytes table = rows();
    Bytes hdu = test::as_bytes(header(table));
    const Hdu scanned = test::scan_one(test::as_text(hdu), 1);
    test::append(hdu, table);
    hdu.resize(hdu.size() + gap_);
    test::append(hdu, heap_);
    return read_all(CompressedImageReader::open(hdu, scanned), out);
  }

 private:
  struct Column {
    std::string name;
    std::string form;
    std::vector<Bytes> cells;
    std::vector<double> values;
  };
  int bitpix_;
  std::vector<int64_t> axes_;
  std::vector<int64_t> tile_;
  std::string codec_;
  std::vector<Column> columns_;
  std::vector<std::string> cards_;
  uint64_t gap_ = 0;
  Bytes heap_;
};

Bytes packed_by(decltype(libdeflate_gzip_compress) compress, const Bytes& content) {
  libdeflate_compressor* compressor = libdeflate_alloc_compressor(6);
  Bytes out(content.size() + 100);
  out.resize(compress(compressor, content.data(), content.size(), out.data(), out.size()));
  libdeflate_free_compressor(compressor);
  return out;
}
Bytes gzip(const Bytes& content) { return packed_by(libdeflate_gzip_compress, content); }

template <typename T>
Bytes native(const std::vector<T>& values) {
  const ByteSpan bytes = test::bytes_of(values);
  return {bytes.begin(), bytes.end()};
}

class CompressedCases : public testing::Test {
 protected:
  Bytes write(const Packed& packed) {
    std::filesystem::remove(path_);
    const Bytes pixels = make_pixels(packed, random_);
    write_packed(path_, packed, pixels);
    return pixels;
  }
  Result<CompressedImageReader> open() {
    return CompressedImageReader::open(std::move(*File::open(path_)), test::hdu_of(path_, 1));
  }
  void expect_as_cfitsio(const Packed& packed) {
    write(packed);
    const auto read = read_all(open(), packed.dtype);
    ASSERT_OK(read);
    EXPECT_EQ(*read, decode_by_cfitsio(path_, packed, packed.dtype)) << packed.name;
  }
  Result<CompressedImageReader> open_with(std::string_view keyword, std::string_view card) {
    Bytes file = test::read_bytes(path_);
    test::replace_card(file, keyword, card, test::hdu_of(path_, 1).header_offset);
    const std::string changed = dir_.file("changed.fits");
    test::write_bytes(changed, file);
    return CompressedImageReader::open(std::move(*File::open(changed)), test::hdu_of(changed, 1));
  }

  test::TempDir dir_;
  test::Random random_{35};
  std::string path_ = dir_.file("packed.fits");
};

TEST_F(CompressedCases, Case35RaggedLastTilesAlongEveryAxis) {
  for (const int codec : {RICE_1, GZIP_1, GZIP_2, PLIO_1})
    expect_as_cfitsio({"ragged", SHORT_IMG, Dtype::kInt16, {7, 11, 13}, codec, {2, 3, 5}});
  expect_as_cfitsio({"hcompress", SHORT_IMG, Dtype::kInt16, {45, 55}, HCOMPRESS_1, {20, 25}});
}

TEST_F(CompressedCases, Case36TilesLargerThanTheImage) {
  for (const int codec : {RICE_1, GZIP_1, GZIP_2, PLIO_1, HCOMPRESS_1})
    expect_as_cfitsio({"large", LONG_IMG, Dtype::kInt32, {20, 30}, codec, {64, 4096}});
}

TEST_F(CompressedCases, Case37TilesOfOnePixel) {
  expect_as_cfitsio({"pixels", SHORT_IMG, Dtype::kInt16, {6, 7}, RICE_1, {1, 1}});
  // CFITSIO's other encoders read 16 bytes of the two of such a tile.
  const std::vector<int16_t> pixels{1, -2, 300, 4};
  for (const char* codec : {"GZIP_1", "GZIP_2"}) {
    HandMade image(16, {2, 2}, {1, 1}, codec);
    std::vector<Bytes> streams;
    for (const int16_t pixel : pixels)
      streams.push_back(gzip(test::big_endian(std::vector<int16_t>{pixel})));
    EXPECT_EQ(*image.streams("COMPRESSED_DATA", 'B', streams).read(Dtype::kInt16), native(pixels));
  }
}

TEST_F(CompressedCases, Case39ExactZerosAndUndefinedPixelsOfDither2) {
  const Packed packed{"zeros", FLOAT_IMG, Dtype::kFloat32,     {60, 70}, RICE_1,
                      {8, 70}, 4,         SUBTRACTIVE_DITHER_2};
  const auto original = values_of<float>(write(packed));
  const auto pixels = values_of<float>(*read_all(open(), Dtype::kFloat32));
  const auto theirs = values_of<float>(decode_by_cfitsio(path_, packed, Dtype::kFloat32));
  int zeros = 0;
  for (size_t i = 0; i < original.size(); ++i) {
    EXPECT_EQ(std::isnan(pixels[i]), std::isnan(theirs[i]));
    if (original[i] != 0) continue;
    ++zeros;
    EXPECT_EQ(pixels[i], 0);
  }
  EXPECT_GT(zeros, 100);
}

TEST_F(CompressedCases, Case40TilesWithoutADefinedPixel) {
  const Packed packed{"nan",    FLOAT_IMG, Dtype::kFloat32,     {6, 100}, RICE_1,
                      {1, 100}, 4,         SUBTRACTIVE_DITHER_1};
  auto pixels = values_of<float>(make_pixels(packed, random_));
  std::fill_n(pixels.begin() + 200, 100, std::numeric_limits<float>::quiet_NaN());
  write_packed(path_, packed, native(pixels));
  const auto read = read_all(open(), Dtype::kFloat32);
  ASSERT_OK(read);
  EXPECT_EQ(*read, decode_by_cfitsio(path_, packed, Dtype::kFloat32));
  for (size_t i = 200; i < 300; ++i) EXPECT_TRUE(std::isnan(values_of<float>(*read)[i]));
}

TEST_F(CompressedCases, Case40ZblankAsKeywordAsColumnAndAbsent) {
  const Bytes stream = gzip(test::big_endian(std::vector<int32_t>{1, -5, 3}));
  const auto image = [&] {
    HandMade made(-32, {3}, {3}, "GZIP_1");
    made.streams("COMPRESSED_DATA", 'B', {stream});
    made.doubles("ZSCALE", {0.5}).doubles("ZZERO", {10});
    return made;
  };
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(*image().read(Dtype::kFloat32), native<float>({10.5, 7.5, 11.5}));
  EXPECT_EQ(*image().card("ZBLANK  = -5").read(Dtype::kFloat32), native<float>({10.5, nan, 11.5}));
  EXPECT_EQ(*image().doubles("ZBLANK", {3}).read(Dtype::kFloat32), native<float>({10.5, 7.5, nan}));
}

TEST_F(CompressedCases, Case41TilesInAllThreeColumns) {
  const std::vector<float> plain{1.25F, std::numeric_limits<float>::quiet_NaN()};
  HandMade image(-32, {2, 3}, {2, 1}, "GZIP_2");
  // By significance: the four bytes of 1 and 2.
  const Bytes shuffled = test::as_bytes(std::string("\0\0\0\0\0\0\1\2", 8));
  image.streams("COMPRESSED_DATA", 'B', {gzip(shuffled), {}, {}});
  image.streams("GZIP_COMPRESSED_DATA", 'B', {{}, gzip(test::big_endian(plain)), {}});
  image.streams("UNCOMPRESSED_DATA", 'E', {{}, {}, test::big_endian(plain)});
  image.doubles("ZSCALE", {2, 0, 0}).doubles("ZZERO", {100, 0, 0});
  EXPECT_EQ(*image.read(Dtype::kFloat32),
            native<float>({102, 104, plain[0], plain[1], plain[0], plain[1]}));

  HandMade nowhere(-32, {2}, {2}, "GZIP_2");
  EXPECT_CODE(nowhere.streams("COMPRESSED_DATA", 'B', {{}}).read(Dtype::kFloat32),
              ErrorCode::kCorrupt);
  HandMade too_long(-32, {2}, {2}, "GZIP_2");
  EXPECT_CODE(
      too_long.streams("UNCOMPRESSED_DATA", 'E', {test::big_endian(std::vector<float>{1, 2, 3})})
          .read(Dtype::kFloat32),
      ErrorCode::kCorrupt);
}

TEST_F(CompressedCases, Case42FloatsWithoutAWordOnTheirQuantization) {
  const Packed packed{"floats", FLOAT_IMG, Dtype::kFloat32, {20, 70}, RICE_1, {}, 4, NO_DITHER};
  write(packed);
  const Bytes expected = decode_by_cfitsio(path_, packed, Dtype::kFloat32);
  EXPECT_EQ(*read_all(open_with("ZQUANTIZ", "COMMENT"), Dtype::kFloat32), expected);
  EXPECT_EQ(*read_all(open_with("ZQUANTIZ", "ZQUANTIZ= 'NONE'"), Dtype::kFloat32), expected);
  // NO_DITHER, and neither scale nor zero: not quantized at all.
  HandMade lossless(-32, {2}, {2}, "GZIP_1");
  lossless.streams("COMPRESSED_DATA", 'B', {gzip(test::big_endian(std::vector<float>{1.5, -2}))});
  EXPECT_EQ(*lossless.card("ZQUANTIZ= 'NO_DITHER'").read(Dtype::kFloat32),
            native<float>({1.5, -2}));
}

TEST_F(CompressedCases, Case45RiceStreamsThatAreTooLongOrTooShort) {
  const Packed packed{"rice", SHORT_IMG, Dtype::kInt16, {3, 70}, RICE_1, {1, 70}};
  const Bytes original = write(packed);
  Bytes file = test::read_bytes(path_);
  const Hdu hdu = test::hdu_of(path_, 1);
  std::byte& length = file[hdu.data_offset + 3];  // of the first tile; the second begins behind it
  length = static_cast<std::byte>(std::to_integer<int>(length) + 9);
  test::write_bytes(path_, file);
  EXPECT_EQ(*read_all(open(), Dtype::kInt16), original);
  length = static_cast<std::byte>(std::to_integer<int>(length) - 20);
  test::write_bytes(path_, file);
  EXPECT_CODE(read_all(open(), Dtype::kInt16), ErrorCode::kCorrupt);
}

TEST_F(CompressedCases, Case48GzipTilesWithAZlibHeader) {
  const Bytes content = test::big_endian(std::vector<int16_t>{1, -2, 3});
  HandMade image(16, {3}, {3}, "GZIP_1");
  image.streams("COMPRESSED_DATA", 'B', {packed_by(libdeflate_zlib_compress, content)});
  EXPECT_EQ(*image.read(Dtype::kInt16), native<int16_t>({1, -2, 3}));
  HandMade raw(16, {3}, {3}, "GZIP_1");
  raw.streams("COMPRESSED_DATA", 'B', {packed_by(libdeflate_deflate_compress, content)});
  EXPECT_CODE(raw.read(Dtype::kInt16), ErrorCode::kCorrupt);
}

TEST_F(CompressedCases, Case49ScalingBetweenTfieldsAndTheFirstColumn) {
  HandMade image(16, {3}, {3}, "GZIP_1");
  image.streams("COMPRESSED_DATA", 'B', {gzip(test::big_endian(std::vector<int16_t>{1, -2, 3}))});
  image.card("BSCALE  = 0.5").card("BZERO   = 10").card("BLANK   = -2");
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(*image.read(Dtype::kFloat32), native<float>({10.5, nan, 11.5}));
}

TEST_F(CompressedCases, Case50UnsignedAndSignedByteConventionsWithEveryCodec) {
  for (const int codec : {RICE_1, GZIP_1, GZIP_2, HCOMPRESS_1}) {
    expect_as_cfitsio({"u16", USHORT_IMG, Dtype::kUint16, {20, 30}, codec, {10, 30}});
    expect_as_cfitsio({"u32", ULONG_IMG, Dtype::kUint32, {20, 30}, codec, {10, 30}});
    expect_as_cfitsio({"i8", SBYTE_IMG, Dtype::kInt8, {20, 30}, codec, {10, 30}});
  }
  const std::vector<int64_t> stored{0, std::numeric_limits<int64_t>::min(), -1};
  for (const char* codec : {"GZIP_1", "NOCOMPRESS"}) {
    const Bytes content = test::big_endian(stored);
    HandMade image(64, {3}, {3}, codec);
    if (std::string_view(codec) == "GZIP_1")
      image.streams("COMPRESSED_DATA", 'B', {gzip(content)});
    else
      image.streams("COMPRESSED_DATA", 'K', {content});
    image.card("BZERO   = 9223372036854775808");
    EXPECT_EQ(*image.read(Dtype::kUint64),
              native<uint64_t>({uint64_t{1} << 63, 0, (uint64_t{1} << 63) - 1}));
  }
  HandMade narrow(64, {2}, {2}, "GZIP_1");
  narrow.streams("COMPRESSED_DATA", 'B', {gzip(test::big_endian(std::vector<int32_t>{1, 2}))});
  EXPECT_CODE(narrow.read(Dtype::kInt64), ErrorCode::kCorrupt);
  HandMade rice(64, {2}, {2}, "RICE_1");
  EXPECT_CODE(rice.streams("COMPRESSED_DATA", 'B', {Bytes(9)}).read(Dtype::kInt64),
              ErrorCode::kUnsupported);
}

TEST_F(CompressedCases, Case51MoreThanThreeAxes) {
  expect_as_cfitsio({"four", SHORT_IMG, Dtype::kInt16, {3, 4, 5, 6}, RICE_1, {2, 3, 2, 4}});
  expect_as_cfitsio({"five", LONG_IMG, Dtype::kInt32, {2, 3, 4, 5, 6}, GZIP_2, {1, 2, 3, 2, 4}});
}

TEST_F(CompressedCases, Case52HeapOffsetsBeyond31Bits) {
  // A sparse file: the stream lies 2.2 GB behind the begin of the heap.
  HandMade image(16, {3}, {3}, "GZIP_1");
  image.streams("COMPRESSED_DATA", 'B', {gzip(test::big_endian(std::vector<int16_t>{1, -2, 3}))});
  image.heap_gap(2'200'000'000);
  const Bytes rows = image.rows();
  Bytes file = test::as_bytes(test::primary_header(8, {}).done() + image.header(rows));
  test::append(file, rows);
  test::write_bytes(path_, file);
  const uint64_t stream_at = file.size() + 2'200'000'000;
  std::filesystem::resize_file(path_, stream_at);
  std::FILE* end = std::fopen(path_.c_str(), "ab");
  ASSERT_EQ(std::fwrite(image.heap().data(), 1, image.heap().size(), end), image.heap().size());
  std::fclose(end);
  EXPECT_EQ(*read_all(open(), Dtype::kInt16), native<int16_t>({1, -2, 3}));
}

TEST_F(CompressedCases, Case53DitheredFloatsToTheLastBit) {
  for (const int method : {NO_DITHER, SUBTRACTIVE_DITHER_1, SUBTRACTIVE_DITHER_2})
    for (const float level : {0.5F, 4.0F, 16.0F, -0.37F}) {
      expect_as_cfitsio(
          {"f32", FLOAT_IMG, Dtype::kFloat32, {50, 300}, RICE_1, {7, 100}, level, method});
      expect_as_cfitsio(
          {"f64", DOUBLE_IMG, Dtype::kFloat64, {50, 300}, RICE_1, {7, 100}, level, method});
    }
}

TEST_F(CompressedCases, Case54StaleKeywordsOfAnotherHduType) {
  HandMade image(16, {3}, {3}, "GZIP_1");
  image.streams("COMPRESSED_DATA", 'B', {gzip(test::big_endian(std::vector<int16_t>{1, -2, 3}))});
  image.card("ZSIMPLE =                    T").card("ZTENSION= 'IMAGE   '");
  image.card("THEAP   =                    8").card("ZPCOUNT =                    0");
  EXPECT_EQ(*image.read(Dtype::kInt16), native<int16_t>({1, -2, 3}));
}

}  // namespace
}  // namespace fitstream
