// Files as they are found: absent, empty, cut off, changed, with junk behind them.
#include "file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>

#include "support.h"

namespace fitstream {
namespace {

using test::blocks_of;
using test::card_of;
using test::extension_header;
using test::HeaderBuilder;
using test::primary_header;
using test::write_text;

class FileTest : public testing::Test {
 protected:
  // Writes a file and opens it.
  File open(std::string_view text) {
    write_text(path_, text);
    auto file = File::open(path_);
    EXPECT_TRUE(file);
    return std::move(*file);
  }

  test::TempDir dir_;
  std::string path_ = dir_.file("a.fits");
};

// Two images and a table, with 100, 7 and 600 bytes of data.
std::string three_hdus() {
  return primary_header(8, {100}).done() + blocks_of(std::string(100, 'a')) +
         extension_header("IMAGE", 8, {7}).done() + blocks_of(std::string(7, 'b')) +
         extension_header("BINTABLE", 8, {20, 30}).key("TFIELDS", 0).done() +
         blocks_of(std::string(600, 'c'), '\0');
}

TEST_F(FileTest, SaysThatAFileIsNotThere) {
  const auto file = File::open(dir_.file("none.fits"));
  EXPECT_CODE(file, ErrorCode::kNotFound);
  EXPECT_EQ(file.error().path, dir_.file("none.fits"));
  EXPECT_CODE(File::open(dir_.file("none/a.fits")), ErrorCode::kNotFound);
  write_text(path_, "");
  EXPECT_CODE(File::open(path_ + "/below"), ErrorCode::kNotFound);
  EXPECT_CODE(stat_file(dir_.file("none.fits")), ErrorCode::kNotFound);
}

TEST_F(FileTest, RefusesWhatIsNoRegularFile) {
  EXPECT_CODE(File::open(dir_.file("")), ErrorCode::kIo);
  // Opening a pipe to which nobody writes would wait for ever.
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_CODE(File::open(path_), ErrorCode::kIo);
}

TEST_F(FileTest, TakesNamesAsTheyAre) {
  for (const char* name : {"a[1].fits", "a(b).fits", "!a.fits", "@a", "|cat", "-", "mem:", " a "}) {
    write_text(dir_.file(name), three_hdus());
    const auto file = File::open(dir_.file(name));
    ASSERT_OK(file);
    EXPECT_EQ(walk_hdus(*file)->hdus.size(), 3u) << name;
  }
}

TEST_F(FileTest, ReadsWhatLiesAnywhere) {
  test::Random random(4);
  const test::Bytes content = random.bytes(10000);
  const File file = open(test::as_text(content));
  EXPECT_EQ(file.size(), 10000u);
  for (int i = 0; i < 200; ++i) {
    const uint64_t offset = random.between(0, 10000);
    test::Bytes part(random.between(0, 10000 - offset));
    ASSERT_OK(file.read(offset, part));
    EXPECT_TRUE(std::equal(part.begin(), part.end(), content.begin() + static_cast<long>(offset)));
  }
}

TEST_F(FileTest, SaysWhereAFileEndsTooSoon) {
  const File file = open(std::string(100, 'x'));
  test::Bytes to(50);
  const Status past = file.read(70, to);
  EXPECT_CODE(past, ErrorCode::kTruncated);
  EXPECT_EQ(past.error().offset, 70);
  EXPECT_EQ(past.error().found, "30");
  EXPECT_EQ(past.error().path, path_);
  EXPECT_CODE(file.read(1000, to), ErrorCode::kTruncated);
  EXPECT_FALSE(file.read(UINT64_MAX - 10, to));
}

TEST_F(FileTest, CanBeMoved) {
  File file = open("first");
  File moved = std::move(file);
  test::Bytes to(5);
  ASSERT_OK(moved.read(0, to));
  file = std::move(moved);
  ASSERT_OK(file.read(0, to));
  EXPECT_EQ(test::as_text(to), "first");
}

TEST_F(FileTest, StampsSizeAndTime) {
  const File file = open("12345");
  EXPECT_EQ(file.stamp().size, 5u);
  EXPECT_EQ(*stat_file(path_), file.stamp());
  struct stat s;
  ASSERT_EQ(::stat(path_.c_str(), &s), 0);
  EXPECT_NEAR(file.stamp().mtime_ms, static_cast<double>(s.st_mtim.tv_sec) * 1e3, 1000);

  const timespec later[2] = {{1700000000, 0}, {1700000000, 500000000}};
  ASSERT_EQ(::utimensat(AT_FDCWD, path_.c_str(), later, 0), 0);
  EXPECT_EQ(stat_file(path_)->mtime_ms, 1700000000500.0);
  EXPECT_NE(*stat_file(path_), file.stamp());
  write_text(path_, "123456");
  EXPECT_NE(*stat_file(path_), file.stamp());
}

TEST_F(FileTest, WalksFromHduToHdu) {
  const File file = open(three_hdus());
  const auto walk = walk_hdus(file);
  ASSERT_OK(walk);
  EXPECT_FALSE(walk->damage);
  ASSERT_EQ(walk->hdus.size(), 3u);
  EXPECT_EQ(walk->hdus[1].header_offset, 5760u);
  EXPECT_EQ(walk->hdus[1].data_offset, 8640u);
  EXPECT_EQ(walk->hdus[2].index, 2u);
  EXPECT_EQ(walk->hdus[2].end(), file.size());
  EXPECT_EQ(walk_hdus(file, 0)->hdus.size(), 1u);
  EXPECT_EQ(walk_hdus(file, 1)->hdus.size(), 2u);
  const auto header = read_header(file, walk->hdus[1]);
  ASSERT_OK(header);
  EXPECT_EQ(*header, extension_header("IMAGE", 8, {7}).done());
}

TEST_F(FileTest, ReadsOneHduWithoutThoseBeforeIt) {
  const File file = open(three_hdus());
  const auto hdu = hdu_at(file, 5760, 1);
  ASSERT_OK(hdu);
  ASSERT_TRUE(*hdu);
  EXPECT_EQ((*hdu)->data_length, 7u);
  const auto end = hdu_at(file, file.size(), 3);
  ASSERT_OK(end);
  EXPECT_FALSE(*end);
}

TEST_F(FileTest, ReadsHeadersOfAnyLength) {
  for (const int history : {0, 30, 31, 100, 101, 102, 103, 1000, 20000}) {
    HeaderBuilder header = primary_header(8, {5});
    for (int i = 0; i < history; ++i) header.raw("HISTORY " + std::to_string(i));
    const File file = open(header.done() + blocks_of("12345"));
    const auto walk = walk_hdus(file);
    ASSERT_OK(walk);
    ASSERT_EQ(walk->hdus.size(), 1u);
    EXPECT_FALSE(walk->damage);
    EXPECT_EQ(walk->hdus[0].data_offset, header.done().size());
  }
}

TEST_F(FileTest, SaysThatAFileIsEmpty) { EXPECT_CODE(walk_hdus(open("")), ErrorCode::kEmpty); }

TEST_F(FileTest, SaysThatAFileIsNoFits) {
  const auto walk = walk_hdus(open("hello, world\n"));
  EXPECT_CODE(walk, ErrorCode::kNotFits);
  EXPECT_EQ(walk.error().path, path_);
  EXPECT_EQ(walk.error().hdu, 0);
  EXPECT_CODE(walk_hdus(open(std::string(10000, '\0'))), ErrorCode::kNotFits);
}

TEST_F(FileTest, SaysThatAHeaderHasNoEnd) {
  const std::string header = primary_header(8, {5}).records();
  for (const std::string& text :
       {header, blocks_of(header), header.substr(0, 50), header + std::string(100000, ' ')}) {
    const auto walk = walk_hdus(open(text));
    EXPECT_CODE(walk, ErrorCode::kNoEnd);
    EXPECT_EQ(walk.error().offset, 0);
  }
}

TEST_F(FileTest, KeepsTheHdusBeforeADamagedOne) {
  const std::string good = three_hdus();
  const auto damage = [&](const std::string& more) {
    const auto walk = walk_hdus(open(good + more));
    EXPECT_TRUE(walk);
    EXPECT_EQ(walk->hdus.size(), 3u);
    EXPECT_EQ(walk->damage->hdu, 3);
    EXPECT_EQ(walk->damage->offset, static_cast<int64_t>(good.size()));
    EXPECT_EQ(walk->damage->path, path_);
    return walk->damage->code;
  };
  EXPECT_EQ(damage(std::string(2880, '\0') + "x"), ErrorCode::kNotFits);
  EXPECT_EQ(damage("junk after the last HDU"), ErrorCode::kNotFits);
  EXPECT_EQ(damage(primary_header(8, {}).done()), ErrorCode::kNotFits);
  EXPECT_EQ(damage(extension_header("IMAGE", 8, {5}).records()), ErrorCode::kNoEnd);
  EXPECT_EQ(damage(extension_header("IMAGE", 9, {5}).done()), ErrorCode::kBadHeader);
}

TEST_F(FileTest, CallsPaddingAfterTheLastHduNoDamage) {
  for (const std::string& more :
       {std::string(2880, '\0'), std::string(10, ' '), std::string(1, '\0'),
        std::string(100, ' ') + std::string(3000000, '\0')}) {
    const auto walk = walk_hdus(open(three_hdus() + more));
    ASSERT_OK(walk);
    EXPECT_EQ(walk->hdus.size(), 3u);
    EXPECT_FALSE(walk->damage);
  }
}

TEST_F(FileTest, WalksOnFromAnyHdu) {
  const File file = open(three_hdus());
  const auto rest = walk_hdus(file, UINT64_MAX, {5760, 1});
  ASSERT_OK(rest);
  ASSERT_EQ(rest->hdus.size(), 2u);
  EXPECT_EQ(rest->hdus[0].index, 1u);
  EXPECT_EQ(rest->hdus[1].end(), file.size());
  EXPECT_EQ(walk_hdus(file, 1, {5760, 1})->hdus.size(), 1u);
  EXPECT_TRUE(walk_hdus(file, UINT64_MAX, {file.size(), 3})->hdus.empty());
}

TEST_F(FileTest, ReachesTheHduAfterADefectiveOne) {
  const File file = open(primary_header(16, {10}).key("BSCALE", "'one'").done() +
                         blocks_of(std::string(20, 'a')) + extension_header("IMAGE", 8, {}).done());
  const auto walk = walk_hdus(file);
  ASSERT_OK(walk);
  ASSERT_EQ(walk->hdus.size(), 2u);
  EXPECT_TRUE(walk->hdus[0].defect);
  EXPECT_FALSE(walk->damage);
}

TEST_F(FileTest, AcceptsALastBlockWithoutPadding) {
  const std::string header = primary_header(8, {5}).done();
  const auto data = walk_hdus(open(header + "12345"));
  ASSERT_OK(data);
  EXPECT_FALSE(data->damage);
  EXPECT_EQ(data->hdus[0].data_length, 5u);

  const std::string bare = primary_header(8, {}).records() + card_of("END");
  const File file = open(bare);
  const auto walk = walk_hdus(file);
  ASSERT_OK(walk);
  EXPECT_EQ(walk->hdus[0].header_length, 2880u);
  EXPECT_EQ(*read_header(file, walk->hdus[0]), bare);
}

TEST_F(FileTest, WalksOverDataThatAreNotThere) {
  const auto walk = walk_hdus(open(primary_header(8, {1000000}).done()));
  ASSERT_OK(walk);
  EXPECT_EQ(walk->hdus.size(), 1u);
  EXPECT_FALSE(walk->damage);
}

TEST_F(FileTest, SurvivesAFileThatShrinks) {
  const File file = open(three_hdus());
  std::filesystem::resize_file(path_, 6000);
  const auto walk = walk_hdus(file);
  EXPECT_CODE(walk, ErrorCode::kTruncated);
  test::Bytes to(7);
  EXPECT_CODE(file.read(8640, to), ErrorCode::kTruncated);
  EXPECT_CODE(read_header(file, test::scan_one(extension_header("IMAGE", 8, {7}).done(), 1, 5760)),
              ErrorCode::kTruncated);
}

TEST_F(FileTest, KeepsReadingTheFileItOpenedWhenAnotherTakesItsName) {
  const File file = open("first");
  write_text(dir_.file("b"), "second");
  std::filesystem::rename(dir_.file("b"), path_);
  test::Bytes to(5);
  ASSERT_OK(file.read(0, to));
  EXPECT_EQ(test::as_text(to), "first");
}

}  // namespace
}  // namespace fitstream
