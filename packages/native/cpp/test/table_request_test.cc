// What may be asked of a table: rows one by one, threads, memory, strings as bytes.
#include <filesystem>
#include <fstream>
#include <numeric>

#include "table_support.h"

namespace fitstream {
namespace {

using test::Bytes;
using test::HeaderBuilder;
using test::make_table;
using test::put_be;
using test::strings_of;
using test::Table;
using test::values_of;

// Everything that a column became.
struct Contents {
  Bytes values;
  std::vector<int32_t> offsets;
  std::vector<uint8_t> validity;
  uint64_t elements = 0;
  uint64_t nulls = 0;
  bool operator==(const Contents&) const = default;
};
Contents contents_of(const ColumnData& data) {
  return {{data.values.begin(), data.values.end()},
          {data.offsets.begin(), data.offsets.end()},
          {data.validity.begin(), data.validity.end()},
          data.elements,
          data.nulls};
}
std::vector<Contents> contents_of(const Result<std::vector<ColumnData>>& columns) {
  std::vector<Contents> out;
  if (!columns) throw std::runtime_error(test::describe(columns.error()));
  for (const ColumnData& column : *columns) out.push_back(contents_of(column));
  return out;
}

// A row of every kind of column, with nulls, and cells of the heap in any order.
constexpr uint64_t kRows = 30000;  // four blocks
Table make_every_kind(test::Random& random) {
  const std::vector<std::string> forms = {"J", "J",  "3D", "11X", "5A",   "2L", "1PI", "C", "K",
                                          "K", "1B", "I",  "2I",  "12A4", "QX", "E",   "M", "4B"};
  const uint64_t row_length =
      4 + 4 + 24 + 2 + 5 + 2 + 8 + 8 + 8 + 8 + 1 + 2 + 4 + 12 + 16 + 4 + 16 + 4;
  HeaderBuilder more;
  more.key("TNULL2", 7).key("TNULL9", 1).key("TZERO9", "9223372036854775808");
  more.key("TSCAL13", "0.25").key("TNULL13", 3).key("TSCAL17", 2).key("TZERO17", 1);
  Bytes data;
  for (uint64_t r = 0; r < kRows; ++r) {
    test::append(data, random.bytes(4));
    put_be(data, static_cast<uint32_t>(random.between(0, 9)));
    test::append(data, random.bytes(24 + 2));
    test::append(data, test::as_bytes(std::string("ab  \0x ", 7).substr(random.between(0, 2), 5)));
    test::append(data, test::as_bytes(random.chance(0.1) ? std::string("\0F", 2) : "TF"));
    put_be(data, static_cast<uint32_t>(random.between(0, 3)));
    put_be(data, static_cast<uint32_t>(random.between(0, 994)));
    test::append(data, random.bytes(8));
    put_be(data, random.between(0, 3));
    test::append(data, random.bytes(8 + 1 + 2));
    put_be(data, static_cast<uint16_t>(random.between(0, 5)));
    put_be(data, static_cast<uint16_t>(random.between(0, 5)));
    test::append(data, test::as_bytes("a   bc  def "));
    put_be(data, random.between(0, 20));
    put_be(data, random.between(0, 900));
    test::append(data, random.bytes(4 + 16 + 4));
  }
  EXPECT_EQ(data.size(), kRows * row_length);
  test::append(data, random.bytes(1000));
  return make_table({"BINTABLE", row_length, kRows, forms, more, 1000}, data);
}
std::vector<size_t> all_of(const Table& table) {
  std::vector<size_t> out(table.layout.columns.size());
  std::iota(out.begin(), out.end(), size_t{0});
  return out;
}

// The table in a file and in memory: what is read and what is there take different ways.
class BothWays {
 public:
  explicit BothWays(const Table& table) : table_(table) {
    test::write_bytes(dir_.file("t"), table.data);
    file_.emplace(std::move(*File::open(dir_.file("t"))));
  }
  template <typename Use>
  void each(const Use& use) const {
    use(TableFile(*file_, 0));
    use(TableMemory(table_.data));
  }

