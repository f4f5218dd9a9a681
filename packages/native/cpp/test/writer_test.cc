// What is written, read back by the core and by CFITSIO.
#include "cfitsio/writer.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <limits>
#include <thread>

#include "compressed_image.h"
#include "header.h"
#include "support.h"
#include "table/read.h"

namespace fitstream::cfitsio {
namespace {

using test::Bytes;
using test::values_of;

constexpr Dtype kAll[] = {Dtype::kUint8,   Dtype::kInt8,   Dtype::kUint16, Dtype::kInt16,
                          Dtype::kUint32,  Dtype::kInt32,  Dtype::kUint64, Dtype::kInt64,
                          Dtype::kFloat32, Dtype::kFloat64};

int type_code(Dtype dtype) {
  constexpr int kCodes[] = {TBYTE, TSBYTE,     TUSHORT,   TSHORT, TUINT,
                            TINT,  TULONGLONG, TLONGLONG, TFLOAT, TDOUBLE};
  return kCodes[static_cast<size_t>(dtype)];
}

// A column of numbers. Nested designated initializers would be shorter, but GCC 12 takes their
// strings for uninitialized ones.
ColumnToWrite column_of(std::string name, Dtype dtype, ByteSpan values = {},
                        std::vector<uint64_t> shape = {}) {
  ColumnToWrite column;
  column.cells.name = std::move(name);
  column.cells.dtype = dtype;
  column.cells.values = values;
  column.cell_shape = std::move(shape);
  return column;
}

ColumnToWrite strings_of(std::string name, std::string_view text,
                         const std::vector<double>& offsets, uint64_t width) {
  ColumnToWrite column = column_of(std::move(name), Dtype::kUint8, std::as_bytes(std::span(text)));
  column.kind = CellKind::kString;
  column.cells.is_string = true;
  column.cells.offsets = offsets;
  column.string_width = width;
  return column;
}

TableToWrite table_of(std::vector<ColumnToWrite> columns) {
  TableToWrite table;
  table.columns = std::move(columns);
  return table;
}

class WriterTest : public testing::Test {
 protected:
  Status write(const std::vector<HduToWrite>& hdus, bool overwrite = false) {
    return write_file(path_, hdus, {.publish = {.overwrite = overwrite}}, {});
  }
  std::vector<Card> cards(size_t hdu = 0) {
    return parse_cards(*read_header(*File::open(path_), test::hdu_of(path_, hdu)));
  }
  Card card(const std::string& keyword) {
    for (Card& card : cards())
      if (card.keyword == keyword) return card;
    ADD_FAILURE() << "no " << keyword;
    return {};
  }
  // A header with these keywords and no data.
  Status write_keywords(std::vector<KeywordValue> keywords) {
    std::filesystem::remove(path_);
    return write({{ImageToWrite{Dtype::kUint8, {}, {}, {}}, std::move(keywords)}});
  }

