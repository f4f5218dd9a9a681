// Files that are changed, and left as they were when that fails.
#include "cfitsio/update.h"

#include <sys/resource.h>

#include <csignal>
#include <filesystem>

#include "header.h"
#include "support.h"
#include "table/read.h"

namespace fitstream::cfitsio {
namespace {

using test::Bytes;

class UpdateTest : public testing::Test {
 protected:
  // An image, and a table of two columns: numbers, and cells of variable length.
  void SetUp() override {
    pixels_ = random_.bytes(6000);
    HduToWrite image{ImageToWrite{Dtype::kInt16, {3000}, pixels_, {}}, {}};
    TableToWrite table;
    table.columns = {column(), ragged()};
    ASSERT_OK(write_file(path_, {image, {table, {}}, image}, {.checksum = true}, {}));
  }
  ColumnToWrite column() {
    ColumnToWrite out;
    out.cells = cells("X", Dtype::kInt32, numbers_);
    return out;
  }
  ColumnToWrite ragged() {
    ColumnToWrite out;
    out.cells = cells("V", Dtype::kFloat64, reals_);
    out.cells.offsets = offsets_;
    out.is_variable = true;
    return out;
  }
  template <typename T>
  static ColumnCells cells(const char* name, Dtype dtype, const std::vector<T>& values) {
    ColumnCells out;
    out.name = name;
    out.dtype = dtype;
    out.values = test::bytes_of(values);
    return out;
  }
  std::vector<ColumnData> read_table(size_t index = 1) {
    const Hdu hdu = test::hdu_of(path_, index);
    const File file = std::move(*File::open(path_));
    const TableLayout layout = *layout_of_table(hdu, parse_cards(*read_header(file, hdu)));
    auto read = read_columns(layout, TableFile(file, hdu.data_offset), {0, 1}, {0, hdu.table->rows},
                             uint64_t{1} << 30, simd::detected_level(), nullptr);
    EXPECT_TRUE(read) << test::describe(read.error());
    return read ? std::move(*read) : std::vector<ColumnData>(2);
  }
  // CFITSIO's opinion of the checksums in all HDUs that have them.
  void expect_checksums() {
    const size_t count = walk_hdus(*File::open(path_))->hdus.size();
    for (size_t i = 0; i < count; ++i) {
      int data = 0, hdu = 0, status = 0;
      fits_verify_chksum(test::Cfitsio::open(path_, static_cast<int>(i)), &data, &hdu, &status);
      EXPECT_EQ(status, 0);
      EXPECT_GE(data, 0) << i;
      EXPECT_GE(hdu, 0) << i;
    }
  }

