// Files that are cut off after they were looked at, while they are mapped: typed errors, no signal,
// and no zeros for pixels.
#include "sigbus_guard.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <functional>
#include <thread>

#include "batch.h"
#include "packed_image.h"
#include "support.h"
#include "table_in_file.h"

namespace fitstream {
namespace {

using test::Bytes;
using test::TableInFile;

constexpr uint64_t kRows = 1500;
constexpr uint64_t kColumns = 1000;

class SigbusGuardTest : public testing::Test {
 protected:
  // A file with an image of 3 MB, which has no pixel of 0.
  void write_image(const std::string& path) {
    Bytes file = test::as_bytes(test::primary_header(16, {kColumns, kRows}).done());
    for (uint64_t i = 0; i < kRows * kColumns; ++i)
      test::put_be(file, static_cast<int16_t>(i % 30000 + 1));
    file.resize((file.size() + kBlock - 1) / kBlock * kBlock);
    test::write_bytes(path, file);
  }
  static int16_t pixel_at(uint64_t row, uint64_t column) {
    return static_cast<int16_t>((row * kColumns + column) % 30000 + 1);
  }

  // kFileChanged, or every pixel right.
  static void expect_pixels_or_change(const Result<uint64_t>& read, const Window& window,
                                      const Bytes& pixels) {
    if (!read) {
      EXPECT_CODE(read, ErrorCode::kFileChanged);
      return;
    }
    const auto values = test::values_of<int16_t>(pixels);
    for (uint64_t i = 0; i < values.size(); ++i)
      ASSERT_EQ(values[i], pixel_at(window.origin[0] + i / window.shape[1],
                                    window.origin[1] + i % window.shape[1]));
  }

  void cut(uint64_t size) { std::filesystem::resize_file(path_, size); }
  void cut_in_half() { cut(std::filesystem::file_size(path_) / 2 + 1234); }

