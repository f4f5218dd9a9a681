// Kinds and sizes of HDUs by the text of FITS Standard 4.0, sections 3.3 to 3.4, 6, 7 and 10.
#include "hdu.h"

#include <chrono>

#include "header.h"
#include "support.h"

namespace fitstream {
namespace {

using test::card_of;
using test::extension_header;
using test::HeaderBuilder;
using test::primary_header;
using test::scan_one;

Hdu scan_primary(const HeaderBuilder& header) { return scan_one(header.done()); }
Hdu scan_extension(const HeaderBuilder& header) { return scan_one(header.done(), 1, 2880); }

// What scanning a damaged header says.
Error error_of(const HeaderBuilder& header, uint64_t index = 0) {
  const auto hdu = scan_hdu(header.done(), index * 2880, index);
  EXPECT_FALSE(hdu);
  return hdu ? Error{} : hdu.error();
}

// A compressed image of 100 x 50 pixels in 50 rows.
HeaderBuilder compressed_header() {
  return extension_header("BINTABLE", 8, {8, 50}, 1000)
      .key("TFIELDS", 1)
      .key("TTYPE1", "'COMPRESSED_DATA'")
      .key("TFORM1", "'1PB(100)'")
      .key("ZIMAGE", "T")
      .key("ZBITPIX", 16)
      .key("ZNAXIS", 2)
      .key("ZNAXIS1", 100)
      .key("ZNAXIS2", 50)
      .key("ZCMPTYPE", "'RICE_1  '");
}

TEST(Hdu, ReadsAPrimaryArray) {
  const Hdu hdu = scan_primary(primary_header(-32, {100, 50, 3}));
  EXPECT_EQ(hdu.kind, HduKind::kImage);
  EXPECT_EQ(hdu.header_length, 2880u);
  EXPECT_EQ(hdu.cards, 6u);
  EXPECT_EQ(hdu.data_offset, 2880u);
  EXPECT_EQ(hdu.data_length, 100u * 50 * 3 * 4);
  EXPECT_EQ(hdu.end(), 2880u + 60480);
  EXPECT_EQ(hdu.axes, (std::vector<uint64_t>{100, 50, 3}));
  EXPECT_EQ(hdu.xtension, "");
  EXPECT_EQ(hdu.scaling.bscale, 1);
  EXPECT_FALSE(hdu.scaling.blank);
  EXPECT_FALSE(hdu.defect);
}

TEST(Hdu, ReadsEveryKindOfExtension) {
  const auto kind = [](std::string_view xtension) {
    HeaderBuilder header = extension_header(xtension, 8, {10, 4});
    return scan_extension(header.key("TFIELDS", 0)).kind;
  };
  EXPECT_EQ(kind("IMAGE"), HduKind::kImage);
  EXPECT_EQ(kind("IUEIMAGE"), HduKind::kImage);
  EXPECT_EQ(kind("TABLE"), HduKind::kAsciiTable);
  EXPECT_EQ(kind("BINTABLE"), HduKind::kBinTable);
  EXPECT_EQ(kind("A3DTABLE"), HduKind::kBinTable);
  EXPECT_EQ(kind("FOREIGN"), HduKind::kUnknown);
  EXPECT_EQ(kind("image"), HduKind::kUnknown);
  EXPECT_EQ(scan_extension(compressed_header()).kind, HduKind::kCompressedImage);
}

TEST(Hdu, SkipsAnUnknownExtensionByItsSize) {
  const Hdu hdu = scan_extension(extension_header("FOREIGN", 16, {100, 10}, 7));
  EXPECT_EQ(hdu.data_offset, 5760u);
  EXPECT_EQ(hdu.data_length, 2u * (1000 + 7));
  EXPECT_EQ(hdu.end(), 5760u + 2880);
  EXPECT_EQ(hdu.xtension, "FOREIGN");
  EXPECT_FALSE(hdu.defect);
}

TEST(Hdu, CountsParametersAndGroups) {
  HeaderBuilder header = HeaderBuilder()
                             .key("XTENSION", "'IMAGE   '")
                             .key("BITPIX", 32)
                             .key("NAXIS", 1)
                             .key("NAXIS1", 10)
                             .key("PCOUNT", 5)
                             .key("GCOUNT", 3);
  const Hdu hdu = scan_extension(header);
  EXPECT_EQ(hdu.pcount, 5u);
  EXPECT_EQ(hdu.gcount, 3u);
  EXPECT_EQ(hdu.data_length, 4u * 3 * (5 + 10));
}

TEST(Hdu, TakesAbsentPcountAndGcountAsZeroAndOne) {
  const Hdu hdu = scan_extension(HeaderBuilder()
                                     .key("XTENSION", "'IMAGE   '")
                                     .key("BITPIX", 8)
                                     .key("NAXIS", 1)
                                     .key("NAXIS1", 10));
  EXPECT_EQ(hdu.data_length, 10u);
}

TEST(Hdu, IgnoresPcountAndGcountOfAPrimaryArray) {
  const Hdu hdu = scan_primary(primary_header(8, {10}).key("PCOUNT", 99).key("GCOUNT", 5));
  EXPECT_EQ(hdu.data_length, 10u);
}

TEST(Hdu, ReadsRandomGroups) {
  HeaderBuilder header = primary_header(-32, {0, 3, 4}).key("GROUPS", "T");
  const Hdu hdu = scan_primary(header.key("PCOUNT", 6).key("GCOUNT", 10));
  EXPECT_EQ(hdu.kind, HduKind::kGroups);
  EXPECT_EQ(hdu.data_length, 4u * 10 * (6 + 3 * 4));
}

TEST(Hdu, TakesAnEmptyFirstAxisWithoutGroupsAsNoData) {
  const Hdu hdu = scan_primary(primary_header(-32, {0, 3, 4}).key("PCOUNT", 6).key("GCOUNT", 10));
  EXPECT_EQ(hdu.kind, HduKind::kImage);
  EXPECT_EQ(hdu.data_length, 0u);
}

TEST(Hdu, ReadsZeroAndNineHundredNinetyNineAxes) {
  EXPECT_EQ(scan_primary(primary_header(8, {})).data_length, 0u);
  EXPECT_EQ(scan_primary(primary_header(8, {})).end(), 2880u);
  const Hdu many = scan_primary(primary_header(16, std::vector<int64_t>(999, 1)));
  EXPECT_EQ(many.axes.size(), 999u);
  EXPECT_EQ(many.data_length, 2u);
  const Error error = error_of(primary_header(16, std::vector<int64_t>(1000, 1)));
  EXPECT_EQ(error.code, ErrorCode::kBadHeader);
  EXPECT_EQ(error.keyword, "NAXIS");
}

TEST(Hdu, RefusesNegativeAxes) {
  const Error error = error_of(primary_header(8, {10, -5}));
  EXPECT_EQ(error.code, ErrorCode::kBadHeader);
  EXPECT_EQ(error.keyword, "NAXIS2");
  EXPECT_EQ(error.card, 4);
  EXPECT_EQ(error.found, "-5");
  EXPECT_EQ(error.hdu, 0);
  EXPECT_EQ(error.offset, 0);
}

TEST(Hdu, RefusesSizesThatOverflow) {
  constexpr int64_t kHuge = int64_t{1} << 62;
  EXPECT_EQ(error_of(primary_header(8, {kHuge, 4})).code, ErrorCode::kSizeOverflow);
  EXPECT_EQ(error_of(primary_header(16, {kHuge})).code, ErrorCode::kSizeOverflow);
  EXPECT_EQ(error_of(primary_header(8, {INT64_MAX})).code, ErrorCode::kSizeOverflow);
  EXPECT_EQ(error_of(extension_header("IMAGE", 8, {kHuge}, kHuge), 1).code,
            ErrorCode::kSizeOverflow);
  EXPECT_EQ(error_of(extension_header("FOREIGN", 8, {0}, INT64_MAX), 1).code,
            ErrorCode::kSizeOverflow);
}

TEST(Hdu, RefusesAxesBeyondSixtyFourBits) {
  const Error error = error_of(HeaderBuilder()
                                   .key("SIMPLE", "T")
                                   .key("BITPIX", 8)
                                   .key("NAXIS", 1)
                                   .key("NAXIS1", "18446744073709551616"));
  EXPECT_EQ(error.code, ErrorCode::kBadHeader);
  EXPECT_EQ(error.found, "18446744073709551616");
}

TEST(Hdu, TakesAZeroAxisAsNoDataWhateverTheOthersAre) {
  EXPECT_EQ(scan_primary(primary_header(64, {INT64_MAX, 0, INT64_MAX})).data_length, 0u);
  EXPECT_EQ(scan_primary(primary_header(64, {5, 0, 3})).data_length, 0u);
}

TEST(Hdu, AcceptsStructuralKeywordsWrittenAsReals) {
  const Hdu hdu = scan_extension(HeaderBuilder()
                                     .key("XTENSION", "'IMAGE   '")
                                     .key("BITPIX", "16.")
                                     .key("NAXIS", "1.0")
                                     .key("NAXIS1", "1.0E2")
                                     .key("PCOUNT", "0.")
                                     .key("GCOUNT", "12151."));
  EXPECT_EQ(hdu.data_length, 2u * 12151 * 100);
  HeaderBuilder broken = HeaderBuilder().key("SIMPLE", "T").key("BITPIX", "8.5").key("NAXIS", 0);
  EXPECT_EQ(error_of(broken).code, ErrorCode::kBadHeader);
}

TEST(Hdu, NamesTheMandatoryKeywordThatIsMissing) {
  const auto missing = [](const HeaderBuilder& header) {
    const Error error = error_of(header);
    EXPECT_EQ(error.code, ErrorCode::kBadHeader);
    return error.keyword;
  };
  EXPECT_EQ(missing(HeaderBuilder().key("SIMPLE", "T").key("NAXIS", 0)), "BITPIX");
  EXPECT_EQ(missing(HeaderBuilder().key("SIMPLE", "T").key("BITPIX", 8)), "NAXIS");
  EXPECT_EQ(missing(HeaderBuilder().key("SIMPLE", "T").key("BITPIX", 8).key("NAXIS", 1)), "NAXIS1");
}

TEST(Hdu, RefusesValuesThatBitpixCannotHave) {
  for (const char* value : {"0", "12", "-16", "128", "-64.5", "'16'", "T", ""}) {
    const Error error =
        error_of(HeaderBuilder().key("SIMPLE", "T").key("BITPIX", value).key("NAXIS", 0));
    EXPECT_EQ(error.code, ErrorCode::kBadHeader) << value;
    EXPECT_EQ(error.keyword, "BITPIX") << value;
  }
  // No value indicator.
  const Error error =
      error_of(HeaderBuilder().key("SIMPLE", "T").raw("BITPIX  =8").key("NAXIS", 0));
  EXPECT_EQ(error.code, ErrorCode::kBadHeader);
}

TEST(Hdu, RefusesNegativePcountAndGcount) {
  EXPECT_EQ(error_of(extension_header("BINTABLE", 8, {1, 1}, -1), 1).keyword, "PCOUNT");
  const HeaderBuilder header = HeaderBuilder()
                                   .key("XTENSION", "'IMAGE   '")
                                   .key("BITPIX", 8)
                                   .key("NAXIS", 0)
                                   .key("GCOUNT", -1);
  EXPECT_EQ(error_of(header, 1).keyword, "GCOUNT");
}

TEST(Hdu, WantsSimpleFirstAndXtensionLater) {
  EXPECT_EQ(error_of(extension_header("IMAGE", 8, {})).code, ErrorCode::kNotFits);
  EXPECT_EQ(error_of(primary_header(8, {}), 1).code, ErrorCode::kNotFits);
  const auto html = scan_hdu(
      "<!DOCTYPE html>\n<html><body>\x01"
      "not" +
          std::string(100, '.'),
      0, 0);
  EXPECT_CODE(html, ErrorCode::kNotFits);
  EXPECT_EQ(html.error().found, "<!DOCTYPE html>?<html><body>?n");
  EXPECT_CODE(scan_hdu("not a FITS file\n", 0, 0), ErrorCode::kNotFits);
  EXPECT_CODE(scan_hdu(std::string(2880, '\0'), 2880, 1), ErrorCode::kNotFits);
}

TEST(Hdu, AcceptsFilesThatDeclareThemselvesNonStandard) {
  const Hdu hdu =
      scan_one(HeaderBuilder().key("SIMPLE", "F").key("BITPIX", 8).key("NAXIS", 0).done());
  EXPECT_EQ(hdu.kind, HduKind::kImage);
}

TEST(Hdu, AcceptsMandatoryKeywordsInAnyOrder) {
  const Hdu hdu = scan_one(HeaderBuilder()
                               .key("SIMPLE", "T")
                               .key("NAXIS2", 3)
                               .key("NAXIS1", 5)
                               .raw("COMMENT between")
                               .key("NAXIS", 2)
                               .key("BITPIX", 16)
                               .done());
  EXPECT_EQ(hdu.data_length, 30u);
}

TEST(Hdu, TakesTheFirstOfDuplicateKeywords) {
  const Hdu hdu = scan_primary(primary_header(8, {10}).key("NAXIS1", 20).key("BITPIX", 16));
  EXPECT_EQ(hdu.data_length, 10u);
}

TEST(Hdu, SaysNothingBeforeItHasSeenEnd) {
  HeaderBuilder header = primary_header(16, {7, 9}).key("BZERO", "32768.0");
  for (int i = 0; i < 40; ++i) header.raw("HISTORY " + std::to_string(i));
  const std::string whole = header.records() + card_of("END");
  for (size_t n = 0; n < whole.size(); n += n < 400 ? 1 : 79) {
    const auto hdu = scan_hdu(whole.substr(0, n), 0, 0);
    ASSERT_OK(hdu);
    EXPECT_FALSE(*hdu) << n;
  }
  // Whatever follows END changes nothing.
  const Hdu first = scan_one(whole);
  for (const std::string& more : {std::string(), std::string(5000, ' '), header.done()}) {
    const Hdu again = scan_one(whole + more);
    EXPECT_EQ(again.cards, 46u);
    EXPECT_EQ(again.header_length, 5760u);
    EXPECT_EQ(again.data_offset, first.data_offset);
    EXPECT_EQ(again.data_length, 126u);
    EXPECT_EQ(again.scaling.bzero, 32768);
  }
}

TEST(Hdu, ReadsNameAndVersion) {
  const Hdu hdu = scan_extension(
      extension_header("IMAGE", 8, {}).key("EXTNAME", "'SCI     '").key("EXTVER", 3));
  EXPECT_EQ(hdu.extname, "SCI");
  EXPECT_EQ(hdu.extver, 3);
  const Hdu none = scan_extension(extension_header("IMAGE", 8, {}).key("EXTVER", "'x'"));
  EXPECT_EQ(none.extname, "");
  EXPECT_EQ(none.extver, 1);
}

TEST(Hdu, ReadsScalingInEveryNotation) {
  const Hdu hdu = scan_primary(primary_header(16, {1})
                                   .key("BSCALE", "-2.5D-1")
                                   .key("BZERO", "3.2768E+04")
                                   .key("BLANK", -32768));
  EXPECT_EQ(hdu.scaling.bscale, -0.25);
  EXPECT_EQ(hdu.scaling.bzero, 32768);
  EXPECT_EQ(hdu.scaling.blank, -32768);
  EXPECT_EQ(scan_primary(primary_header(16, {1}).key("BZERO", 32768)).scaling.bzero, 32768);
  EXPECT_EQ(scan_primary(primary_header(16, {1}).key("BSCALE", "")).scaling.bscale, 1);
}

TEST(Hdu, KnowsBlankForIntegersOnly) {
  EXPECT_FALSE(scan_primary(primary_header(-32, {1}).key("BLANK", 0)).scaling.blank);
  EXPECT_FALSE(scan_primary(primary_header(16, {1}).key("BLANK", "0.")).scaling.blank);
  EXPECT_EQ(scan_primary(primary_header(8, {1}).key("BLANK", "+255")).scaling.blank, 255);
}

TEST(Hdu, KeepsTheSizeOfAnImageThatCannotBeScaled) {
  const Hdu hdu = scan_primary(primary_header(16, {1000, 3}).key("BSCALE", "'one'"));
  ASSERT_TRUE(hdu.defect);
  EXPECT_EQ(hdu.defect->code, ErrorCode::kBadHeader);
  EXPECT_EQ(hdu.defect->keyword, "BSCALE");
  EXPECT_EQ(hdu.defect->hdu, 0);
  EXPECT_EQ(hdu.end(), 2880u + 8640);
  EXPECT_CODE(layout_of(hdu), ErrorCode::kBadHeader);
}

TEST(Hdu, ReadsTheFrameOfATable) {
  const Hdu hdu = scan_extension(extension_header("BINTABLE", 8, {20, 30}, 500).key("TFIELDS", 3));
  ASSERT_TRUE(hdu.table);
  EXPECT_EQ(hdu.table->row_length, 20u);
  EXPECT_EQ(hdu.table->rows, 30u);
  EXPECT_EQ(hdu.table->columns, 3u);
  EXPECT_EQ(hdu.table->heap_offset, 600u);
  EXPECT_FALSE(hdu.table->is_compressed);
  const Hdu gap = scan_extension(
      extension_header("BINTABLE", 8, {20, 30}, 500).key("TFIELDS", 3).key("THEAP", 700));
  EXPECT_EQ(gap.table->heap_offset, 700u);
}

TEST(Hdu, CallsATableWithoutAFrameDefective) {
  const auto keyword = [](const HeaderBuilder& header) {
    const Hdu hdu = scan_extension(header);
    EXPECT_TRUE(hdu.defect);
    EXPECT_EQ(hdu.data_length, 600u);
    return hdu.defect ? hdu.defect->keyword : "";
  };
  EXPECT_EQ(keyword(extension_header("BINTABLE", 8, {20, 30})), "TFIELDS");
  EXPECT_EQ(keyword(extension_header("BINTABLE", 8, {20, 30}).key("TFIELDS", 1000)), "TFIELDS");
  EXPECT_EQ(keyword(extension_header("TABLE", 8, {20, 30}).key("TFIELDS", -1)), "TFIELDS");
  EXPECT_EQ(keyword(extension_header("TABLE", 8, {20, 30, 1}).key("TFIELDS", 1)), "NAXIS");
  EXPECT_EQ(keyword(extension_header("BINTABLE", 8, {20, 30}).key("TFIELDS", 1).key("THEAP", -1)),
            "THEAP");
}

TEST(Hdu, DescribesACompressedTableAsWhatItExpandsTo) {
  HeaderBuilder header = extension_header("BINTABLE", 8, {32, 2}, 500).key("TFIELDS", 2);
  header.key("ZTABLE", "T").key("ZNAXIS1", 12).key("ZNAXIS2", 100);
  const Hdu hdu = scan_extension(header);
  EXPECT_EQ(hdu.kind, HduKind::kBinTable);
  EXPECT_TRUE(hdu.table->is_compressed);
  EXPECT_EQ(hdu.table->row_length, 12u);
  EXPECT_EQ(hdu.table->rows, 100u);
  EXPECT_EQ(hdu.data_length, 564u);
  const Hdu broken = scan_extension(
      extension_header("BINTABLE", 8, {32, 2}, 500).key("TFIELDS", 2).key("ZTABLE", "T"));
  EXPECT_EQ(broken.defect->keyword, "ZNAXIS1");
}

TEST(Hdu, ReadsACompressedImage) {
  const Hdu hdu = scan_extension(compressed_header());
  ASSERT_TRUE(hdu.compressed);
  EXPECT_FALSE(hdu.defect);
  EXPECT_EQ(hdu.compressed->bitpix, 16);
  EXPECT_EQ(hdu.compressed->axes, (std::vector<uint64_t>{100, 50}));
  EXPECT_EQ(hdu.compressed->tile, (std::vector<uint64_t>{100, 1}));
  EXPECT_EQ(hdu.compressed->codec, "RICE_1");
  EXPECT_EQ(
      scan_extension(compressed_header().key("ZTILE1", 10).key("ZTILE2", 20)).compressed->tile,
      (std::vector<uint64_t>{10, 20}));
}

TEST(Hdu, TakesTheBlankOfACompressedImageFromEitherKeyword) {
  EXPECT_EQ(scan_extension(compressed_header().key("ZBLANK", -1)).scaling.blank, -1);
  EXPECT_EQ(scan_extension(compressed_header().key("ZBLANK", -1).key("BLANK", -2)).scaling.blank,
            -2);
  test::Bytes floats = test::as_bytes(compressed_header().key("ZBLANK", -1).done());
  test::replace_card(floats, "ZBITPIX", "ZBITPIX = -32");
  EXPECT_FALSE(scan_one(test::as_text(floats), 1).scaling.blank);
}

TEST(Hdu, CallsACompressedImageWithBrokenKeywordsDefective) {
  for (const auto& [keyword, card] :
       std::vector<std::pair<std::string, std::string>>{{"ZBITPIX", "ZBITPIX = 17"},
                                                        {"ZNAXIS", "ZNAXIS  = 1000"},
                                                        {"ZNAXIS", "ZNAXIS  = 'two'"},
                                                        {"ZNAXIS2", "ZNAXIS2 = -50"}}) {
    test::Bytes header = test::as_bytes(compressed_header().done());
    test::replace_card(header, keyword, card);
    const Hdu hdu = scan_one(test::as_text(header), 1);
    ASSERT_TRUE(hdu.defect) << card;
    EXPECT_EQ(hdu.defect->keyword, keyword);
    EXPECT_EQ(hdu.data_length, 1400u);
  }
}

TEST(Hdu, FindsKeywordsBetweenThoseOfColumns) {
  const Hdu hdu = scan_extension(
      compressed_header().key("BSCALE", "2.0").key("TTYPE2", "'X'").key("BZERO", "10.0"));
  EXPECT_EQ(hdu.scaling.bscale, 2);
  EXPECT_EQ(hdu.scaling.bzero, 10);
}

TEST(Hdu, AcceptsLowerCaseTabsAndForeignBytesInOtherCards) {
  const Hdu hdu = scan_primary(
      primary_header(8, {10}).raw("naxis1  = 99").raw("KEY\t= \t5").raw("N\xc4ME = '\xff\x80'"));
  EXPECT_EQ(hdu.data_length, 10u);
}

// Comparing each of n such keywords with all before it would take a minute.
TEST(Hdu, IsNotSlowedByKeywordsThatLookLikeAxes) {
  std::string text = primary_header(8, {10}).records();
  for (char a = '!'; a <= '~'; ++a)
    for (char b = '!'; b <= '~'; ++b)
      for (const char c : {'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J'})
        text += card_of(std::string("NAXIS") + a + b + c + "= 1");
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(scan_one(text + card_of("END")).data_length, 10u);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

}  // namespace
}  // namespace fitstream
