// Keywords of many files: what is found is what parsing each whole header finds.
#include "header_batch.h"

#include <algorithm>
#include <filesystem>

#include "header.h"
#include "support.h"

namespace fitstream {
namespace {

using test::blocks_of;
using test::extension_header;
using test::HeaderBuilder;
using test::primary_header;
using test::write_text;

std::string folded(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

class HeaderBatchTest : public testing::Test {
 protected:
  std::string file(std::string_view text) {
    paths_.push_back(dir_.file("f" + std::to_string(paths_.size()) + ".fits"));
    write_text(paths_.back(), text);
    return paths_.back();
  }
  KeywordRows read(const std::vector<std::string>& keywords, HduChoice hdu = {}) {
    return read_keywords({paths_, hdu, nullptr}, keywords);
  }
  static std::string text_of(const KeywordRows& rows, size_t cell) {
    const size_t begin = cell == 0 ? 0 : static_cast<size_t>(rows.text_ends[cell - 1]);
    return rows.texts.substr(begin, static_cast<size_t>(rows.text_ends[cell]) - begin);
  }

  test::TempDir dir_;
  std::vector<std::string> paths_;
};

TEST_F(HeaderBatchTest, GivesTheFirstValueOfEachKind) {
  file(primary_header(8, {})
           .raw("LOGICAL = T")
           .raw("BIG     = 123456789012345678901")
           .raw("REAL    = 1.5D3")
           .raw("PAIR    = (1, -2.5)")
           .raw("STRING  = 'O''Hara &'")
           .raw("CONTINUE  'and more'")
           .raw("STRING  = 'second'")
           .raw("NONE    =")
           .raw("TEXT      free")
           .done());
  const auto rows =
      read({"LOGICAL", "BIG", "REAL", "PAIR", "STRING", "NONE", "TEXT", "ABSENT", "NAXIS"});
  using enum ValueKind;
  const std::vector<uint8_t> kinds = {uint8_t(kLogical), uint8_t(kInteger), uint8_t(kReal),
                                      uint8_t(kComplex), uint8_t(kString),  uint8_t(kUndefined),
                                      uint8_t(kNone),    kAbsent,           uint8_t(kInteger)};
  EXPECT_EQ(rows.kinds, kinds);
  EXPECT_EQ(rows.numbers[0], 1);
  EXPECT_EQ(rows.numbers[1], 123456789012345678901.0);
  EXPECT_EQ(text_of(rows, 1), "123456789012345678901");
  EXPECT_EQ(rows.numbers[2], 1500);
  EXPECT_EQ(rows.numbers[3], 1);
  double imaginary = 0;
  std::memcpy(&imaginary, text_of(rows, 3).data(), sizeof imaginary);
  EXPECT_EQ(imaginary, -2.5);
  EXPECT_EQ(text_of(rows, 4), "O'Hara and more");
  EXPECT_EQ(text_of(rows, 6), "  free");
  EXPECT_TRUE(rows.failed.empty());
}

TEST_F(HeaderBatchTest, StopsWhereAllAreFound) {
  // Neither has an END card; the first cannot be missed because its keyword comes before.
  std::string text = primary_header(8, {}).raw("GAIN    = 2").records();
  file(text + std::string(100000, 'x'));
  file(primary_header(8, {}).raw("OTHER   = 2").records() + std::string(10000, ' '));
  const auto rows = read({"GAIN"});
  EXPECT_EQ(rows.numbers[0], 2);
  EXPECT_EQ(rows.kinds[1], kAbsent);
  ASSERT_EQ(rows.failed.size(), 1u);
  EXPECT_EQ(rows.failed[0].file, 1u);
  EXPECT_EQ(rows.failed[0].error.code, ErrorCode::kNoEnd);
  EXPECT_EQ(rows.failed[0].error.path, paths_[1]);
}

TEST_F(HeaderBatchTest, ReadsOnWhereAHeaderIsLongerThanTheFirstLook) {
  // Around the end of the first 4096 bytes, in the middle of record 51.
  for (const int filling : {45, 46, 47, 48, 49, 200}) {
    paths_.clear();
    HeaderBuilder header = primary_header(8, {});
    for (int i = 0; i < filling; ++i) header.raw("COMMENT");
    file(header.raw("LONG    = 'begin &'").raw("CONTINUE  'end'").raw("LAST    = 7").done());
    for (int twice = 0; twice < 2; ++twice) {
      const auto rows = read({"LONG", "LAST", "ABSENT"});
      EXPECT_TRUE(rows.failed.empty());
      EXPECT_EQ(text_of(rows, 0), "begin end") << filling;
      EXPECT_EQ(text_of(read({"LONG"}), 0), "begin end") << filling;
      EXPECT_EQ(rows.numbers[1], 7) << filling;
      EXPECT_EQ(rows.kinds[2], kAbsent) << filling;
      paths_.push_back(paths_.front());  // read as far as the one before it
    }
  }
}

TEST_F(HeaderBatchTest, OpensFilesOfSeveralFolders) {
  std::vector<double> expected;
  for (const char* folder : {"a", "b"}) {
    std::filesystem::create_directory(dir_.file(folder));
    for (int i = 0; i < 3; ++i) {
      paths_.push_back(dir_.file(folder) + "/" + std::to_string(i) + ".fits");
      expected.push_back(static_cast<double>(paths_.size()));
      write_text(paths_.back(),
                 primary_header(8, {}).raw("SERIAL  = " + std::to_string(paths_.size())).done());
    }
  }
  const auto numbers = [&] { return read({"SERIAL"}).numbers; };
  EXPECT_EQ(numbers(), expected);
  // In turn, by a name that no folder stands before, and one that is gone.
  for (const size_t i : {0u, 3u, 1u, 4u}) paths_.push_back(paths_[i]);
  expected.insert(expected.end(), {1, 4, 2, 5});
  EXPECT_EQ(numbers(), expected);
  paths_ = {paths_[0], paths_[1], dir_.file("a") + "/gone.fits", paths_[2], "gone.fits"};
  const auto rows = read({"SERIAL"});
  EXPECT_EQ(rows.numbers, (std::vector<double>{1, 2, 0, 3, 0}));
  ASSERT_EQ(rows.failed.size(), 2u);
  EXPECT_EQ(rows.failed[0].error.code, ErrorCode::kNotFound);
  EXPECT_EQ(rows.failed[1].error.code, ErrorCode::kNotFound);
}

TEST_F(HeaderBatchTest, DoesNotMindCase) {
  file(primary_header(8, {}).raw("ExpTime = 30").raw("HIERARCH eso  Det Gain = 2").done());
  const auto rows = read({"exptime", "ESO det GAIN", "EXPTIME"});
  EXPECT_EQ(rows.numbers, (std::vector<double>{30, 2, 30}));
}

TEST_F(HeaderBatchTest, FindsHierarchByItsNameAlone) {
  file(primary_header(8, {})
           .raw("HIERARCH ESO DET GAINS = 1")
           .raw("HIERARCH ESO DET GAIN  = 2")
           .raw("HIERARCH GAIN=3 / short")
           .raw("HIERARCH  ESO  TEL  NAME= 'a long &'")
           .raw("CONTINUE  'name'")
           .raw("HIERARCH ESO NO VALUE")
           .done());
  const auto rows =
      read({"ESO DET GAIN", "GAIN", "ESO TEL NAME", "ESO DET", "ESO NO VALUE", "ESO"});
  EXPECT_EQ(rows.numbers[0], 2);
  EXPECT_EQ(rows.numbers[1], 3);
  EXPECT_EQ(text_of(rows, 2), "a long name");
  for (const size_t i : {3, 4, 5}) EXPECT_EQ(rows.kinds[i], kAbsent) << i;
}

TEST_F(HeaderBatchTest, ChoosesAnHduByPositionNameAndVersion) {
  const auto image = [](const char* name, int version, int value) {
    return extension_header("IMAGE", 8, {3})
               .key("EXTNAME", std::string("'") + name + "'")
               .key("EXTVER", version)
               .key("VALUE", value)
               .done() +
           blocks_of("abc");
  };
  file(primary_header(8, {}).key("VALUE", 0).done() + image("SCI", 1, 1) + image("Sci", 2, 2) +
       image("ERR", 1, 3));
  const auto value = [&](HduChoice hdu) -> double {
    const auto rows = read({"VALUE"}, std::move(hdu));
    return rows.failed.empty() ? rows.numbers[0] : -1;
  };
  EXPECT_EQ(value({0, "", {}}), 0);
  EXPECT_EQ(value({3, "", {}}), 3);
  EXPECT_EQ(value({0, "sci", {}}), 1);
  EXPECT_EQ(value({0, "SCI", 2}), 2);
  EXPECT_EQ(value({0, "primary", {}}), 0);
  EXPECT_EQ(value({4, "", {}}), -1);
  EXPECT_EQ(value({0, "SCI", 3}), -1);
  const auto rows = read({"VALUE"}, {9, "", {}});
  EXPECT_EQ(rows.failed[0].error.code, ErrorCode::kOutOfBounds);
}

TEST_F(HeaderBatchTest, GoesOnAfterFilesAndCardsThatFail) {
  const std::string good = primary_header(8, {}).raw("A       = 1").raw("B       = 'b'").done();
  file(good);
  paths_.push_back(dir_.file("missing.fits"));
  file("");
  file("<!DOCTYPE html>" + std::string(5000, ' '));
  file("\x1f\x8b\x08 gzip");
  file(primary_header(8, {}).raw("A       = 1.2.3").raw("B       = 'b'").done());
  file("SIMPLE");
  file(good);
  const auto rows = read({"A", "B"});
  std::vector<std::pair<uint64_t, ErrorCode>> failed;
  for (const FailedFile& f : rows.failed) {
    failed.emplace_back(f.file, f.error.code);
    EXPECT_EQ(f.error.path, paths_[f.file]);
  }
  using enum ErrorCode;
  EXPECT_EQ(failed, (std::vector<std::pair<uint64_t, ErrorCode>>{{1, kNotFound},
                                                                 {2, kEmpty},
                                                                 {3, kNotFits},
                                                                 {4, kUnsupported},
                                                                 {5, kBadHeader},
                                                                 {6, kNoEnd}}));
  EXPECT_EQ(rows.numbers[0], 1);
  EXPECT_EQ(text_of(rows, 11), "b");
  EXPECT_EQ(rows.numbers[14], 1);
  EXPECT_EQ(text_of(rows, 15), "b");
}

TEST_F(HeaderBatchTest, SaysThatAFileIsPackedHoweverTheHduIsChosen) {
  file("\x1f\x8b\x08 gzip");
  for (const HduChoice& hdu : {HduChoice{}, HduChoice{2, "", {}}, HduChoice{0, "SCI", {}}}) {
    const auto rows = read({"A"}, hdu);
    ASSERT_EQ(rows.failed.size(), 1u);
    EXPECT_EQ(rows.failed[0].error.code, ErrorCode::kUnsupported);
  }
}

TEST_F(HeaderBatchTest, FailsWhatWasNotReadWhenTheCancelFlagIsRaised) {
  file(primary_header(8, {}).done());
  const std::atomic<int32_t> cancel = 1;
  const auto rows = read_keywords({paths_, {}, &cancel}, {"NAXIS"});
  ASSERT_EQ(rows.failed.size(), 1u);
  EXPECT_EQ(rows.failed[0].error.code, ErrorCode::kAborted);
}

// Random headers, in which strings go on across the pieces that are read, against parse_cards.
TEST_F(HeaderBatchTest, AgreesWithParsingEveryCard) {
  test::Random random(31);
  for (int round = 0; round < 60; ++round) {
    HeaderBuilder header = primary_header(8, {});
    for (uint64_t n = random.between(0, 300); n > 0; --n) {
      std::string key = "K" + std::to_string(random.between(0, 200));
      key.resize(8, ' ');
      if (random.chance(0.3)) {
        header.raw(key + "= 'first&'");
        for (uint64_t more = random.between(0, 90); more > 0; --more)
          header.raw("CONTINUE  '" + std::to_string(more) + "&'");
      } else if (random.chance(0.3)) {
        header.raw("HIERARCH " + key + "= " + std::to_string(random.between(0, 99)));
      } else {
        header.raw(key + "= " + std::to_string(random.between(0, 99)));
      }
    }
    file(header.done());
  }
  std::vector<std::string> keywords;
  for (int i = 0; i < 200; i += 7) keywords.push_back("K" + std::to_string(i));
  const auto rows = read(keywords);
  const auto headers = read_headers({paths_, {}, nullptr});
  ASSERT_TRUE(rows.failed.empty() && headers.failed.empty());
  size_t begin = 0;
  for (size_t f = 0; f < paths_.size(); ++f) {
    const std::string whole = test::read_text(paths_[f]);
    const auto end = static_cast<size_t>(headers.ends[f]);
    EXPECT_EQ(headers.texts.substr(begin, end - begin),
              whole.substr(0, find_header_end(whole)->cards * kCard));
    begin = end;
    const auto cards = parse_cards(whole);
    for (size_t k = 0; k < keywords.size(); ++k) {
      const size_t cell = f * keywords.size() + k;
      const auto card =
          std::ranges::find(cards, keywords[k], [](const Card& c) { return folded(c.keyword); });
      ASSERT_EQ(rows.kinds[cell], card == cards.end() ? kAbsent : static_cast<uint8_t>(card->kind));
      if (card != cards.end()) {
        EXPECT_EQ(text_of(rows, cell), card->text);
      }
    }
  }
}

TEST_F(HeaderBatchTest, GivesWholeHeadersAndFailsTheOthers) {
  file(primary_header(8, {}).raw("A       = 1").done());
  file(primary_header(8, {}).records());
  file(primary_header(8, {}).done());
  const auto headers = read_headers({paths_, {}, nullptr});
  EXPECT_EQ(headers.ends, (std::vector<double>{4 * 80, 4 * 80, 7 * 80}));
  ASSERT_EQ(headers.failed.size(), 1u);
  EXPECT_EQ(headers.failed[0].file, 1u);
  EXPECT_EQ(headers.failed[0].error.code, ErrorCode::kNoEnd);
}

}  // namespace
}  // namespace fitstream
