// Cards by the text of FITS Standard 4.0, section 4.
#include "card.h"

#include <cmath>
#include <limits>

#include "support.h"

namespace fitstream {
namespace {

using test::card_of;

Card parse(std::string_view text) { return parse_card(card_of(text)); }

TEST(Card, ReadsAKeywordAValueAndAComment) {
  const Card card = parse("NAXIS1  =                 2048 / length of the first axis");
  EXPECT_EQ(card.keyword, "NAXIS1");
  EXPECT_EQ(card.kind, ValueKind::kInteger);
  EXPECT_EQ(card.text, "2048");
  EXPECT_EQ(card.comment, "length of the first axis");
  EXPECT_FALSE(card.hierarch);
  EXPECT_EQ(card.records, 1);
}

TEST(Card, UndoublesQuotesInStrings) {
  const Card card = parse("OBSERVER= 'O''HARA ''x'''     / it''s a comment");
  EXPECT_EQ(card.kind, ValueKind::kString);
  EXPECT_EQ(card.text, "O'HARA 'x'");
  EXPECT_EQ(card.comment, "it''s a comment");
}

TEST(Card, KeepsSlashesInsideStrings) {
  const Card card = parse("PATH    = 'a/b / c'           / d / e");
  EXPECT_EQ(card.text, "a/b / c");
  EXPECT_EQ(card.comment, "d / e");
}

TEST(Card, KeepsLeadingAndDropsTrailingSpacesOfStrings) {
  EXPECT_EQ(parse("KEY     = '  a b   '").text, "  a b");
  EXPECT_EQ(parse("KEY     = '    '").text, "");
  EXPECT_EQ(parse("KEY     = ''").text, "");
  EXPECT_EQ(parse("KEY     = ''").kind, ValueKind::kString);
  EXPECT_EQ(parse("KEY     =                     'free format'").text, "free format");
}

TEST(Card, ReadsAStringThatFillsTheCard) {
  const std::string longest(68, 'x');
  EXPECT_EQ(parse("KEY     = '" + longest + "'").text, longest);
}

TEST(Card, CallsAnUnterminatedStringInvalid) {
  const Card card = parse("KEY     = 'no end / comment?");
  EXPECT_EQ(card.kind, ValueKind::kInvalid);
  EXPECT_EQ(card.text, "'no end / comment?");
  // The last quote is one half of a doubled one.
  EXPECT_EQ(parse("KEY     = 'no end''").kind, ValueKind::kInvalid);
}

TEST(Card, ReadsRealsInEveryNotation) {
  for (const char* text : {"1500.", "1500.0", "+1500.", "1.5E3", "1.5e3", "1.5D3", "1.5d3",
                           "+1.5D+03", "15.D2", ".15D4", "15000E-1", "0.0015e6"}) {
    const Card card = parse("KEY     = " + std::string(text));
    EXPECT_EQ(card.kind, ValueKind::kReal) << text;
    EXPECT_EQ(card.real, 1500.0) << text;
  }
}

TEST(Card, ReadsRealsToTheNearestDouble) {
  test::Random random(1);
  for (int i = 0; i < 20000; ++i) {
    const double wanted = random.bits<double>(1)[0];
    if (!std::isfinite(wanted)) continue;
    char text[40];
    std::snprintf(text, sizeof text, "%.17G", wanted);
    std::string fortran = text;
    if (const size_t e = fortran.find('E'); e != std::string::npos && random.chance(0.5))
      fortran[e] = 'D';
    const auto read = parse_real(fortran);
    ASSERT_TRUE(read) << fortran;
    EXPECT_EQ(std::bit_cast<uint64_t>(*read), std::bit_cast<uint64_t>(wanted)) << fortran;
  }
}

TEST(Card, ReadsMagnitudesOutOfRangeAsInfinityOrZero) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(parse_real("1E400"), kInfinity);
  EXPECT_EQ(parse_real("-1D+400"), -kInfinity);
  EXPECT_EQ(parse_real("1E-400"), 0.0);
  EXPECT_TRUE(std::signbit(*parse_real("-1D-400")));
  EXPECT_EQ(parse_real("0E400"), 0.0);
  EXPECT_EQ(parse_real("0." + std::string(400, '0') + "1"), 0.0);
  EXPECT_EQ(parse_real("1" + std::string(400, '0')), kInfinity);
  EXPECT_EQ(parse_real("1" + std::string(400, '0') + "E-5"), kInfinity);
  EXPECT_EQ(parse_real("0." + std::string(400, '0') + "1E+5"), 0.0);
  EXPECT_EQ(parse_real("1E99999999999999999999999"), kInfinity);
  EXPECT_EQ(parse_real("1E-99999999999999999999999"), 0.0);
  EXPECT_EQ(parse_real("1" + std::string(400, '0') + "E-400"), 1.0);
}

TEST(Card, ReadsSubnormalsAndNegativeZero) {
  EXPECT_EQ(parse_real("4.9E-324"), std::numeric_limits<double>::denorm_min());
  EXPECT_EQ(parse_real("2.5D-320"), 2.5e-320);
  EXPECT_TRUE(std::signbit(*parse_real("-0.0")));
}

TEST(Card, RefusesWhatIsNoNumber) {
  for (const char* text :
       {"",    "+",   "-",   ".",   "+.",   "E5",  "1E",  "1E+", "1.2.3", "1E5E5", "1E5.",
        "--1", "+-1", "-+1", "1-5", "0x10", "inf", "nan", "1 5", "1,5",   "1e+-5"})
    EXPECT_FALSE(parse_real(text)) << text;
  EXPECT_EQ(parse("KEY     = 1.2.3 / c").kind, ValueKind::kInvalid);
  EXPECT_EQ(parse("KEY     = 1.2.3 / c").text, "1.2.3");
  EXPECT_EQ(parse("KEY     = 1.2.3 / c").comment, "c");
}

TEST(Card, KeepsTheDigitsOfIntegersOfAnySize) {
  for (const char* text : {"9223372036854775807", "9223372036854775808", "-9223372036854775809",
                           "18446744073709551616", "123456789012345678901234567890"}) {
    const Card card = parse("KEY     = " + std::string(text));
    EXPECT_EQ(card.kind, ValueKind::kInteger) << text;
    EXPECT_EQ(card.text, text);
  }
  EXPECT_EQ(parse("KEY     = -0").kind, ValueKind::kInteger);
  EXPECT_EQ(parse("KEY     = +42").kind, ValueKind::kInteger);
}

TEST(Card, ReadsLogicals) {
  EXPECT_EQ(parse("SIMPLE  =                    T").kind, ValueKind::kLogical);
  EXPECT_TRUE(parse("SIMPLE  =                    T").logical);
  EXPECT_FALSE(parse("SIMPLE  = F / free format").logical);
  EXPECT_EQ(parse("SIMPLE  = F / free format").kind, ValueKind::kLogical);
  EXPECT_EQ(parse("SIMPLE  = TRUE").kind, ValueKind::kInvalid);
  EXPECT_EQ(parse("SIMPLE  = t").kind, ValueKind::kInvalid);
}

TEST(Card, ReadsUndefinedValues) {
  EXPECT_EQ(parse("KEY     =").kind, ValueKind::kUndefined);
  const Card card = parse("KEY     =                      / not known");
  EXPECT_EQ(card.kind, ValueKind::kUndefined);
  EXPECT_EQ(card.comment, "not known");
}

TEST(Card, ReadsComplexNumbersOfIntegersAndReals) {
  const Card integers = parse("KEY     = (1, -2)             / int");
  EXPECT_EQ(integers.kind, ValueKind::kComplex);
  EXPECT_EQ(integers.real, 1);
  EXPECT_EQ(integers.imaginary, -2);
  EXPECT_EQ(integers.comment, "int");
  const Card reals = parse("KEY     = ( 1.5D1 , -2.5e-1 )");
  EXPECT_EQ(reals.real, 15);
  EXPECT_EQ(reals.imaginary, -0.25);
  for (const char* text : {"(1 2)", "(1,2", "(1,2,3)", "(,)", "(1,)", "(", "()", "(1,2)x"})
    EXPECT_EQ(parse("KEY     = " + std::string(text)).kind, ValueKind::kInvalid) << text;
}

TEST(Card, SqueezesTheSpacesOfHierarchNames) {
  const Card card = parse("HIERARCH ESO   DET  CHIP1 ID = 'CCD-44'  / a chip");
  EXPECT_EQ(card.keyword, "ESO DET CHIP1 ID");
  EXPECT_TRUE(card.hierarch);
  EXPECT_EQ(card.kind, ValueKind::kString);
  EXPECT_EQ(card.text, "CCD-44");
  EXPECT_EQ(card.comment, "a chip");
  EXPECT_EQ(parse("HIERARCH Mixed.Case=T").keyword, "Mixed.Case");
  EXPECT_TRUE(parse("HIERARCH Mixed.Case=T").logical);
}

TEST(Card, ReadsHierarchWithoutANameAsAnOrdinaryKeyword) {
  const Card text = parse("HIERARCH only words");
  EXPECT_EQ(text.keyword, "HIERARCH");
  EXPECT_EQ(text.kind, ValueKind::kNone);
  EXPECT_EQ(text.text, " only words");
  EXPECT_FALSE(text.hierarch);
  const Card value = parse("HIERARCH= 5");
  EXPECT_EQ(value.keyword, "HIERARCH");
  EXPECT_EQ(value.kind, ValueKind::kInteger);
}

TEST(Card, ReadsContinueAsAStringWithoutIndicator) {
  const Card card = parse("CONTINUE  'more text&' / and why");
  EXPECT_EQ(card.keyword, "CONTINUE");
  EXPECT_EQ(card.kind, ValueKind::kString);
  EXPECT_EQ(card.text, "more text&");
  EXPECT_EQ(card.comment, "and why");
  const Card free = parse("CONTINUE as if nothing had happened");
  EXPECT_EQ(free.kind, ValueKind::kNone);
  EXPECT_EQ(free.text, " as if nothing had happened");
}

TEST(Card, TakesACardWithoutValueIndicatorAsText) {
  // The indicator is "= " in columns 9 and 10 (4.1.2.2).
  EXPECT_EQ(parse("BITPIX  = 8").kind, ValueKind::kInteger);
  const Card card = parse("BITPIX  =8");
  EXPECT_EQ(card.keyword, "BITPIX");
  EXPECT_EQ(card.kind, ValueKind::kNone);
  EXPECT_EQ(card.text, "=8");
}

TEST(Card, ReadsCommentaryAsText) {
  for (const char* keyword : {"COMMENT ", "HISTORY ", "        "}) {
    const Card card = parse(std::string(keyword) + "= 5 / it's text");
    EXPECT_EQ(card.kind, ValueKind::kNone) << keyword;
    EXPECT_EQ(card.text, "= 5 / it's text") << keyword;
  }
  EXPECT_TRUE(is_commentary(""));
  EXPECT_TRUE(is_commentary("COMMENT"));
  EXPECT_TRUE(is_commentary("HISTORY"));
  EXPECT_FALSE(is_commentary("COMMENTS"));
}

TEST(Card, AcceptsBytesThatTheStandardForbids) {
  const Card lower = parse("bitpix  = 8");
  EXPECT_EQ(lower.keyword, "bitpix");
  EXPECT_EQ(lower.kind, ValueKind::kInteger);
  const Card tabs = parse("KEY     = \t8\t/\tc");
  EXPECT_EQ(tabs.kind, ValueKind::kInteger);
  EXPECT_EQ(tabs.comment, "c");
  const Card latin = parse("OBSERVER= 'J\xf8rgen \xc3\xa9' / \xff");
  EXPECT_EQ(latin.text, "J\xf8rgen \xc3\xa9");
  EXPECT_EQ(latin.comment, "\xff");
}

TEST(Card, SurvivesRandomRecords) {
  test::Random random(2);
  const std::string likely = "= '/&(),.+-0123456789EDTF \tHIERARCHCONTINUE";
  for (int i = 0; i < 50000; ++i) {
    std::string record(kCard, ' ');
    for (char& c : record)
      if (random.chance(0.7))
        c = random.chance(0.9) ? likely[random.between(0, likely.size() - 1)]
                               : static_cast<char>(random.between(0, 255));
    if (random.chance(0.5)) record.replace(0, 8, random.chance(0.5) ? "HIERARCH" : "CONTINUE");
    if (random.chance(0.5)) record.replace(8, 2, "= ");
    const Card card = parse_card(record);
    // Nothing can be longer than what it was cut from.
    EXPECT_LE(card.keyword.size() + card.text.size() + card.comment.size(), kCard);
  }
}

}  // namespace
}  // namespace fitstream