  test::TempDir dir_;
  test::Random random_{71};
  std::string path_ = dir_.file("a.fits");
};

TEST_F(SigbusGuardTest, Case71GivesNoPixelsOfAnImageThatIsCutAfterItWasOpened) {
  write_image(path_);
  const uint64_t size = std::filesystem::file_size(path_);
  const Hdu hdu = test::hdu_of(path_);
  const ImageLayout layout = *layout_of(hdu);
  const uint64_t page = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  // Behind the cut; before and behind it; before it; in the page of the cut, which the kernel fills
  // up with zeros and no signal.
  const uint64_t cut_at = size / 2 / page * page + 100;
  const uint64_t pixel = (cut_at - hdu.data_offset) / 2 + 50;
  for (const Window& window :
       {Window{{1400, 0}, {50, 1000}, {1, 1}}, Window{{0, 0}, {1500, 1000}, {1, 1}},
        Window{{0, 0}, {20, 30}, {1, 1}},
        Window{{pixel / kColumns, pixel % kColumns}, {1, 1}, {1, 1}}}) {
    write_image(path_);
    const File file = std::move(*File::open_immutable(path_));
    ASSERT_TRUE(file.view(0, 1));
    cut(cut_at);
    Bytes pixels(window.shape[0] * window.shape[1] * 2);
    Scratch scratch;
    const auto plan = plan_image(layout, window, Dtype::kInt16);
    ASSERT_OK(plan);
    for (int round = 0; round < 2; ++round)
      EXPECT_CODE(read_image(file, *plan, {pixels, {}}, scratch, simd::detected_level(), nullptr),
                  ErrorCode::kFileChanged);
    Bytes header(kBlock);
    EXPECT_CODE(file.read(0, header), ErrorCode::kFileChanged);
  }
}

TEST_F(SigbusGuardTest, Case71ReadsTheFileAnewOnceItIsWhole) {
  write_image(path_);
  const auto time = std::filesystem::last_write_time(path_);
  const uint64_t size = std::filesystem::file_size(path_);
  Bytes first(kBlock), found(kBlock);
  {
    const File file = std::move(*File::open_immutable(path_));
    ASSERT_OK(file.read(0, first));
    cut_in_half();
    EXPECT_CODE(file.read(size - kBlock, found), ErrorCode::kFileChanged);
  }
  // The same to all appearances: size, time and inode.
  cut(size);
  std::filesystem::last_write_time(path_, time);
  const File again = std::move(*File::open_immutable(path_));
  ASSERT_OK(again.read(0, found));
  EXPECT_EQ(found, first);
}

TEST_F(SigbusGuardTest, Case71GivesNoRowsOfATableThatIsCut) {
  for (const auto& forms : std::vector<std::vector<std::string>>{{"1J", "3E"}, {"8A"}, {"1PJ"}}) {
    const TableInFile table = test::make_table(forms, 40000, random_);
    for (const bool is_listed : {false, true}) {
      test::write_bytes(path_, table.file);
      const File file = std::move(*File::open_immutable(path_));
      cut_in_half();
      TableRequest request;
      request.columns = table.all_columns();
      request.rows.range = {0, 40000};
      if (is_listed) request.rows.list = {39999, 20000, 1};
      request.max_bytes = uint64_t{1} << 30;
      request.level = simd::detected_level();
      request.threads = 2;
      const auto layout = layout_of_table(table.hdu, table.cards);
      ASSERT_OK(layout);
      EXPECT_CODE(read_columns(*layout, TableFile(file, table.hdu.data_offset), request),
                  ErrorCode::kFileChanged);
    }
  }
}

TEST_F(SigbusGuardTest, Case71KeepsNoTilesOfAnImageThatIsCut) {
  const test::Packed packed{"rice", SHORT_IMG, Dtype::kInt16, {1000, 900}, RICE_1, {50, 50}};
  test::write_packed(path_, packed, test::make_pixels(packed, random_));
  const Hdu hdu = test::hdu_of(path_, 1);
  auto reader = CompressedImageReader::open(std::move(*File::open_immutable(path_)), hdu);
  ASSERT_OK(reader);
  const auto read = [&](const Window& window) {
    Bytes pixels(window.shape[0] * window.shape[1] * 2);
    return reader->read(window, Dtype::kInt16, {pixels, {}}, nullptr, 2);
  };
  const Window first{{10, 10}, {10, 10}, {1, 1}};
  ASSERT_OK(read(first));
  const uint64_t kept = TileCache::shared().bytes();
  cut_in_half();
  for (int round = 0; round < 2; ++round) {
    EXPECT_CODE(read({{10, 10}, {900, 850}, {1, 1}}), ErrorCode::kFileChanged);
    EXPECT_CODE(read({{10, 60}, {10, 10}, {1, 1}}), ErrorCode::kFileChanged);
    EXPECT_EQ(TileCache::shared().bytes(), kept);
    EXPECT_FALSE(reader->check_views());
  }
  // It was whole when this tile was decoded.
  ASSERT_OK(read(first));
}

// A thread cuts the file that others read; a new one takes its name, and so on.
TEST_F(SigbusGuardTest, Case71ReadsRightOrFailsWhileTheFileIsCutAgainAndAgain) {
  write_image(path_);
  write_image(dir_.file("whole"));
  const ImageLayout layout = *layout_of(test::hdu_of(path_));
  std::atomic<bool> is_over = false;
  std::atomic<int> failed = 0;
  std::thread cutter([&] {
    for (uint64_t size = 3000000; !is_over; size = size * 7 % 3000000) {
      std::filesystem::copy_file(dir_.file("whole"), dir_.file("new"));
      std::filesystem::rename(dir_.file("new"), path_);
      std::this_thread::sleep_for(std::chrono::microseconds(size % 2000));
      cut(size);
    }
  });
  const auto read_often = [&](uint64_t seed) {
    test::Random random(seed);
    Scratch scratch;
    for (int i = 0; i < 1000; ++i) {
      Window window{{random.between(0, 1300), random.between(0, 900)}, {200, 100}, {1, 1}};
      if (random.chance(0.2)) window = whole_window(layout.shape);
      Bytes pixels(window.shape[0] * window.shape[1] * 2);
      const auto file = File::open_immutable(path_);
      ASSERT_OK(file);
      const auto plan = plan_image(layout, window, Dtype::kInt16);
      const auto read =
          read_image(*file, *plan, {pixels, {}}, scratch, simd::detected_level(), nullptr);
      failed += !read;
      if (test::code_of(read) == ErrorCode::kTruncated) continue;  // was cut before it was opened
      expect_pixels_or_change(read, window, pixels);
    }
  };
  std::thread reader([&] { read_often(1); });
  read_often(2);
  reader.join();
  is_over = true;
  cutter.join();
  EXPECT_GT(failed, 0);
}

TEST_F(SigbusGuardTest, HasRoomForAsManyMappingsAsAProcess) {
  Bytes memory(1);
  for (int round = 0; round < 2; ++round) {
    std::vector<SigbusGuard> guards;
    for (int i = 0; i < 60000; ++i) {
      guards.push_back(guard_pages(memory));
      ASSERT_TRUE(guards.back());
      ASSERT_FALSE(is_damaged(*guards.back()));
    }
  }
}

using SigbusGuardDeathTest = SigbusGuardTest;

// A page of a mapping that nobody guards, and that has no file under it.
const volatile char* page_without_file(const std::string& path) {
  test::write_text(path, "");
  const int fd = ::open(path.c_str(), O_RDONLY);
  return static_cast<const volatile char*>(::mmap(nullptr, 1, PROT_READ, MAP_SHARED, fd, 0));
}

TEST_F(SigbusGuardDeathTest, LeavesOtherSignalsToWhoHandledThemBefore) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  const Bytes memory(1);
  const auto after = [&](void (*handler)(int), const std::function<void()>& raise) {
    std::signal(SIGBUS, handler);
    const SigbusGuard guard = guard_pages(memory);
    raise();
    ::_exit(7);
  };
  const auto touch = [&] { static_cast<void>(*page_without_file(path_)); };
  const auto send = [] { ::raise(SIGBUS); };
  const auto leave = [](int) { ::_exit(42); };
  EXPECT_EXIT(after(leave, touch), testing::ExitedWithCode(42), "");
  EXPECT_EXIT(after(leave, send), testing::ExitedWithCode(42), "");
  EXPECT_EXIT(after(SIG_DFL, touch), testing::KilledBySignal(SIGBUS), "");
  EXPECT_EXIT(after(SIG_DFL, send), testing::KilledBySignal(SIGBUS), "");
  EXPECT_EXIT(after(SIG_IGN, touch), testing::KilledBySignal(SIGBUS), "");
  EXPECT_EXIT(after(SIG_IGN, send), testing::ExitedWithCode(7), "");
}

}  // namespace
}  // namespace fitstream
