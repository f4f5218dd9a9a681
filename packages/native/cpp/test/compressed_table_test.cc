// Compressed tables put together by the text of FITS Standard 4.0, section 10.3: what CFITSIO does
// not write.
#include "compressed_table.h"

#include <cstdlib>
#include <numeric>

#include "table_in_file.h"

// Exported by the library, declared in none of its public headers: gzip.
extern "C" int compress2mem_from_mem(char* from, size_t length, char** to, size_t* room,
                                     void* (*reallocate)(void*, size_t), size_t* written,
                                     int* status);

namespace fitstream {
namespace {

using test::append;
using test::Bytes;
using test::HeaderBuilder;
using test::put_be;
using test::TableInFile;

Bytes gzip(Bytes content) {
  size_t room = content.size() + 100, written = 0;
  char* to = static_cast<char*>(std::malloc(room));
  int status = 0;
  compress2mem_from_mem(reinterpret_cast<char*>(content.data()), content.size(), &to, &room,
                        std::realloc, &written, &status);
  EXPECT_EQ(status, 0);
  const auto* bytes = reinterpret_cast<const std::byte*>(to);
  Bytes out(bytes, bytes + written);
  std::free(to);
  return out;
}

// A compressed table of one column in one tile, put together by hand.
struct OneColumn {
  std::string form;
  std::string codec;
  uint64_t row_length = 0;
  uint64_t rows = 0;
  Bytes stream;
  Bytes heap = {};  // that the stream refers to, before the stream itself
  std::string stored_form = "1QB";

  TableInFile pack() const {
    HeaderBuilder header =
        test::extension_header("BINTABLE", 8, {stored_form == "1PB" ? 8 : 16, rows ? 1 : 0},
                               static_cast<int64_t>(heap.size() + stream.size()));
    header.key("TFIELDS", 1).key("TFORM1", "'" + stored_form + "'").key("ZTABLE", "T");
    header.key("ZNAXIS1", static_cast<int64_t>(row_length));
    header.key("ZNAXIS2", static_cast<int64_t>(rows)).key("ZPCOUNT", 0);
    header.key("ZTILELEN", static_cast<int64_t>(rows)).key("ZFORM1", "'" + form + "'");
    if (!codec.empty()) header.key("ZCTYP1", "'" + codec + "'");
    Bytes file = test::as_bytes(test::primary_header(8, {}).done() + header.done());
    if (rows > 0 && stored_form == "1PB") {
      put_be(file, static_cast<uint32_t>(stream.size()));
      put_be(file, static_cast<uint32_t>(heap.size()));
    } else if (rows > 0) {
      put_be(file, static_cast<uint64_t>(stream.size()));
      put_be(file, static_cast<uint64_t>(heap.size()));
    }
    append(file, heap);
    append(file, stream);
    return TableInFile(std::move(file));
  }
};

TEST(CompressedTable, MayHaveColumnsThatAreNotCompressed) {
  const std::vector<int32_t> numbers = {1, -2, 3};
  const OneColumn column{"J", "NOCOMPRESS", 4, 3, test::big_endian(numbers)};
  const auto read = column.pack().read_all();
  ASSERT_OK(read);
  EXPECT_EQ(test::values_of<int32_t>((*read)[0].values), numbers);
  OneColumn longer = column;
  longer.stream.push_back(std::byte{0});
  EXPECT_CODE(longer.pack().read_all(), ErrorCode::kCorrupt);
}

TEST(CompressedTable, TakesColumnsWithoutZctypAsGzip2) {
  Bytes sorted;
  for (const int byte : {0, 1, 2, 3, 4, 5}) sorted.push_back(static_cast<std::byte>(byte));
  const auto read = OneColumn{"I", "", 2, 3, gzip(sorted)}.pack().read_all();
  ASSERT_OK(read);
  EXPECT_EQ(test::values_of<int16_t>((*read)[0].values), (std::vector<int16_t>{3, 0x104, 0x205}));
}

TEST(CompressedTable, MayHaveShortDescriptors) {
  OneColumn column{"B", "GZIP_1", 1, 2, gzip({std::byte{7}, std::byte{9}})};
  column.stored_form = "1PB";
  const auto read = column.pack().read_all();
  ASSERT_OK(read);
  EXPECT_EQ(test::values_of<uint8_t>((*read)[0].values), (std::vector<uint8_t>{7, 9}));
}

TEST(CompressedTable, GivesAnyRowsIntoMemoryOfTheCallers) {
  const std::vector<int32_t> numbers = {10, 11, 12, 13, 14};
  const TableInFile file = OneColumn{"J", "NOCOMPRESS", 4, 5, test::big_endian(numbers)}.pack();
  const auto table = compressed_table_of(file.hdu, file.cards);
  ASSERT_OK(table);
  Bytes memory(16);
  TableRequest request;
  request.columns = {0};
  request.rows.list = {4, 2, 2, 3};
  request.max_bytes = 1 << 20;
  request.into = {MutableByteSpan(memory)};
  request.threads = 2;
  const auto read = read_columns(*table, TableMemory(file.data()), request);
  ASSERT_OK(read);
  EXPECT_EQ((*read)[0].values.data(), memory.data());
  EXPECT_EQ(test::values_of<int32_t>(memory), (std::vector<int32_t>{14, 12, 12, 13}));
  request.rows.list = {5};
  EXPECT_CODE(read_columns(*table, TableMemory(file.data()), request), ErrorCode::kOutOfBounds);
}

TEST(CompressedTable, GivesStringsAsBytes) {
  const Bytes text = test::as_bytes("ab cd efx   ");
  TableInFile file = OneColumn{"6A2", "NOCOMPRESS", 6, 2, text}.pack();
  auto table = compressed_table_of(file.hdu, file.cards);
  ASSERT_OK(table);
  table->layout = as_bytes(std::move(table->layout));
  const auto read = read_columns(*table, TableMemory(file.data()), {0}, {0, 2}, 1 << 20,
                                 simd::detected_level(), nullptr);
  ASSERT_OK(read);
  EXPECT_EQ((*read)[0].values, text);
}

TEST(CompressedTable, CallsStreamsOfAnotherLengthCorrupt) {
  for (const size_t n : {5, 7})
    EXPECT_CODE((OneColumn{"I", "GZIP_2", 2, 3, gzip(Bytes(n))}.pack().read_all()),
                ErrorCode::kCorrupt);
}

TEST(CompressedTable, MayHaveNoRows) {
  for (const char* form : {"J", "1PJ"}) {
    const auto read = OneColumn{form, "GZIP_1", 8, 0, {}}.pack().read_all();
    ASSERT_OK(read);
    EXPECT_EQ((*read)[0].elements, 0u);
  }
}

TEST(CompressedTable, HasNothingInCellsOfNoWidth) {
  for (const char* form : {"0J", "0PJ", "0A"}) {
    const auto read = OneColumn{form, "", 0, 5, {}, {}, "0A"}.pack().read_all();
    ASSERT_OK(read);
    EXPECT_TRUE((*read)[0].values.empty()) << form;
  }
}

// Two rows of a PX column: 11 bits that are stored as they are, and 400 bits that are compressed.
struct BitCells {
  Bytes first = {std::byte{0xa5}, std::byte{0x60}};
  Bytes second = Bytes(50, std::byte{0x80});
  Bytes packed = gzip(second);
  Bytes plain, streams;