  test::TempDir dir_;
  test::Random random_{77};
  std::string path_ = dir_.file("a.fits");
  Bytes pixels_;
  std::vector<int32_t> numbers_ = {1, 2, 3};
  std::vector<double> reals_ = {0.5, 1.5, 2.5, 3.5};
  std::vector<double> offsets_ = {0, 3, 3, 4};
};

TEST_F(UpdateTest, AppendsRowsInTheMiddleOfAFile) {
  for (uint64_t n = 1; n < 5; ++n) {
    const auto first =
        append_rows(path_, HduSelector(uint64_t{1}), {column().cells, ragged().cells}, {}, {});
    ASSERT_OK(first);
    EXPECT_EQ(*first, 3 * n);
  }
  const auto read = read_table();
  EXPECT_EQ(test::values_of<int32_t>(read[0].values),
            (std::vector<int32_t>{1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3}));
  EXPECT_EQ(read[1].elements, 20u);
  EXPECT_EQ(read[1].offsets.back(), 20.0);
  const ImageLayout after = *layout_of(test::hdu_of(path_, 2));
  EXPECT_EQ(test::read_window(path_, after, whole_window(after.shape), Dtype::kInt16)->bytes,
            pixels_);
  expect_checksums();
}

TEST_F(UpdateTest, MovesAHeapThatTheapPlaces) {
  // A gap before the heap, and rows of another length than the heap's offset.
  const std::string gapped = dir_.file("gap.fits");
  test::HeaderBuilder header = test::extension_header("BINTABLE", 8, {8, 2}, 40);
  header.key("TFIELDS", 1).key("TFORM1", "'1PJ(2)  '").key("TTYPE1", "'V       '").key("THEAP", 32);
  Bytes file;
  const std::string primary = test::primary_header(8, {}).done();
  test::append(file, std::as_bytes(std::span(primary)));
  const std::string extension = header.done();
  test::append(file, std::as_bytes(std::span(extension)));
  for (const int32_t word : {1, 0, 2, 4, 0, 0, 0, 0, 7, 8, 9, 0, 0, 0}) test::put_be(file, word);
  file.resize(2 * 2880 + 2880);
  test::write_text(gapped, test::as_text(file));
  path_ = gapped;

  const std::vector<int32_t> values = {21, 22};
  const std::vector<double> offsets = {0, 2};
  ColumnCells added = cells("V", Dtype::kInt32, values);
  added.offsets = offsets;
  ASSERT_OK(append_rows(path_, HduSelector(uint64_t{1}), {added}, {}, {}));
  const Hdu hdu = test::hdu_of(path_, 1);
  EXPECT_EQ(hdu.table->rows, 3u);
  EXPECT_EQ(hdu.table->heap_offset, 40u);
  const File opened = std::move(*File::open(path_));
  const TableLayout layout = *layout_of_table(hdu, parse_cards(*read_header(opened, hdu)));
  const auto read = read_columns(layout, TableFile(opened, hdu.data_offset), {0}, {0, 3},
                                 uint64_t{1} << 30, simd::detected_level(), nullptr);
  ASSERT_OK(read);
  EXPECT_EQ(test::values_of<int32_t>((*read)[0].values), (std::vector<int32_t>{7, 8, 9, 21, 22}));
}

TEST_F(UpdateTest, FindsHdusByName) {
  ASSERT_OK(update_keywords(path_, HduSelector(uint64_t{1}),
                            {{{"EXTNAME", std::string("Catalog"), ""}, false}}, {}, {}));
  EXPECT_TRUE(append_rows(path_, HduSelector(std::string("CATALOG")),
                          {column().cells, ragged().cells}, {}, {}));
  EXPECT_CODE(append_rows(path_, HduSelector(std::string("other")), {}, {}, {}),
              ErrorCode::kOutOfBounds);
  EXPECT_CODE(append_rows(path_, HduSelector(uint64_t{3}), {}, {}, {}), ErrorCode::kOutOfBounds);
  EXPECT_CODE(append_rows(path_, HduSelector(uint64_t{0}), {}, {}, {}), ErrorCode::kBadArgument);
  expect_checksums();
}

// Every write fails from some byte of the file on: at the start, in the middle, at the end.
TEST_F(UpdateTest, LeavesTheFileAsItWasWhenTheDiskIsFull) {
  const Bytes more = random_.bytes(500000);
  const HduToWrite hdu{ImageToWrite{Dtype::kUint8, {500000}, more, {}}, {}};
  const std::string before = test::read_text(path_);
  rlimit limits;
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &limits), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  for (const bool in_place : {false, true})
    for (const rlim_t most : {before.size() / 2, before.size() + 3000, before.size() + 400000}) {
      rlimit small = limits;
      small.rlim_cur = most;
      ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
      const Status done = append_hdu(path_, hdu, true, {.in_place = in_place}, {});
      ::setrlimit(RLIMIT_FSIZE, &limits);
      EXPECT_CODE(done, ErrorCode::kIo) << in_place << " " << most;
      EXPECT_EQ(test::read_text(path_), before) << in_place << " " << most;
      EXPECT_EQ(dir_.entries(), 1u);
    }
  std::signal(SIGXFSZ, handler);
  ASSERT_OK(append_hdu(path_, hdu, true, {.in_place = true}, {}));
  expect_checksums();
}

TEST_F(UpdateTest, EndsWhenItIsCancelled) {
  const std::string before = test::read_text(path_);
  const std::atomic<int32_t> cancel = 1;
  const Bytes more = random_.bytes(5000000);
  const HduToWrite hdu{ImageToWrite{Dtype::kUint8, {5000000}, more, {}}, {}};
  for (const bool in_place : {false, true}) {
    EXPECT_CODE(append_hdu(path_, hdu, false, {.in_place = in_place}, {.cancel = &cancel}),
                ErrorCode::kAborted);
    EXPECT_EQ(test::read_text(path_), before);
  }
  EXPECT_CODE(write_file(dir_.file("b.fits"), {hdu}, {}, {.cancel = &cancel}), ErrorCode::kAborted);
  EXPECT_EQ(dir_.entries(), 1u);
}

TEST_F(UpdateTest, DeletesStringsWithAllTheirCards) {
  const std::string text(500, 'x');
  ASSERT_OK(update_keywords(path_, HduSelector(uint64_t{0}),
                            {{{"LONG", text, "words"}, false}, {{"AFTER", true, ""}, false}}, {},
                            {}));
  ASSERT_OK(update_keywords(path_, HduSelector(uint64_t{0}), {{{"LONG", int64_t{7}, ""}, false}},
                            {}, {}));
  const auto cards = parse_cards(*read_header(*File::open(path_), test::hdu_of(path_, 0)));
  size_t found = 0;
  for (const Card& card : cards) {
    EXPECT_NE(card.keyword, "CONTINUE");
    if (card.keyword != "LONG") continue;
    ++found;
    EXPECT_EQ(card.text, "7");
  }
  EXPECT_EQ(found, 1u);
  expect_checksums();
}

}  // namespace
}  // namespace fitstream::cfitsio
