// Files that are declared immutable: read from their mapping as by pread, and caught when they are
// changed all the same.
#include "mapped_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "support.h"

namespace fitstream {
namespace {

using test::Bytes;

class MappedFileTest : public testing::Test {
 protected:
  Bytes write(size_t length) {
    Bytes content = random_.bytes(length);
    test::write_bytes(path_, content);
    return content;
  }

  test::TempDir dir_;
  test::Random random_{31};
  std::string path_ = dir_.file("a.fits");
};

TEST_F(MappedFileTest, ReadsWhatPreadReads) {
  const Bytes content = write(10000);
  const File plain = std::move(*File::open(path_));
  const auto mapped = File::open_immutable(path_);
  ASSERT_OK(mapped);
  EXPECT_EQ(mapped->stamp(), plain.stamp());
  EXPECT_FALSE(plain.view(0, 1));
  for (int i = 0; i < 100; ++i) {
    const uint64_t offset = random_.between(0, 10010);
    Bytes expected(random_.between(0, 300)), found(expected.size());
    const Status by_pread = plain.read(offset, expected);
    const Status by_mapping = mapped->read(offset, found);
    ASSERT_EQ(test::code_of(by_pread), test::code_of(by_mapping)) << offset;
    ASSERT_EQ(mapped->view(offset, expected.size()).has_value(), static_cast<bool>(by_mapping));
    if (by_pread) {
      ASSERT_EQ(expected, found);
    } else {
      ASSERT_EQ(by_pread.error().found, by_mapping.error().found);
    }
  }
  EXPECT_FALSE(mapped->view(UINT64_MAX, 2));
  EXPECT_FALSE(mapped->view(2, UINT64_MAX));
}

TEST_F(MappedFileTest, KeepsOneMappingOfAFileWhateverItsName) {
  write(5000);
  const File first = std::move(*File::open_immutable(path_));
  std::filesystem::create_hard_link(path_, dir_.file("b.fits"));
  const File second = std::move(*File::open_immutable(dir_.file("b.fits")));
  EXPECT_EQ(first.view(0, 1)->data(), second.view(0, 1)->data());
}

TEST_F(MappedFileTest, LeavesEmptyFilesToPread) {
  write(0);
  const auto file = File::open_immutable(path_);
  ASSERT_OK(file);
  EXPECT_FALSE(file->view(0, 0));
  Bytes to(1);
  EXPECT_CODE(file->read(0, to), ErrorCode::kTruncated);
}

TEST_F(MappedFileTest, SaysThatAFileIsNotThere) {
  EXPECT_CODE(File::open_immutable(path_), ErrorCode::kNotFound);
  EXPECT_CODE(File::open_immutable(dir_.file("")), ErrorCode::kIo);
  EXPECT_CODE(File::open_immutable(std::string("a\0b", 3)), ErrorCode::kBadArgument);
}

TEST_F(MappedFileTest, Case71MapsAFileAnewThatShrankOrGrew) {
  write(500000);
  for (const uint64_t size : {500000, 1000, 70000}) {
    std::filesystem::resize_file(path_, size);
    const auto file = File::open_immutable(path_);
    ASSERT_OK(file);
    EXPECT_EQ(file->size(), size);
    EXPECT_TRUE(file->view(0, size));
    EXPECT_FALSE(file->view(0, size + 1));
  }
}

TEST_F(MappedFileTest, Case71GivesAFileThatWasRewrittenItsNewStamp) {
  write(5000);
  const FileStamp stamp = File::open_immutable(path_)->stamp();
  const timespec later[2] = {{1700000000, 0}, {1700000000, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, path_.c_str(), later, 0), 0);
  const auto again = File::open_immutable(path_);
  ASSERT_OK(again);
  EXPECT_CODE(check_unchanged(*again, stamp), ErrorCode::kFileChanged);
}

TEST_F(MappedFileTest, Case71ReadsTheNewFileWhereAnotherTookItsName) {
  const Bytes old_content = write(5000);
  const File first = std::move(*File::open_immutable(path_));
  const Bytes content = random_.bytes(6000);
  test::write_bytes(dir_.file("new"), content);
  std::filesystem::rename(dir_.file("new"), path_);
  const auto second = File::open_immutable(path_);
  ASSERT_OK(second);
  Bytes found(6000);
  ASSERT_OK(second->read(0, found));
  EXPECT_EQ(found, content);
  // Who has the old one open goes on reading it.
  found.resize(5000);
  ASSERT_OK(first.read(0, found));
  EXPECT_EQ(found, old_content);
}

TEST_F(MappedFileTest, Case72ServesManyThreadsAndMoreFilesThanItKeeps) {
  constexpr int kFiles = 1100;
  for (int i = 0; i < kFiles; ++i)
    test::write_text(dir_.file(std::to_string(i)), std::to_string(i));
  const auto read_all = [&](uint64_t seed) {
    test::Random random(seed);
    for (int i = 0; i < 2 * kFiles; ++i) {
      const std::string name = std::to_string(random.between(0, kFiles - 1));
      const auto file = File::open_immutable(dir_.file(name));
      Bytes to(name.size());
      if (!file || !file->read(0, to) || test::as_text(to) != name) return false;
    }
    return true;
  };
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (uint64_t seed = 0; seed < 4; ++seed)
    threads.emplace_back([&, seed] { good += read_all(seed); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 4);
}

}  // namespace
}  // namespace fitstream