  test::TempDir dir_;
  test::Random random_{28};
  std::string path_ = dir_.file("a.fits");
};

TEST_F(WriterTest, WritesImagesOfEveryType) {
  std::vector<Bytes> pixels;
  std::vector<HduToWrite> hdus;
  for (const Dtype dtype : kAll) pixels.push_back(random_.bytes(3 * 5 * 7 * size_of(dtype)));
  for (size_t i = 0; i < std::size(kAll); ++i)
    hdus.push_back({ImageToWrite{kAll[i], {3, 5, 7}, pixels[i], {}}, {}});
  ASSERT_OK(write(hdus));
  EXPECT_EQ(dir_.entries(), 1u);
  for (size_t i = 0; i < std::size(kAll); ++i) {
    const ImageLayout layout = *layout_of(test::hdu_of(path_, i));
    EXPECT_EQ(layout.shape, (std::vector<uint64_t>{3, 5, 7}));
    EXPECT_EQ(natural_dtype(layout.stored, layout.scaling), kAll[i]);
    EXPECT_EQ(test::read_window(path_, layout, whole_window(layout.shape), kAll[i])->bytes,
              pixels[i]);
    Bytes by_cfitsio(pixels[i].size());
    int any = 0;
    int status = 0;
    fits_read_img(test::Cfitsio::open(path_, static_cast<int>(i)), type_code(kAll[i]), 1, 105,
                  nullptr, by_cfitsio.data(), &any, &status);
    EXPECT_EQ(status, 0);
    EXPECT_EQ(by_cfitsio, pixels[i]) << name_of(kAll[i]);
  }
}

TEST_F(WriterTest, WritesCompressedImages) {
  const std::vector<std::pair<Dtype, TileCompression>> cases = {
      {Dtype::kInt16, {"RICE_1", {}, 0, 1}},       {Dtype::kUint16, {"RICE_1", {8, 8}, 0, 1}},
      {Dtype::kUint8, {"RICE_1", {}, 0, 1}},       {Dtype::kInt32, {"GZIP_1", {5, 30}, 0, 1}},
      {Dtype::kInt8, {"GZIP_2", {}, 0, 1}},        {Dtype::kFloat32, {"GZIP_2", {}, 0, 1}},
      {Dtype::kFloat64, {"GZIP_1", {30, 1}, 0, 1}}};
  for (const auto& [dtype, compression] : cases) {
    Bytes pixels;
    for (int i = 0; i < 30 * 40; ++i)
      test::with_type(dtype, [&](auto zero) {
        test::put_native(pixels, static_cast<decltype(zero)>(random_.between(0, 100)));
      });
    std::filesystem::remove(path_);
    const ImageToWrite image{dtype, {30, 40}, pixels, compression};
    ASSERT_OK(write({{image, {{"OBJECT", std::string("M 31"), ""}}}}));
    const Hdu hdu = test::hdu_of(path_, 1);
    ASSERT_EQ(hdu.kind, HduKind::kCompressedImage);
    EXPECT_EQ(hdu.compressed->codec, compression.codec);
    if (!compression.tile.empty()) {
      EXPECT_EQ(hdu.compressed->tile,
                (std::vector<uint64_t>{compression.tile[1], compression.tile[0]}));
    }
    auto reader = CompressedImageReader::open(std::move(*File::open(path_)), hdu);
    ASSERT_OK(reader);
    Bytes read(pixels.size());
    ASSERT_OK(reader->read(whole_window({30, 40}), dtype, {read, {}}, nullptr));
    EXPECT_EQ(read, pixels) << name_of(dtype) << " " << compression.codec;
  }
}

TEST_F(WriterTest, QuantizesFloatsWithinTheNoise) {
  std::vector<float> pixels(100 * 100);
  for (float& p : pixels) p = static_cast<float>(random_.gaussian());
  const ImageToWrite image{
      Dtype::kFloat32, {100, 100}, test::bytes_of(pixels), TileCompression{"RICE_1", {}, 16, 77}};
  ASSERT_OK(write({{image, {}}}));
  auto reader = CompressedImageReader::open(std::move(*File::open(path_)), test::hdu_of(path_, 1));
  ASSERT_OK(reader);
  std::vector<float> read(pixels.size());
  ASSERT_OK(reader->read(whole_window({100, 100}), Dtype::kFloat32,
                         {std::as_writable_bytes(std::span(read)), {}}, nullptr));
  for (size_t i = 0; i < pixels.size(); ++i) EXPECT_NEAR(read[i], pixels[i], 0.1);
  EXPECT_NE(read, pixels);
}

TEST_F(WriterTest, WritesColumnsOfEveryType) {
  constexpr uint64_t kRows = 50;
  std::vector<Bytes> values;
  TableToWrite table;
  for (size_t i = 0; i < std::size(kAll); ++i)
    values.push_back(random_.bytes(kRows * 3 * size_of(kAll[i])));
  for (size_t i = 0; i < std::size(kAll); ++i)
    table.columns.push_back(column_of("X" + std::to_string(i), kAll[i], values[i], {3}));
  for (ColumnToWrite& column : table.columns) column.unit = "m / s";
  std::string text;
  std::vector<double> offsets = {0};
  for (uint64_t row = 0; row < kRows; ++row) {
    text += std::string(row % 9, static_cast<char>('a' + row % 26));
    offsets.push_back(static_cast<double>(text.size()));
  }
  table.columns.push_back(strings_of("TEXT", text, offsets, 8));
  std::vector<uint8_t> flags(kRows);
  for (uint8_t& f : flags) f = random_.chance(0.5);
  table.columns.push_back(column_of("FLAG", Dtype::kUint8, test::bytes_of(flags)));
  table.columns.back().kind = CellKind::kLogical;
  ASSERT_OK(write({{table, {{"EXTNAME", std::string("CATALOG"), ""}}}}));

  const Hdu hdu = test::hdu_of(path_, 1);  // CFITSIO puts an empty primary HDU before it
  EXPECT_EQ(hdu.extname, "CATALOG");
  const TableLayout layout = *layout_of_table(hdu, cards(1));
  ASSERT_EQ(layout.columns.size(), 12u);
  const File file = std::move(*File::open(path_));
  const auto read =
      read_columns(layout, TableFile(file, hdu.data_offset), {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11},
                   {0, kRows}, uint64_t{1} << 30, simd::detected_level(), nullptr);
  ASSERT_OK(read);
  const test::Cfitsio oracle = test::Cfitsio::open(path_, 1);
  for (size_t i = 0; i < std::size(kAll); ++i) {
    EXPECT_EQ(layout.columns[i].natural_dtype(), kAll[i]);
    EXPECT_EQ(layout.columns[i].name, "X" + std::to_string(i));
    EXPECT_EQ(layout.columns[i].unit, "m / s");
    EXPECT_EQ((*read)[i].values, values[i]) << name_of(kAll[i]);
    Bytes by_cfitsio(values[i].size());
    int any = 0;
    int status = 0;
    fits_read_col(oracle, type_code(kAll[i]), static_cast<int>(i) + 1, 1, 1, kRows * 3, nullptr,
                  by_cfitsio.data(), &any, &status);
    EXPECT_EQ(by_cfitsio, values[i]) << name_of(kAll[i]);
  }
  EXPECT_EQ(test::as_text((*read)[10].values), text);
  EXPECT_EQ(values_of<uint8_t>((*read)[11].values), flags);
  EXPECT_EQ((*read)[11].nulls, 0u);
}

TEST_F(WriterTest, WritesTablesWithoutRowsOrElements) {
  const TableToWrite empty = table_of({column_of("X", Dtype::kInt32)});
  const std::vector<double> offsets(4);
  const TableToWrite hollow =
      table_of({column_of("X", Dtype::kInt32, {}, {0}), strings_of("S", "", offsets, 0)});
  ASSERT_OK(write({{empty, {}}, {hollow, {}}}));
  EXPECT_EQ(test::hdu_of(path_, 1).table->rows, 0u);
  EXPECT_EQ(test::hdu_of(path_, 2).table->rows, 3u);
  EXPECT_EQ(test::hdu_of(path_, 2).table->row_length, 0u);
}

TEST_F(WriterTest, WritesAHeaderWithoutData) {
  ASSERT_OK(write_keywords({{"OBJECT", std::string("M 31"), "target"}}));
  const Hdu hdu = test::hdu_of(path_);
  EXPECT_EQ(hdu.data_length, 0u);
  EXPECT_TRUE(hdu.axes.empty());
  EXPECT_EQ(card("OBJECT").text, "M 31");
  EXPECT_EQ(card("OBJECT").comment, "target");
  EXPECT_EQ(std::filesystem::file_size(path_), 2880u);
}

TEST_F(WriterTest, WritesKeywordsOfEveryType) {
  ASSERT_OK(write_keywords({{"YES", true, "a flag"},
                            {"NO", false, ""},
                            {"INT", int64_t{-9223372036854775807 - 1}, ""},
                            {"UNDEF", std::monostate{}, "nobody knows"},
                            {"COMMENT", std::string("words / and 'quotes'"), ""},
                            {"HISTORY", std::string("first"), ""},
                            {"HISTORY", std::string("second"), ""},
                            {"ESO DET CHIP1 ID", std::string("CCD-44"), "a chip"},
                            {"lower case", 1.5, ""}}));
  EXPECT_TRUE(card("YES").logical);
  EXPECT_EQ(card("YES").comment, "a flag");
  EXPECT_FALSE(card("NO").logical);
  EXPECT_EQ(card("NO").kind, ValueKind::kLogical);
  EXPECT_EQ(card("INT").text, "-9223372036854775808");
  EXPECT_EQ(card("UNDEF").kind, ValueKind::kUndefined);
  EXPECT_EQ(card("UNDEF").comment, "nobody knows");
  EXPECT_EQ(card("ESO DET CHIP1 ID").text, "CCD-44");
  EXPECT_TRUE(card("ESO DET CHIP1 ID").hierarch);
  EXPECT_EQ(card("LOWER CASE").real, 1.5);  // CFITSIO knows upper case only
  std::vector<std::string> history, comments;
  for (const Card& c : cards()) {
    if (c.keyword == "HISTORY") history.push_back(c.text);
    if (c.keyword == "COMMENT") comments.push_back(c.text);
  }
  EXPECT_EQ(history, (std::vector<std::string>{"first", "second"}));
  EXPECT_EQ(comments.back(), "words / and 'quotes'");
}

TEST_F(WriterTest, WritesRealsThatComeBackExactly) {
  std::vector<double> reals = {0, -0.0, 0.1, 1e22, 1e23, 5e-324, 1.7976931348623157e308, 1.0 / 3};
  for (int i = 0; i < 200; ++i) {
    const double value = random_.bits<double>(1)[0];
    if (std::isfinite(value)) reals.push_back(value);
  }
  std::vector<KeywordValue> keywords;
  for (size_t i = 0; i < reals.size(); ++i)
    keywords.push_back({"R" + std::to_string(i), reals[i], ""});
  ASSERT_OK(write_keywords(keywords));
  for (size_t i = 0; i < reals.size(); ++i) {
    const Card c = card("R" + std::to_string(i));
    EXPECT_EQ(c.kind, ValueKind::kReal);
    EXPECT_EQ(std::bit_cast<uint64_t>(c.real), std::bit_cast<uint64_t>(reals[i])) << c.text;
  }
  EXPECT_EQ(card("R2").text, "0.1");
}

TEST_F(WriterTest, ContinuesLongStrings) {
  std::vector<std::string> strings = {"",
                                      "it's",
                                      std::string(68, 'x'),
                                      std::string(69, 'y'),
                                      std::string(66, 'z') + "''''",
                                      std::string(67, 'a') + " b"};
  for (int i = 0; i < 200; ++i) {
    std::string text;
    for (uint64_t n = random_.between(0, 400); n > 0; --n)
      text += random_.chance(0.2)   ? '\''
              : random_.chance(0.2) ? ' '
              : random_.chance(0.1) ? '&'
                                    : static_cast<char>(random_.between('!', '~'));
    while (!text.empty() && text.back() == ' ') text.pop_back();
    strings.push_back(text);
  }
  std::vector<KeywordValue> keywords;
  for (size_t i = 0; i < strings.size(); ++i)
    keywords.push_back({"S" + std::to_string(i), strings[i], i % 2 ? "why" : ""});
  ASSERT_OK(write_keywords(keywords));
  for (size_t i = 0; i < strings.size(); ++i) {
    EXPECT_EQ(card("S" + std::to_string(i)).text, strings[i]);
    EXPECT_EQ(card("S" + std::to_string(i)).kind, ValueKind::kString);
  }
}

// On these CFITSIO's own writer of long strings ends never, or behind its buffer.
TEST_F(WriterTest, ContinuesStringsOfQuotes) {
  std::vector<KeywordValue> keywords;
  for (size_t n = 0; n < 200; ++n)
    keywords.push_back({"S" + std::to_string(n), std::string(n, '\''), std::string(n % 60, 'c')});
  ASSERT_OK(write_keywords(keywords));
  for (size_t n = 0; n < 200; ++n) {
    EXPECT_EQ(card("S" + std::to_string(n)).text, std::string(n, '\''));
    if (n > 34) {
      EXPECT_EQ(card("S" + std::to_string(n)).comment, std::string(n % 60, 'c'));
    }
  }
}

TEST_F(WriterTest, WritesHierarchStringsThatFitTheirCard) {
  for (const char c : {'x', '\''})
    for (size_t n = 0; n < 200; ++n) {
      const bool fits = 13 + 11 + (c == '\'' ? 2 * n : n) <= kCard;
      const Status written = write_keywords({{"ESO DET CHI", std::string(n, c), ""}});
      EXPECT_EQ(static_cast<bool>(written), fits) << n << c;
      if (fits) {
        EXPECT_EQ(card("ESO DET CHI").text, std::string(n, c));
      } else {
        EXPECT_CODE(written, ErrorCode::kBadArgument);
      }
    }
}

TEST_F(WriterTest, RefusesWhatCfitsioCannotWrite) {
  const Bytes pixels(8);
  const std::vector<uint64_t> deep(100, 1);
  EXPECT_CODE(write({{ImageToWrite{Dtype::kInt64, deep, pixels, {}}, {}}}),
              ErrorCode::kUnsupported);
  EXPECT_CODE(write({{ImageToWrite{Dtype::kInt64, {1}, pixels, TileCompression{}}, {}}}),
              ErrorCode::kUnsupported);
  for (const TileCompression& c :
       {TileCompression{"RICE_1", {0}}, TileCompression{"RICE_1", {}, HUGE_VAL},
        TileCompression{"RICE_1", {}, 4, -2}, TileCompression{"RICE_1", {}, 4, 1, "DITHER"},
        TileCompression{"HCOMPRESS_1", {}}})
    EXPECT_CODE(write({{ImageToWrite{Dtype::kUint8, {8}, pixels, c}, {}}}),
                ErrorCode::kBadArgument);
  EXPECT_EQ(dir_.entries(), 0u);
}

TEST_F(WriterTest, KeepsNanInQuantizedTiles) {
  std::vector<float> pixels(50 * 50);
  for (float& p : pixels) p = static_cast<float>(random_.gaussian());
  for (size_t i = 0; i < pixels.size(); i += 7) pixels[i] = std::numeric_limits<float>::quiet_NaN();
  const ImageToWrite image{
      Dtype::kFloat32, {50, 50}, test::bytes_of(pixels), TileCompression{"RICE_1", {}, 16, 1}};
  ASSERT_OK(write({{image, {}}}));
  auto reader = CompressedImageReader::open(std::move(*File::open(path_)), test::hdu_of(path_, 1));
  ASSERT_OK(reader);
  std::vector<float> read(pixels.size());
  ASSERT_OK(reader->read(whole_window({50, 50}), Dtype::kFloat32,
                         {std::as_writable_bytes(std::span(read)), {}}, nullptr));
  for (size_t i = 0; i < pixels.size(); ++i) {
    EXPECT_EQ(std::isnan(read[i]), i % 7 == 0) << i;
    if (i % 7 != 0) {
      EXPECT_NEAR(read[i], pixels[i], 0.1);
    }
  }
}

TEST_F(WriterTest, RefusesKeywordsThatCannotBeWritten) {
  for (const KeywordValue& bad :
       std::vector<KeywordValue>{{"NAN", std::numeric_limits<double>::quiet_NaN(), ""},
                                 {"INF", std::numeric_limits<double>::infinity(), ""}}) {
    const Status written = write_keywords({{"GOOD", true, ""}, bad});
    EXPECT_CODE(written, ErrorCode::kBadArgument) << bad.keyword;
    if (written) continue;
    EXPECT_EQ(written.error().keyword, bad.keyword);
    EXPECT_EQ(written.error().path, path_);
    EXPECT_EQ(written.error().hdu, 0);
    EXPECT_EQ(dir_.entries(), 0u);
  }
}

TEST_F(WriterTest, RefusesToReplaceAFile) {
  test::write_text(path_, "precious");
  const std::vector<HduToWrite> hdus = {{ImageToWrite{Dtype::kUint8, {}, {}, {}}, {}}};
  EXPECT_CODE(write(hdus), ErrorCode::kBadArgument);
  EXPECT_EQ(test::read_text(path_), "precious");
  ASSERT_OK(write(hdus, true));
  EXPECT_EQ(test::hdu_of(path_).data_length, 0u);
  EXPECT_EQ(dir_.entries(), 1u);
}

// What CFITSIO's encoder miscodes (4095 zeros before a single pixel), what overflows its buffers
// (small tiles, steps above 4095), and a mask of its usual kind.
TEST_F(WriterTest, WritesEveryMaskRight) {
  std::vector<int32_t> masks[3];
  masks[0].resize(2 * 5000, 0);
  masks[0][4095] = masks[0][5000 + 4095] = 7;
  for (int i = 0; i < 10000; ++i) {
    masks[1].push_back(i % 2 == 0 ? (1 << 24) - 1 : 1);
    masks[2].push_back(random_.chance(0.9) ? 0 : 3);
  }
  for (const auto& mask : masks)
    for (const std::vector<uint64_t>& shape :
         {std::vector<uint64_t>{2, 5000}, {10, 10, 100}, {100, 100}})
      for (const std::vector<uint64_t>& tile :
           {std::vector<uint64_t>{}, {1, 1, 1}, {3, 4, 7}, {10, 3, 100}}) {
        if (!tile.empty() && tile.size() != shape.size()) continue;
        std::filesystem::remove(path_);
        ASSERT_OK(write({{ImageToWrite{Dtype::kInt32, shape, test::bytes_of(mask),
                                       TileCompression{"PLIO_1", tile, 0, 1}},
                          {}}}));
        std::vector<int32_t> by_cfitsio(mask.size());
        int status = 0;
        fits_read_img(test::Cfitsio::open(path_, 1), TINT, 1, 10000, nullptr, by_cfitsio.data(),
                      nullptr, &status);
        EXPECT_EQ(status, 0);
        EXPECT_EQ(by_cfitsio, mask);
        auto reader =
            CompressedImageReader::open(std::move(*File::open(path_)), test::hdu_of(path_, 1));
        ASSERT_OK(reader);
        Bytes read(mask.size() * 4);
        ASSERT_OK(reader->read(whole_window(shape), Dtype::kInt32, {read, {}}, nullptr));
        EXPECT_EQ(values_of<int32_t>(read), mask);
      }
}

// CFITSIO's encoder of HCOMPRESS_1 needs more room for noise than CFITSIO gives it.
TEST_F(WriterTest, WritesNoiseByHcompressRight) {
  for (const std::vector<uint64_t>& shape :
       {std::vector<uint64_t>{4, 4}, {4, 40}, {5, 1001}, {1001, 5}, {129, 257}})
    for (const Dtype dtype : {Dtype::kUint8, Dtype::kInt16, Dtype::kInt32}) {
      Bytes noise = random_.bytes(shape[0] * shape[1] * size_of(dtype));
      std::filesystem::remove(path_);
      ASSERT_OK(write(
          {{ImageToWrite{dtype, shape, noise, TileCompression{"HCOMPRESS_1", shape, 0, 1}}, {}}}));
      auto reader =
          CompressedImageReader::open(std::move(*File::open(path_)), test::hdu_of(path_, 1));
      ASSERT_OK(reader);
      Bytes read(noise.size());
      ASSERT_OK(reader->read(whole_window(shape), dtype, {read, {}}, nullptr));
      EXPECT_EQ(read, noise) << shape[0] << " " << name_of(dtype);
    }
}

TEST_F(WriterTest, LeavesNothingBehindWhenItFails) {
  test::write_text(path_, "precious");
  const Bytes pixels(10);
  const ImageToWrite good{Dtype::kUint8, {10}, pixels, {}};
  const std::vector<std::pair<HduToWrite, ErrorCode>> bad = {
      {{ImageToWrite{Dtype::kUint8, {11}, pixels, {}}, {}}, ErrorCode::kBadArgument},
      {{ImageToWrite{Dtype::kUint8, {uint64_t{1} << 40, uint64_t{1} << 40}, {}, {}}, {}},
       ErrorCode::kSizeOverflow},
      {{ImageToWrite{Dtype::kUint8, {10}, pixels, TileCompression{"LZMA", {}, 0, 1}}, {}},
       ErrorCode::kUnsupported},
      {{ImageToWrite{Dtype::kUint8, {10}, pixels, TileCompression{"RICE_1", {1, 10}, 0, 1}}, {}},
       ErrorCode::kBadArgument},
      {{TableToWrite{
            .columns = {{.cells = {.name = "X", .dtype = Dtype::kInt32, .values = pixels}}}},
        {}},
       ErrorCode::kBadArgument},
      {{table_of({column_of("X", Dtype::kInt32, pixels)}), {}}, ErrorCode::kBadArgument},
      {{table_of({column_of("X", Dtype::kInt32, {}, {uint64_t{1} << 40, uint64_t{1} << 40})}), {}},
       ErrorCode::kSizeOverflow}};
  for (const auto& [hdu, code] : bad) {
    const Status written = write({{good, {}}, hdu}, true);
    EXPECT_CODE(written, code);
    EXPECT_EQ(written.error().hdu, 1);
    EXPECT_EQ(test::read_text(path_), "precious");
    EXPECT_EQ(dir_.entries(), 1u);
  }
  EXPECT_FALSE(write({}, true));
  EXPECT_EQ(test::read_text(path_), "precious");
}

TEST_F(WriterTest, LeavesNothingBehindWhenTheDiskIsFull) {
  rlimit before;
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 100000;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const Bytes pixels = random_.bytes(2000000);
  const Status written = write({{ImageToWrite{Dtype::kUint8, {2000000}, pixels, {}}, {}}});
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_CODE(written, ErrorCode::kIo);
  EXPECT_EQ(dir_.entries(), 0u);
}

TEST_F(WriterTest, SaysThatADirectoryIsNotThere) {
  const Status written =
      write_file(dir_.file("none/a.fits"), {{ImageToWrite{Dtype::kUint8, {}, {}, {}}, {}}}, {}, {});
  EXPECT_CODE(written, ErrorCode::kIo);
  EXPECT_CODE(write_file(dir_.file(std::string(2000, 'x')),
                         {{ImageToWrite{Dtype::kUint8, {}, {}, {}}, {}}}, {}, {}),
              ErrorCode::kUnsupported);
}

TEST_F(WriterTest, TakesNamesAsTheyAre) {
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(dir_.file(""));
  size_t files = 0;
  for (const char* name : {"a[1].fits", "a(b).fits", "!a.fits", "@a", "mem:a", "-", "a.fits.gz",
                           " a", "~a", "|cat", "x.fits "}) {
    ASSERT_OK(write_file(name, {{ImageToWrite{Dtype::kUint8, {}, {}, {}}, {}}}, {}, {}));
    EXPECT_EQ(dir_.entries(), ++files) << name;
    EXPECT_EQ(test::hdu_of(name).header_length, 2880u) << name;
  }
  std::filesystem::current_path(before);
}

// CFITSIO's first use in a process by many threads together, which once left some waiting for ever.
// The other tests must not come before: ctest gives each test a process of its own.
TEST_F(WriterTest, IsFirstUsedByManyThreadsAtOnce) {
  constexpr int kThreads = 4;
  for (int round = 0; round < 200; ++round) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::alarm(20);
      std::atomic<int> waiting{kThreads};
      std::atomic<bool> is_written{true};
      std::vector<std::thread> threads;
      for (int i = 0; i < kThreads; ++i)
        threads.emplace_back([&, i] {
          --waiting;
          while (waiting > 0) std::this_thread::yield();
          const std::string path =
              dir_.file(std::to_string(round) + "-" + std::to_string(i) + ".fits");
          if (!write_file(path, {{ImageToWrite{Dtype::kUint8, {}, {}, {}}, {}}}, {}, {}))
            is_written = false;
        });
      for (std::thread& thread : threads) thread.join();
      ::_exit(is_written ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "round " << round;
  }
}

}  // namespace
}  // namespace fitstream::cfitsio