 private:
  test::TempDir dir_;
  const Table& table_;
  std::optional<File> file_;
};

TEST(TableRequest, GivesTheSameForAnyNumberOfThreadsAndAtAnyLevel) {
  test::Random random(41);
  const Table table = make_every_kind(random);
  const auto expected = contents_of(
      read_columns(table.layout, TableMemory(table.data), table.request(all_of(table))));
  EXPECT_GT(expected[1].nulls, 0u);
  EXPECT_GT(expected[8].nulls, 0u);
  EXPECT_GT(expected[12].nulls, 0u);
  BothWays(table).each([&](const TableBytes& bytes) {
    for (const size_t threads : {1, 2, 5})
      for (const simd::Level level : test::levels()) {
        TableRequest request = table.request(all_of(table));
        request.threads = threads;
        request.level = level;
        EXPECT_EQ(contents_of(read_columns(table.layout, bytes, request)), expected) << threads;
      }
  });
}

// The rows of a list, one after the other, are the reference.
void expect_rows(const Table& table, const TableBytes& bytes, const std::vector<uint64_t>& rows) {
  TableRequest request = table.request(all_of(table));
  request.rows.list = rows;
  request.threads = 2;
  const auto found = read_columns(table.layout, bytes, request);
  ASSERT_OK(found);
  std::vector<Bytes> expected(found->size());
  std::vector<uint64_t> nulls(found->size());
  for (const uint64_t row : rows) {
    const auto one = table.read(request.columns, {row, 1});
    for (size_t c = 0; c < one->size(); ++c) {
      test::append(expected[c], (*one)[c].values);
      nulls[c] += (*one)[c].nulls;
    }
  }
  for (size_t c = 0; c < found->size(); ++c) {
    EXPECT_EQ((*found)[c].values, expected[c]) << c;
    EXPECT_EQ((*found)[c].nulls, nulls[c]) << c;
  }
}

TEST(TableRequest, GivesAnyRowsInTheOrderOfTheList) {
  test::Random random(42);
  const Table table = make_every_kind(random);
  BothWays(table).each([&](const TableBytes& bytes) {
    expect_rows(table, bytes, {});
    expect_rows(table, bytes, {kRows - 1, 0, 5, 5, 4, 6, 7, 20000, 5});
    std::vector<uint64_t> some;
    for (int i = 0; i < 1000; ++i) some.push_back(random.between(0, kRows - 1));
    expect_rows(table, bytes, some);
    std::sort(some.begin(), some.end());
    expect_rows(table, bytes, some);
  });
}

TEST(TableRequest, GivesMoreRowsThanTheTableHas) {
  const Table table = test::one_column("J", 4, test::big_endian<int32_t>({1, 2, 3}));
  TableRequest request = table.request({0});
  request.rows.list.emplace(100000, 2);
  const auto read = read_columns(table.layout, TableMemory(table.data), request);
  ASSERT_OK(read);
  EXPECT_EQ(values_of<int32_t>((*read)[0].values), std::vector<int32_t>(100000, 3));
  request.max_bytes = 100000;
  EXPECT_CODE(read_columns(table.layout, TableMemory(table.data), request), ErrorCode::kLimit);
}

TEST(TableRequest, RefusesRowsThatAreNotThere) {
  const Table table = test::one_column("J", 4, Bytes(40));
  for (const uint64_t row : {uint64_t{10}, UINT64_MAX}) {
    TableRequest request = table.request({0});
    request.rows.list = {1, row, 2};
    EXPECT_CODE(read_columns(table.layout, TableMemory(table.data), request),
                ErrorCode::kOutOfBounds);
  }
}

// Counts the bytes that are read.
class CountedBytes final : public TableBytes {
 public:
  explicit CountedBytes(const Bytes& data) : data_(data) {}
  Status read(uint64_t offset, MutableByteSpan to) const override {
    read_ += to.size();
    return data_.read(offset, to);
  }
  uint64_t length() const override { return data_.length(); }
  uint64_t count() const { return read_; }

