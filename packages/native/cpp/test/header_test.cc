// Headers by the text of FITS Standard 4.0, sections 4.1 and 4.2.1.2, and against CFITSIO.
#include "header.h"

#include <cmath>

#include "support.h"

namespace fitstream {
namespace {

using test::card_of;
using test::HeaderBuilder;

TEST(HeaderEnd, IsARecordOfItsOwn) {
  HeaderBuilder header;
  header.raw("ENDX").raw("END of the world").raw("END     = 5").raw(" END").raw("end");
  EXPECT_FALSE(find_header_end(header.records()));
  const auto extent = find_header_end(header.done());
  ASSERT_TRUE(extent);
  EXPECT_EQ(extent->cards, 5u);
  EXPECT_EQ(extent->length, kBlock);
}

TEST(HeaderEnd, ClosesTheBlockThatItStandsIn) {
  HeaderBuilder header;
  for (int i = 0; i < 35; ++i) header.raw("COMMENT");
  EXPECT_EQ(find_header_end(header.done())->length, kBlock);
  header.raw("COMMENT");
  EXPECT_EQ(find_header_end(header.done())->length, 2 * kBlock);
  EXPECT_EQ(find_header_end(header.done())->cards, 36u);
}

TEST(HeaderEnd, IsFoundWithoutThePaddingAfterIt) {
  const std::string text = HeaderBuilder().raw("SIMPLE  = T").records() + card_of("END");
  EXPECT_EQ(find_header_end(text)->length, kBlock);
  for (size_t n = 0; n < text.size(); ++n) EXPECT_FALSE(find_header_end(text.substr(0, n))) << n;
}

TEST(ParseCards, KeepsOrderAndDuplicates) {
  const auto cards = parse_cards(HeaderBuilder()
                                     .raw("SIMPLE  = T")
                                     .raw("HISTORY one")
                                     .raw("KEY     = 1")
                                     .raw("")
                                     .raw("HISTORY two")
                                     .raw("KEY     = 2")
                                     .done());
  ASSERT_EQ(cards.size(), 6u);
  EXPECT_EQ(cards[1].text, "one");
  EXPECT_EQ(cards[2].text, "1");
  EXPECT_EQ(cards[3].keyword, "");
  EXPECT_EQ(cards[5].text, "2");
  for (size_t i = 0; i < cards.size(); ++i) EXPECT_EQ(cards[i].index, static_cast<int64_t>(i));
}

TEST(ParseCards, StopsAtEndAndDoesNotNeedIt) {
  HeaderBuilder header;
  header.raw("KEY     = 1");
  EXPECT_EQ(parse_cards(header.done() + card_of("AFTER   = 2")).size(), 1u);
  EXPECT_EQ(parse_cards(header.records()).size(), 1u);
  EXPECT_EQ(parse_cards(header.records() + "KEY     = 2 and a record that is cut").size(), 1u);
  EXPECT_TRUE(parse_cards("").empty());
}

TEST(ParseCards, JoinsContinuedStringsAndTheirComments) {
  const auto cards = parse_cards(HeaderBuilder()
                                     .raw("LONG    = 'one  &'  / first")
                                     .raw("CONTINUE  'it''s two &' / second")
                                     .raw("CONTINUE  '&'")
                                     .raw("CONTINUE  'three' / third")
                                     .raw("NEXT    = 1")
                                     .done());
  ASSERT_EQ(cards.size(), 2u);
  EXPECT_EQ(cards[0].text, "one  it's two three");
  EXPECT_EQ(cards[0].comment, "first second third");
  EXPECT_EQ(cards[0].records, 4);
  EXPECT_EQ(cards[0].index, 0);
  EXPECT_EQ(cards[1].index, 4);
}

TEST(ParseCards, ContinuesTheCommentAlone) {
  const auto cards = parse_cards(HeaderBuilder()
                                     .raw("LONG    = 'text&' / a comment that")
                                     .raw("CONTINUE  '' / goes on")
                                     .done());
  ASSERT_EQ(cards.size(), 1u);
  EXPECT_EQ(cards[0].text, "text");
  EXPECT_EQ(cards[0].comment, "a comment that goes on");
}

TEST(ParseCards, ContinuesHierarchStrings) {
  const auto cards = parse_cards(
      HeaderBuilder().raw("HIERARCH ESO OBS NAME = 'one &'").raw("CONTINUE  'two'").done());
  ASSERT_EQ(cards.size(), 1u);
  EXPECT_EQ(cards[0].keyword, "ESO OBS NAME");
  EXPECT_EQ(cards[0].text, "one two");
}

TEST(ParseCards, KeepsAnAmpersandThatNothingContinues) {
  const auto cards = parse_cards(HeaderBuilder()
                                     .raw("A       = 'this & '")
                                     .raw("B       = 'that &'")
                                     .raw("COMMENT between")
                                     .raw("CONTINUE  'more'")
                                     .raw("C       = 'last &'")
                                     .done());
  ASSERT_EQ(cards.size(), 5u);
  EXPECT_EQ(cards[0].text, "this &");
  EXPECT_EQ(cards[1].text, "that &");
  EXPECT_EQ(cards[3].keyword, "CONTINUE");
  EXPECT_EQ(cards[4].text, "last &");
}

TEST(ParseCards, LeavesAContinueWithoutAmpersandACardOfItsOwn) {
  const auto cards = parse_cards(HeaderBuilder()
                                     .raw("A       = 'whole'")
                                     .raw("CONTINUE  'stray'")
                                     .raw("B       = 'more&'")
                                     .raw("CONTINUE free text")
                                     .done());
  ASSERT_EQ(cards.size(), 4u);
  EXPECT_EQ(cards[0].text, "whole");
  EXPECT_EQ(cards[1].keyword, "CONTINUE");
  EXPECT_EQ(cards[1].text, "stray");
  EXPECT_EQ(cards[2].text, "more&");
  EXPECT_EQ(cards[3].kind, ValueKind::kNone);
}

TEST(FindCard, ReturnsTheFirstOfAKeyword) {
  const std::string text =
      HeaderBuilder().raw("A       = 1").raw("B       = 2").raw("B       = 3").done();
  const auto card = find_card(text, "B");
  ASSERT_TRUE(card);
  EXPECT_EQ(card->text, "2");
  EXPECT_EQ(card->index, 1);
  EXPECT_FALSE(find_card(text, "C"));
}

// Every kind of keyword that CFITSIO writes comes back as what was given to it.
TEST(ParseCards, ReadsWhatCfitsioWrites) {
  const test::TempDir dir;
  const std::string path = dir.file("keywords.fits");
  test::Random random(3);
  std::vector<std::string> strings;
  std::vector<double> reals;
  int status = 0;
  {
    test::Cfitsio file = test::Cfitsio::create(path);
    fits_create_img(file, BYTE_IMG, 0, nullptr, &status);
    for (int i = 0; i < 200; ++i) {
      std::string text;
      for (uint64_t n = random.between(0, 300); n > 0; --n)
        text += random.chance(0.2) ? '\'' : static_cast<char>(random.between(' ', '~'));
      while (!text.empty() && (text.back() == ' ' || text.back() == '&')) text.pop_back();
      strings.push_back(text);
      reals.push_back(random.gaussian() * std::pow(10.0, static_cast<double>(i - 100)));
      const std::string n = std::to_string(i);
      fits_write_key_longstr(file, ("S" + n).c_str(), text.c_str(), "text", &status);
      fits_write_key_dbl(file, ("R" + n).c_str(), reals.back(), -17, "real", &status);
    }
    double pair[2] = {1.5, -2.25};
    fits_write_key_dblcmp(file, "PAIR", pair, 10, "complex", &status);
    fits_write_key_log(file, "YES", 1, "logical", &status);
    fits_write_key_lng(file, "INT", INT64_MIN, "integer", &status);
    fits_write_key_null(file, "NONE", "undefined", &status);
    file.close();
  }
  ASSERT_EQ(status, 0);

  const std::string text = test::read_text(path);
  const auto cards = parse_cards(text);
  const auto named = [&](const std::string& keyword) {
    for (const Card& card : cards)
      if (card.keyword == keyword) return card;
    return Card{};
  };
  for (size_t i = 0; i < strings.size(); ++i) {
    EXPECT_EQ(named("S" + std::to_string(i)).kind, ValueKind::kString);
    EXPECT_EQ(named("S" + std::to_string(i)).text, strings[i]);
    EXPECT_EQ(named("R" + std::to_string(i)).real, reals[i]);
  }
  EXPECT_EQ(named("PAIR").kind, ValueKind::kComplex);
  EXPECT_EQ(named("PAIR").real, 1.5);
  EXPECT_EQ(named("PAIR").imaginary, -2.25);
  EXPECT_TRUE(named("YES").logical);
  EXPECT_EQ(named("INT").text, std::to_string(INT64_MIN));
  EXPECT_EQ(named("NONE").kind, ValueKind::kUndefined);
}

}  // namespace
}  // namespace fitstream