  BitCells() {
    for (const uint32_t number : {11u, 0u, 400u, 2u}) put_be(plain, number);
    const auto length = static_cast<uint64_t>(packed.size());
    for (const uint64_t number : {uint64_t{2}, uint64_t{0}, length, uint64_t{2}})
      put_be(streams, number);
  }
  TableInFile pack() const {
    Bytes descriptors = plain;
    append(descriptors, streams);
    Bytes heap = first;
    append(heap, packed);
    return OneColumn{"1PX", "GZIP_1", 8, 2, gzip(descriptors), heap}.pack();
  }
};

TEST(CompressedTable, HasVariableLengthBits) {
  const auto read = BitCells().pack().read_all();
  ASSERT_OK(read);
  EXPECT_EQ((*read)[0].offsets, (std::vector<int32_t>{0, 11, 411}));
  const auto bits = test::values_of<uint8_t>((*read)[0].values);
  EXPECT_EQ(std::accumulate(bits.begin(), bits.begin() + 11, 0), 6);
  EXPECT_EQ(std::accumulate(bits.begin() + 11, bits.end(), 0), 50);
}

TEST(CompressedTable, CallsDescriptorsOfCellsThatLeaveTheHeapCorrupt) {
  for (const uint64_t wrong : {uint64_t{1} << 20, UINT64_MAX, uint64_t{INT64_MAX}}) {
    for (const size_t at : {0, 8, 16, 24}) {
      BitCells cells;
      const uint64_t stored = swap_bytes(wrong);
      std::memcpy(cells.streams.data() + at, &stored, sizeof stored);
      EXPECT_CODE(cells.pack().read_all(), ErrorCode::kCorrupt);
    }
  }
}

TEST(CompressedTable, IsLimitedWhereManyCellsShareAStream) {
  const Bytes zeros = gzip(Bytes(1000000));
  Bytes descriptors, streams;
  for (int row = 0; row < 2000; ++row) {
    put_be(descriptors, uint32_t{1000000});
    put_be(descriptors, uint32_t{0});
    put_be(streams, static_cast<uint64_t>(zeros.size()));
    put_be(streams, uint64_t{0});
  }
  append(descriptors, streams);
  const TableInFile table = OneColumn{"1PB", "GZIP_1", 8, 2000, gzip(descriptors), zeros}.pack();
  EXPECT_CODE(table.read({0}, {0, 2000}), ErrorCode::kLimit);
  const auto few = table.read({0}, {1990, 3});
  ASSERT_OK(few);
  EXPECT_EQ((*few)[0].elements, 3000000u);
}

TEST(CompressedTable, IsNoPlainTable) {
  test::Random random(1);
  const TableInFile plain = test::make_table({"J"}, 3, random);
  EXPECT_CODE(compressed_table_of(plain.hdu, plain.cards), ErrorCode::kBadArgument);
}

}  // namespace
}  // namespace fitstream