 private:
  TableMemory data_;
  mutable uint64_t read_ = 0;
};

TEST(TableRequest, ReadsOnlyTheColumnsOfLongRows) {
  test::Random random(43);
  constexpr uint64_t kLong = 4 + 100000 + 8 + 100000 + 2;
  const Table table =
      make_table({"BINTABLE", kLong, 30, {"J", "100000B", "D", "50000I", "I"}, {}, 0},
                 random.bytes(30 * kLong));
  const auto expected =
      contents_of(read_columns(table.layout, TableMemory(table.data), table.request({4, 0, 2})));
  const CountedBytes bytes(table.data);
  EXPECT_EQ(contents_of(read_columns(table.layout, bytes, table.request({4, 0, 2}))), expected);
  EXPECT_EQ(bytes.count(), 30u * (4 + 8 + 2));
  TableRequest request = table.request({1});
  request.rows.list = {7, 3};
  const CountedBytes two(table.data);
  const auto read = read_columns(table.layout, two, request);
  ASSERT_OK(read);
  EXPECT_EQ(std::memcmp((*read)[0].values.data(), table.data.data() + 7 * kLong + 4, 100000), 0);
  EXPECT_EQ(two.count(), 200000u);
}

TEST(TableRequest, ReadsScatteredRowsAndNotThoseBetween) {
  test::Random random(44);
  const Table table = test::one_column("100J", 400, random.bytes(400 * 10000));
  TableRequest request = table.request({0});
  request.rows.list = {9000, 10, 12, 5000};  // 10 and 12 are near each other
  const CountedBytes bytes(table.data);
  ASSERT_OK(read_columns(table.layout, bytes, request));
  EXPECT_EQ(bytes.count(), 400u * (1 + 3 + 1));
}

TEST(TableRequest, FillsTheMemoryThatItIsGiven) {
  test::Random random(45);
  const Table table = make_every_kind(random);
  const auto expected = contents_of(
      read_columns(table.layout, TableMemory(table.data), table.request(all_of(table))));
  TableRequest request = table.request(all_of(table));
  std::vector<Bytes> memory(request.columns.size());
  for (size_t i = 0; i < memory.size(); ++i) {
    const Column& column = table.layout.columns[i];
    memory[i].resize(column.is_variable ? expected[i].values.size() : kRows * value_width(column));
    request.into.emplace_back(i % 4 == 3 ? std::nullopt
                                         : std::optional(MutableByteSpan(memory[i])));
  }
  const auto read = read_columns(table.layout, TableMemory(table.data), request);
  ASSERT_OK(read);
  EXPECT_EQ(contents_of(read), expected);
  for (size_t i = 0; i < memory.size(); ++i)
    EXPECT_EQ((*read)[i].values.data() == memory[i].data(), i % 4 != 3) << i;
  for (const size_t i : {0, 2, 4, 6, 12, 14}) {
    TableRequest less = request;
    memory[i].pop_back();
    less.into[i] = MutableByteSpan(memory[i]);
    EXPECT_CODE(read_columns(table.layout, TableMemory(table.data), less), ErrorCode::kBadArgument)
        << i;
    less.into[i] = MutableByteSpan();
    EXPECT_CODE(read_columns(table.layout, TableMemory(table.data), less), ErrorCode::kBadArgument);
  }
}

TEST(TableRequest, FillsTheMemoryForOffsetsThatItIsGiven) {
  test::Random random(46);
  const Table table = make_every_kind(random);
  for (const size_t threads : {1, 3}) {
    TableRequest request = table.request(all_of(table));
    request.threads = threads;
    const auto expected = contents_of(read_columns(table.layout, TableMemory(table.data), request));
    std::vector<std::vector<int32_t>> memory(request.columns.size());
    for (size_t i = 0; i < memory.size(); ++i) {
      memory[i].resize(expected[i].offsets.size() + i % 3);
      const bool has_offsets = !expected[i].offsets.empty();
      request.offsets_into.push_back(has_offsets ? std::optional(std::span(memory[i]))
                                                 : std::nullopt);
    }
    const auto read = read_columns(table.layout, TableMemory(table.data), request);
    ASSERT_OK(read);
    EXPECT_EQ(contents_of(read), expected);
    for (size_t i = 0; i < memory.size(); ++i) {
      if (!request.offsets_into[i]) continue;
      EXPECT_EQ((*read)[i].offsets.data(), memory[i].data());
      for (const size_t less : {expected[i].offsets.size() - 1, size_t{0}}) {
        TableRequest short_of = request;
        short_of.offsets_into[i] = std::span(memory[i]).first(less);
        EXPECT_CODE(read_columns(table.layout, TableMemory(table.data), short_of),
                    ErrorCode::kBadArgument);
      }
    }
  }
}

TEST(TableRequest, GivesStringsAsBytes) {
  const std::string rows("ab \0cd\0f  x", 12);
  Table table =
      make_table({"BINTABLE", 6, 2, {"4A2", "2A"}, {}, 0}, test::as_bytes(rows.substr(0, 12)));
  table.layout = as_bytes(std::move(table.layout));
  EXPECT_EQ(table.layout.columns[0].cell_shape, (std::vector<uint64_t>{2, 2}));
  EXPECT_EQ(table.layout.columns[0].natural_dtype(), Dtype::kUint8);
  EXPECT_EQ(test::as_text(table.column(0).values), std::string("ab \0\0f  ", 8));
  EXPECT_EQ(test::as_text(table.column(1).values), "cdx" + std::string(1, '\0'));
  EXPECT_TRUE(table.column(0).offsets.empty());
}

TEST(TableRequest, NamesTheFirstRowThatFailsHoweverManyThreadsRead) {
  std::string text;
  for (int row = 0; row < 400000; ++row) text += row % 100000 == 99999 ? " x" : " 1";
  const Table table = make_table({"TABLE", 2, 400000, {"I2"}, HeaderBuilder().key("TBCOL1", 1), 0},
                                 test::as_bytes(text));
  for (const size_t threads : {1, 2, 7}) {
    TableRequest request = table.request({0});
    request.threads = threads;
    const auto read = read_columns(table.layout, TableMemory(table.data), request);
    EXPECT_CODE(read, ErrorCode::kCorrupt);
    EXPECT_NE(read.error().found.find("row 99999"), std::string::npos);
  }
}

// --- Nasty cases that no other test holds ---

TEST(BinTable, Case55HasNoRowsOrNoColumns) {
  const Table rowless = make_table({"BINTABLE", 17, 0, {"1J", "5A", "1PE(3)"}, {}, 0}, {});
  for (const size_t column : {0, 1, 2}) EXPECT_EQ(rowless.column(column).elements, 0u);
  const Table bare = make_table({"BINTABLE", 0, 0, {}, {}, 0}, {});
  EXPECT_TRUE(bare.layout.columns.empty());
}

TEST(BinTable, Case56KeepsTheBytesOfNames) {
  const Table table = test::one_column("J", 4, Bytes(4), HeaderBuilder().key("TTYPE1", "'\xb5m'"));
  EXPECT_EQ(table.layout.columns[0].name, "\xb5m");
}

TEST(VariableColumn, Case57MayHaveATdimWhichShapesNothing) {
  Bytes data;
  put_be(data, uint32_t{3});
  put_be(data, uint32_t{0});
  test::append(data, test::big_endian<int16_t>({1, 2, 3}));
  const Table table =
      make_table({"BINTABLE", 8, 1, {"PI(6)"}, HeaderBuilder().key("TDIM1", "'(3,2)'"), 6}, data);
  EXPECT_EQ(values_of<int16_t>(table.column(0).values), (std::vector<int16_t>{1, 2, 3}));
  EXPECT_EQ(table.column(0).offsets, (std::vector<int32_t>{0, 3}));
}

TEST(VariableColumn, Case59ReadsOverlappingCellsInAnyOrder) {
  Bytes data;
  for (const uint32_t v : {2u, 4u, 3u, 0u, 0u, 0xffffffffu, 4u, 2u, 1u, 6u}) put_be(data, v);
  test::append(data, test::as_bytes("abcdefgh"));
  const Table table = make_table({"BINTABLE", 8, 5, {"PB"}, {}, 8}, data);
  EXPECT_EQ(test::as_text(table.column(0).values), "efabccdefg");
  EXPECT_EQ(table.column(0).offsets, (std::vector<int32_t>{0, 2, 5, 5, 9, 10}));
}

TEST(VariableColumn, Case60EndsWithPcountWhateverFollows) {
  Bytes data;
  put_be(data, uint32_t{8});
  put_be(data, uint32_t{0});
  test::append(data, test::as_bytes("abcdefgh"));
  EXPECT_CODE(make_table({"BINTABLE", 8, 1, {"PB"}, {}, 7}, data).read(0), ErrorCode::kCorrupt);
  EXPECT_TRUE(make_table({"BINTABLE", 8, 1, {"PB"}, {}, 2000}, data).read(0));
}

TEST(VariableColumn, Case60ReadsHeapsAbove2GiBByP) {
  constexpr uint32_t kFar = 0xc0000000;  // 3 GiB: a negative number, were it signed
  Bytes row;
  put_be(row, uint32_t{2});
  put_be(row, kFar);
  const Table table = make_table({"BINTABLE", 8, 1, {"PJ"}, {}, uint64_t{kFar} + 8}, {});
  const test::TempDir dir;
  test::write_bytes(dir.file("far"), row);
  std::filesystem::resize_file(dir.file("far"), uint64_t{kFar} + 8);
  std::fstream out(dir.file("far"), std::ios::in | std::ios::out | std::ios::binary);
  out.seekp(int64_t{kFar} + 8);
  out.write("\0\0\0\5\0\0\0\6", 8);
  out.close();
  const File file = std::move(*File::open(dir.file("far")));
  const auto read = read_columns(table.layout, TableFile(file, 0), table.request({0}));
  ASSERT_OK(read);
  EXPECT_EQ(values_of<int32_t>((*read)[0].values), (std::vector<int32_t>{5, 6}));
}

TEST(VariableColumn, Case61NeedsNoMaximumAndBelievesNone) {
  Bytes data;
  put_be(data, uint32_t{3});
  put_be(data, uint32_t{0});
  test::append(data, test::as_bytes("abc"));
  for (const char* form : {"PB", "1PB", "1PB()", "1PB(1)", "1PB(99999999999999999999)", "PB(x"})
    EXPECT_EQ(test::as_text(make_table({"BINTABLE", 8, 1, {form}, {}, 3}, data).column(0).values),
              "abc");
}

TEST(VariableColumn, Case61RefusesPairsOfPWhereQIsDeclared) {
  Bytes data;
  for (const uint32_t v : {3u, 0u, 2u, 3u}) put_be(data, v);
  data.resize(data.size() + 100);
  EXPECT_CODE(make_table({"BINTABLE", 16, 1, {"QB"}, {}, 100}, data).read(0), ErrorCode::kCorrupt);
}

TEST(BinTable, Case65ScalesFloatsAndTakesZerosWrittenAsReals) {
  const auto read = [](const char* form, size_t width, const Bytes& rows, HeaderBuilder more) {
    return test::one_column(form, width, rows, more).column(0);
  };
  const Bytes ints = test::big_endian<int32_t>({INT32_MIN, 0});
  for (const char* zero : {"2147483648", "2147483648.", "2.147483648E9"})
    EXPECT_EQ(values_of<uint32_t>(read("J", 4, ints, HeaderBuilder().key("TZERO1", zero)).values),
              (std::vector<uint32_t>{0, 1u << 31}));
  const Bytes doubles = test::big_endian<double>({1.5, -2});
  EXPECT_EQ(
      values_of<double>(
          read("D", 8, doubles, HeaderBuilder().key("TSCAL1", "-2.").key("TZERO1", 1)).values),
      (std::vector<double>{-2, 5}));
}

TEST(BinTable, Case70ReadsAFewOfAHundredMillionRows) {
  constexpr uint64_t kMany = 100'000'000;
  const Table table = make_table({"BINTABLE", 4, kMany, {"J"}, {}, 0}, {});
  const test::TempDir dir;
  test::write_bytes(dir.file("many"), {});
  std::filesystem::resize_file(dir.file("many"), kMany * 4);
  std::fstream out(dir.file("many"), std::ios::in | std::ios::out | std::ios::binary);
  out.seekp(-4, std::ios::end);
  out.write("\0\0\0\7", 4);
  out.close();
  const File file = std::move(*File::open(dir.file("many")));
  TableRequest request = table.request({0});
  request.rows.list = {kMany - 1, 0, kMany / 2};
  const auto read = read_columns(table.layout, TableFile(file, 0), request);
  ASSERT_OK(read);
  EXPECT_EQ(values_of<int32_t>((*read)[0].values), (std::vector<int32_t>{7, 0, 0}));
}

}  // namespace
}  // namespace fitstream
