// Tables by the text of FITS Standard 4.0, sections 7.2 and 7.3, and against CFITSIO.
#include <cmath>
#include <filesystem>
#include <numeric>

#include "table_support.h"

namespace fitstream {
namespace {

using test::Bytes;
using test::extension_header;
using test::HeaderBuilder;
using test::kNoLimit;
using test::make_table;
using test::nulls_of;
using test::one_column;
using test::put_be;
using test::strings_of;
using test::Table;
using test::TableSpec;
using test::values_of;

// --- Binary tables: numbers ---

template <typename T>
void expect_numbers(char letter, Dtype dtype) {
  test::Random random(11);
  for (const uint64_t repeat : {1, 3}) {
    const std::vector<T> values = random.bits<T>(repeat * 50);
    const Table table =
        one_column(std::to_string(repeat) + letter, repeat * sizeof(T), test::big_endian(values));
    const Column& column = table.layout.columns[0];
    EXPECT_EQ(column.natural_dtype(), dtype);
    EXPECT_EQ(column.cell_shape, repeat == 1 ? std::vector<uint64_t>{} : std::vector{repeat});
    const auto read = table.read(0);
    ASSERT_OK(read);
    EXPECT_EQ(read->elements, values.size());
    EXPECT_EQ(std::memcmp(read->values.data(), values.data(), values.size() * sizeof(T)), 0);
    EXPECT_TRUE(read->validity.empty());
    EXPECT_TRUE(read->offsets.empty());
  }
}

TEST(BinTable, ReadsEveryNumericLetter) {
  expect_numbers<uint8_t>('B', Dtype::kUint8);
  expect_numbers<int16_t>('I', Dtype::kInt16);
  expect_numbers<int32_t>('J', Dtype::kInt32);
  expect_numbers<int64_t>('K', Dtype::kInt64);
  expect_numbers<float>('E', Dtype::kFloat32);
  expect_numbers<double>('D', Dtype::kFloat64);
}

TEST(BinTable, Case66ReadsUnsignedIntegersAndSignedBytes) {
  const auto read = [](const char* form, size_t width, const Bytes& rows, const char* zero) {
    const Table table = one_column(form, width, rows, HeaderBuilder().key("TZERO1", zero));
    return std::pair(table.layout.columns[0].natural_dtype(), table.column(0).values);
  };
  const auto bytes = read("B", 1, test::big_endian<uint8_t>({0, 128, 255}), "-128");
  EXPECT_EQ(bytes.first, Dtype::kInt8);
  EXPECT_EQ(values_of<int8_t>(bytes.second), (std::vector<int8_t>{-128, 0, 127}));
  const auto shorts = read("I", 2, test::big_endian<int16_t>({-32768, 0, 32767}), "32768");
  EXPECT_EQ(shorts.first, Dtype::kUint16);
  EXPECT_EQ(values_of<uint16_t>(shorts.second), (std::vector<uint16_t>{0, 32768, 65535}));
  // Written as a real, which the standard allows.
  const auto ints = read("J", 4, test::big_endian<int32_t>({INT32_MIN, -1}), "2147483648.");
  EXPECT_EQ(ints.first, Dtype::kUint32);
  EXPECT_EQ(values_of<uint32_t>(ints.second), (std::vector<uint32_t>{0, 2147483647}));
  const auto longs =
      read("K", 8, test::big_endian<int64_t>({INT64_MIN, -1, INT64_MAX}), "9223372036854775808");
  EXPECT_EQ(longs.first, Dtype::kUint64);
  EXPECT_EQ(values_of<uint64_t>(longs.second),
            (std::vector<uint64_t>{0, uint64_t{INT64_MAX}, UINT64_MAX}));
}

TEST(BinTable, ScalesToFloat64) {
  const Table table = one_column("2I", 4, test::big_endian<int16_t>({1, -2, 3, 4}),
                                 HeaderBuilder().key("TSCAL1", "0.1").key("TZERO1", "10."));
  EXPECT_EQ(table.layout.columns[0].natural_dtype(), Dtype::kFloat64);
  EXPECT_EQ(values_of<double>(table.column(0).values),
            (std::vector<double>{1 * 0.1 + 10, -2 * 0.1 + 10, 3 * 0.1 + 10, 4 * 0.1 + 10}));
  const Table floats =
      one_column("E", 4, test::big_endian<float>({1.5f}), HeaderBuilder().key("TSCAL1", 2));
  EXPECT_EQ(values_of<double>(floats.column(0).values), std::vector<double>{3.0});
}

TEST(BinTable, ScalesTheRealAndTheImaginaryPart) {
  const Table plain = one_column("C", 8, test::big_endian<float>({1, 2}));
  EXPECT_EQ(values_of<float>(plain.column(0).values), (std::vector<float>{1, 2}));
  EXPECT_EQ(plain.column(0).elements, 1u);
  const HeaderBuilder scaling = HeaderBuilder().key("TSCAL1", "3.").key("TZERO1", "10.");
  const Table scaled = one_column("C", 8, test::big_endian<float>({1, 2}), scaling);
  EXPECT_EQ(scaled.layout.columns[0].natural_dtype(), Dtype::kFloat64);
  EXPECT_EQ(values_of<double>(scaled.column(0).values), (std::vector<double>{13, 6}));
  const Table wide = one_column("2M", 32, test::big_endian<double>({1, 2, 3, 4}), scaling);
  EXPECT_EQ(values_of<double>(wide.column(0).values), (std::vector<double>{13, 6, 19, 12}));
}

TEST(BinTable, Case64MarksNullsByTheStoredValue) {
  const Bytes rows = test::big_endian<int16_t>({-99, 5, -32768, -99});
  const Table plain = one_column("I", 2, rows, HeaderBuilder().key("TNULL1", -99));
  EXPECT_EQ(nulls_of(plain.column(0)), (std::vector<size_t>{0, 3}));
  EXPECT_EQ(values_of<int16_t>(plain.column(0).values)[0], -99);
  const Table shorts =
      one_column("I", 2, rows, HeaderBuilder().key("TNULL1", -32768).key("TZERO1", 32768));
  EXPECT_EQ(nulls_of(shorts.column(0)), std::vector<size_t>{2});
  const Table scaled =
      one_column("I", 2, rows, HeaderBuilder().key("TNULL1", 5).key("TSCAL1", "0.5"));
  EXPECT_EQ(nulls_of(scaled.column(0)), std::vector<size_t>{1});
  EXPECT_TRUE(std::isnan(values_of<double>(scaled.column(0).values)[1]));
}

TEST(BinTable, Case64IgnoresNullsThatNoElementCanBe) {
  const Bytes rows = test::big_endian<int16_t>({-99, 5, 1, 0});
  EXPECT_TRUE(
      nulls_of(one_column("I", 2, rows, HeaderBuilder().key("TNULL1", 65541)).column(0)).empty());
  EXPECT_TRUE(
      nulls_of(one_column("I", 2, rows, HeaderBuilder().key("TNULL1", "'5'")).column(0)).empty());
  EXPECT_TRUE(
      nulls_of(one_column("E", 4, rows, HeaderBuilder().key("TNULL1", 0)).column(0)).empty());
}

TEST(BinTable, KeepsTheStoredValuesOnRequest) {
  Table table = make_table(
      {"BINTABLE", 3, 2, {"I", "L"}, HeaderBuilder().key("TSCAL1", "0.5").key("TNULL1", 7), 0},
      test::as_bytes(std::string("\0\x07T\0\x08x", 6)));
  table.layout = as_stored(std::move(table.layout));
  EXPECT_EQ(table.layout.columns[0].natural_dtype(), Dtype::kInt16);
  EXPECT_EQ(values_of<int16_t>(table.column(0).values), (std::vector<int16_t>{7, 8}));
  EXPECT_EQ(test::as_text(table.column(1).values), "Tx");
  EXPECT_TRUE(nulls_of(table.column(1)).empty());
}

// --- Binary tables: logicals, bits, strings ---

TEST(BinTable, Case63ReadsLogicals) {
  const Table table = one_column("3L", 3, test::as_bytes(std::string("TF\0xTt", 6)));
  const auto read = table.read(0);
  ASSERT_OK(read);
  EXPECT_EQ(values_of<uint8_t>(read->values), (std::vector<uint8_t>{1, 0, 0, 0, 1, 0}));
  EXPECT_EQ(nulls_of(*read), (std::vector<size_t>{2, 3, 5}));
  EXPECT_EQ(table.layout.columns[0].cell_shape, std::vector<uint64_t>{3});
}

TEST(BinTable, Case62ReadsBitsThatDoNotFillTheirBytes) {
  const Table table = one_column("11X", 2, test::big_endian<uint16_t>({0xA53F, 0x8020}));
  const auto read = table.read(0);
  ASSERT_OK(read);
  EXPECT_EQ(read->elements, 22u);
  EXPECT_EQ(values_of<uint8_t>(read->values),
            (std::vector<uint8_t>{1, 0, 1, 0, 0, 1, 0, 1, 0, 0, 1,  //
                                  1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}));
  EXPECT_EQ(table.layout.columns[0].width, 2u);
  const Table shaped = one_column("6X", 1, test::big_endian<uint8_t>({0xFC}),
                                  HeaderBuilder().key("TDIM1", "'(3,2)'"));
  EXPECT_EQ(shaped.layout.columns[0].cell_shape, (std::vector<uint64_t>{2, 3}));
  EXPECT_EQ(values_of<uint8_t>(shaped.column(0).values), std::vector<uint8_t>(6, 1));
}

TEST(BinTable, EndsStringsAtNulAndDropsTrailingSpaces) {
  const Table table =
      one_column("6A", 6, test::as_bytes(std::string(" ab   abc\0xyabcdef      \0     ", 30)));
  const auto read = table.read(0);
  ASSERT_OK(read);
  EXPECT_EQ(strings_of(*read), (std::vector<std::string>{" ab", "abc", "abcdef", "", ""}));
  EXPECT_EQ(read->elements, 5u);
  EXPECT_TRUE(table.layout.columns[0].cell_shape.empty());
}

TEST(BinTable, KeepsTheBytesOfStrings) {
  const Table table = one_column("3A", 3, test::as_bytes("\xe9\xff\x01"));
  EXPECT_EQ(strings_of(table.column(0)), std::vector<std::string>{"\xe9\xff\x01"});
}

TEST(BinTable, SplitsCellsIntoStrings) {
  const Bytes row = test::as_bytes("ab cd ef gh ");
  const std::vector<std::string> four = {"ab", "cd", "ef", "gh"};
  const Table by_form = one_column("12A3", 12, row);
  EXPECT_EQ(by_form.layout.columns[0].cell_shape, std::vector<uint64_t>{4});
  EXPECT_EQ(strings_of(by_form.column(0)), four);
  const Table by_dim = one_column("12A", 12, row, HeaderBuilder().key("TDIM1", "'(3,2,2)'"));
  EXPECT_EQ(by_dim.layout.columns[0].cell_shape, (std::vector<uint64_t>{2, 2}));
  EXPECT_EQ(by_dim.layout.columns[0].string_width, 3u);
  EXPECT_EQ(strings_of(by_dim.column(0)), four);
}

TEST(BinTable, ReadsNoMoreStringsThanTdimNames) {
  // The characters that are left belong to no string (7.3.2, TDIMn).
  const Table table =
      make_table({"BINTABLE", 10, 2, {"10A"}, HeaderBuilder().key("TDIM1", "'(3,2)'"), 0},
                 test::as_bytes("abcdefghijABCDEFGHIJ"));
  EXPECT_EQ(table.layout.columns[0].cell_shape, std::vector<uint64_t>{2});
  const auto read = table.read(0);
  ASSERT_OK(read);
  EXPECT_EQ(strings_of(*read), (std::vector<std::string>{"abc", "def", "ABC", "DEF"}));
  EXPECT_EQ(read->elements, 4u);
}

// --- Binary tables: forms ---

TEST(BinTable, Case55ReadsCellsWithoutElements) {
  const Table table =
      make_table({"BINTABLE", 4, 3, {"0A", "0D", "0L", "J", "0X", "0J", "0PB", "0M"}, {}, 0},
                 test::big_endian<int32_t>({1, 2, 3}));
  for (const size_t c : {1, 2, 4, 5, 7}) {
    const auto read = table.read(c);
    ASSERT_OK(read);
    EXPECT_EQ(read->elements, 0u) << c;
    EXPECT_TRUE(read->values.empty());
    EXPECT_EQ(table.layout.columns[c].cell_shape, std::vector<uint64_t>{0});
  }
  EXPECT_EQ(strings_of(table.column(0)), std::vector<std::string>(3));
  EXPECT_EQ(values_of<int32_t>(table.column(3).values), (std::vector<int32_t>{1, 2, 3}));
  EXPECT_EQ(table.column(6).offsets, std::vector<int32_t>(4, 0));
}

TEST(BinTable, Case57ShapesCellsByTdimWhereItFits) {
  const auto shape = [](const char* form, const char* tdim) {
    return one_column(form, 48, {}, HeaderBuilder().key("TDIM1", tdim))
        .layout.columns[0]
        .cell_shape;
  };
  using Shape = std::vector<uint64_t>;
  EXPECT_EQ(shape("6D", "'(3,2)'"), (Shape{2, 3}));
  EXPECT_EQ(shape("6D", "' ( 1 , 6 ) '"), (Shape{6, 1}));
  EXPECT_EQ(shape("6C", "'(2,3)'"), (Shape{3, 2}));
  EXPECT_EQ(shape("1D", "'(1)'"), Shape{1});
  // What is no shape of the cell is no shape.
  for (const char* tdim : {"'(4,2)'", "'(3,2'", "'3,2'", "'(,)'", "'()'", "''", "'(-3,-2)'", "6",
                           "'(18446744073709551616,2)'", "'(9223372036854775807,4)'"})
    EXPECT_EQ(shape("6D", tdim), Shape{6}) << tdim;
}

TEST(BinTable, Case56ReadsNamesThatRepeatOrAreMissing) {
  const HeaderBuilder names = HeaderBuilder()
                                  .key("TTYPE1", "'RA      '")
                                  .key("TUNIT1", "'deg     '")
                                  .key("TDISP1", "'F8.3    '")
                                  .key("TTYPE2", "'RA      '");
  const Table table = make_table({"BINTABLE", 24, 0, {"1D ", "D", "D"}, names, 0}, {});
  ASSERT_EQ(table.layout.columns.size(), 3u);
  EXPECT_EQ(table.layout.columns[0].name, "RA");
  EXPECT_EQ(table.layout.columns[0].unit, "deg");
  EXPECT_EQ(table.layout.columns[0].display, "F8.3");
  EXPECT_EQ(table.layout.columns[0].form, "1D");
  EXPECT_EQ(table.layout.columns[1].name, "RA");
  EXPECT_EQ(table.layout.columns[2].name, "");
  EXPECT_EQ(table.layout.columns[2].offset, 16u);
}

TEST(BinTable, LosesOnlyTheColumnsBehindAnUnknownForm) {
  for (const char* form : {"3Z", "", "J3", "1P", "2PB", "1PZ", "99999999999999999999J", "-1J", "j",
                           "9223372036854775807M"}) {
    const bool is_good = std::string(form) == "J3";  // text after the letter means nothing
    const Table table = make_table({"BINTABLE", 12, 1, {"J", form, "J"}, {}, 0},
                                   test::big_endian<int32_t>({7, 8, 9}));
    EXPECT_TRUE(table.read(0)) << form;
    EXPECT_EQ(!table.layout.columns[1].defect, is_good) << form;
    EXPECT_EQ(!table.layout.columns[2].defect, is_good) << form;
    if (is_good) continue;
    EXPECT_CODE(table.read(1), ErrorCode::kBadHeader);
    EXPECT_EQ(table.layout.columns[1].defect->keyword, "TFORM2");
    EXPECT_EQ(table.layout.columns[1].defect->hdu, 1);
    EXPECT_CODE(table.read(2), ErrorCode::kBadHeader);
  }
}

TEST(BinTable, Case58LosesOnlyTheColumnsThatLeaveTheRow) {
  const Table table = make_table({"BINTABLE", 10, 1, {"J", "J", "J", "B"}, {}, 0}, Bytes(10));
  EXPECT_FALSE(table.layout.columns[1].defect);
  EXPECT_TRUE(table.layout.columns[2].defect);
  EXPECT_TRUE(table.layout.columns[3].defect);
  EXPECT_CODE(table.read(2), ErrorCode::kBadHeader);
  EXPECT_TRUE(table.read(1));
}

TEST(BinTable, Case58AcceptsRowsLongerThanTheirColumns) {
  const Table table = make_table({"BINTABLE", 7, 2, {"I"}, {}, 0},
                                 test::as_bytes(std::string("\0\x05.....\0\x06.....", 14)));
  EXPECT_EQ(values_of<int16_t>(table.column(0).values), (std::vector<int16_t>{5, 6}));
}

TEST(BinTable, Case70ReadsNineHundredNinetyNineColumns) {
  test::Random random(12);
  const std::vector<int16_t> values = random.bits<int16_t>(999 * 3);
  const Table table = make_table({"BINTABLE", 1998, 3, std::vector<std::string>(999, "I"), {}, 0},
                                 test::big_endian(values));
  std::vector<size_t> all(999);
  std::iota(all.begin(), all.end(), size_t{0});
  const auto read = table.read(all, {0, 3});
  ASSERT_OK(read);
  for (size_t c = 0; c < 999; ++c)
    EXPECT_EQ(values_of<int16_t>((*read)[c].values),
              (std::vector<int16_t>{values[c], values[999 + c], values[1998 + c]}));
}

TEST(BinTable, IsATable) {
  const Hdu image = test::scan_one(extension_header("IMAGE", 8, {1}).done(), 1, 0);
  EXPECT_CODE(layout_of_table(image, {}), ErrorCode::kBadArgument);
  const Hdu broken = test::scan_one(extension_header("BINTABLE", 8, {1, 1}).done(), 1, 0);
  EXPECT_CODE(layout_of_table(broken, {}), ErrorCode::kBadHeader);
}

// --- Rows and limits ---

TEST(Rows, ComeOutTheSameHoweverTheyAreSplit) {
  test::Random random(13);
  const std::vector<std::string> forms = {"J", "11X", "5A", "2L", "1PI", "C"};
  const uint64_t row_length = 4 + 2 + 5 + 2 + 8 + 8;
  const uint64_t rows = 40000;  // three blocks of rows
  Bytes data;
  for (uint64_t r = 0; r < rows; ++r) {
    test::append(data, random.bytes(13));
    put_be(data, static_cast<uint32_t>(random.between(0, 3)));
    put_be(data, static_cast<uint32_t>(random.between(0, 994)));
    test::append(data, random.bytes(8));
  }
  test::append(data, random.bytes(1000));
  const Table table = make_table({"BINTABLE", row_length, rows, forms, {}, 1000}, data);
  const std::vector<size_t> columns = {5, 0, 1, 4, 2, 3, 0};
  const auto whole = table.read(columns, {0, rows});
  ASSERT_OK(whole);
  struct Joined {
    Bytes values;
    uint64_t elements = 0;
    uint64_t nulls = 0;
  };
  std::vector<Joined> joined(columns.size());
  for (uint64_t at = 0; at < rows;) {
    const uint64_t n = std::min(rows - at, random.between(0, 9000));
    const auto part = table.read(columns, {at, n});
    ASSERT_OK(part);
    for (size_t c = 0; c < columns.size(); ++c) {
      test::append(joined[c].values, (*part)[c].values);
      joined[c].elements += (*part)[c].elements;
      joined[c].nulls += (*part)[c].nulls;
    }
    at += n;
  }
  for (size_t c = 0; c < columns.size(); ++c) {
    EXPECT_EQ((*whole)[c].values, joined[c].values) << c;
    EXPECT_EQ(joined[c].elements, (*whole)[c].elements) << c;
    EXPECT_EQ(joined[c].nulls, (*whole)[c].nulls) << c;
  }
}

TEST(Rows, AreCheckedAgainstTheTable) {
  const Table table = one_column("J", 4, Bytes(40));
  EXPECT_TRUE(table.read({0}, {10, 0}));
  EXPECT_EQ((*table.read({0}, {3, 2}))[0].elements, 2u);
  EXPECT_CODE(table.read({0}, {0, 11}), ErrorCode::kOutOfBounds);
  EXPECT_CODE(table.read({0}, {11, 0}), ErrorCode::kOutOfBounds);
  EXPECT_CODE(table.read({0}, {UINT64_MAX, 2}), ErrorCode::kOutOfBounds);
  EXPECT_CODE(table.read({0}, {1, UINT64_MAX}), ErrorCode::kOutOfBounds);
  EXPECT_CODE(table.read({1}, {0, 10}), ErrorCode::kOutOfBounds);
  EXPECT_EQ(table.read(std::vector<size_t>{}, {0, 10})->size(), 0u);
}

TEST(Rows, ThatAreNotThereAreNotAllocatedFor) {
  constexpr uint64_t kRows = uint64_t{1} << 50;
  for (const char* form : {"J", "4A", "1L", "32X"}) {
    const Table table = make_table({"BINTABLE", 4, kRows, {form}, {}, 0}, Bytes(400));
    EXPECT_CODE(table.read({0}, {0, kRows}, INT64_MAX), ErrorCode::kTruncated);
    EXPECT_CODE(table.read({0}, {kRows - 1, 1}), ErrorCode::kTruncated);
    EXPECT_TRUE(table.read({0}, {99, 1}));
  }
}

TEST(Rows, WithoutBytesAreLimitedToo) {
  constexpr uint64_t kRows = uint64_t{1} << 58;
  const Table table = make_table({"BINTABLE", 0, kRows, {"0A", "0PB", "0J"}, {}, 0}, {});
  for (const size_t column : {0, 1, 2})
    EXPECT_CODE(table.read({column}, {0, kRows}, 1 << 20), ErrorCode::kLimit);
  EXPECT_EQ(table.read(std::vector<size_t>{}, {0, kRows})->size(), 0u);
  EXPECT_TRUE(read_descriptors(table.layout, TableMemory(table.data), 1)->empty());
}

TEST(Rows, AreReadFromFilesAndFromPartsInMemory) {
  const test::TempDir dir;
  test::Random random(14);
  const std::vector<int32_t> values = random.bits<int32_t>(1000);
  const Table table = one_column("J", 4, test::big_endian(values));
  Bytes content = random.bytes(5760);
  test::append(content, table.data);
  test::write_bytes(dir.file("a.fits"), content);
  const File file = std::move(*File::open(dir.file("a.fits")));
  const TableFile in_file(file, 5760);
  EXPECT_EQ(in_file.length(), 4000u);
  EXPECT_EQ(TableFile(file, 100000).length(), 0u);
  const TableMemory in_memory(ByteSpan(table.data).subspan(400, 400), 400);
  for (const TableBytes* bytes :
       {static_cast<const TableBytes*>(&in_file), static_cast<const TableBytes*>(&in_memory)}) {
    const auto read =
        read_columns(table.layout, *bytes, {0}, {120, 50}, kNoLimit, simd::Level::kScalar, nullptr);
    ASSERT_OK(read);
    EXPECT_EQ(std::memcmp((*read)[0].values.data(), values.data() + 120, 200), 0);
  }
  for (const RowRange rows : {RowRange{99, 2}, RowRange{199, 2}, RowRange{500, 1}})
    EXPECT_CODE(
        read_columns(table.layout, in_memory, {0}, rows, kNoLimit, simd::Level::kScalar, nullptr),
        ErrorCode::kTruncated);
  std::filesystem::resize_file(dir.file("a.fits"), 5760 + 1000);
  EXPECT_CODE(
      read_columns(table.layout, in_file, {0}, {0, 1000}, kNoLimit, simd::Level::kScalar, nullptr),
      ErrorCode::kTruncated);
}

TEST(Rows, StopWhenTheCancelFlagIsRaised) {
  const Table table = one_column("J", 4, Bytes(400));
  const std::atomic<int32_t> cancel = 1;
  EXPECT_CODE(read_columns(table.layout, TableMemory(table.data), {0}, {0, 100}, kNoLimit,
                           simd::Level::kScalar, &cancel),
              ErrorCode::kAborted);
}

TEST(Limit, CountsTheBytesThatComeOut) {
  const auto code = [](const Table& table, std::vector<size_t> columns, uint64_t max_bytes) {
    return test::code_of(table.read(columns, {0, table.layout.frame.rows}, max_bytes));
  };
  // Bits and scaled bytes come out eight times as long as they are stored.
  const Table bits = one_column("800X", 100, Bytes(1000));
  EXPECT_EQ(code(bits, {0}, 4000), ErrorCode::kLimit);
  EXPECT_EQ(code(bits, {0}, 10000), std::nullopt);
  const Table scaled = one_column("100B", 100, Bytes(1000), HeaderBuilder().key("TSCAL1", 2));
  EXPECT_EQ(code(scaled, {0}, 4000), ErrorCode::kLimit);
  EXPECT_EQ(code(scaled, {0}, 10000), std::nullopt);
  const Table plain = one_column("100B", 100, Bytes(1000));
  EXPECT_EQ(code(plain, {0}, 999), ErrorCode::kLimit);
  EXPECT_EQ(code(plain, {0}, 2000), std::nullopt);
  EXPECT_EQ(code(plain, {0, 0, 0}, 2000), ErrorCode::kLimit);
}

// --- Variable-length columns ---

// A column of cells in a random order in the heap, some of them shared, with garbage between.
struct VariableColumn {
  Table table;
  std::vector<std::vector<std::byte>> cells;  // as stored
  std::vector<uint64_t> counts;
};
VariableColumn make_variable(const std::string& letters, uint64_t bits_per_element, uint64_t gap,
                             test::Random& random, const HeaderBuilder& more = {}) {
  constexpr uint64_t kRows = 300;
  const bool is_wide = letters[0] == 'Q';
  VariableColumn out;
  Bytes heap;
  std::vector<std::pair<uint64_t, uint64_t>> places(kRows);
  std::vector<size_t> order(kRows);
  std::iota(order.begin(), order.end(), size_t{0});
  for (size_t i = kRows; i-- > 1;) std::swap(order[i], order[random.between(0, i)]);
  for (const size_t row : order) {
    if (random.chance(0.2)) {  // empty, its offset garbage
      places[row] = {0, random.between(0, UINT32_MAX)};
    } else if (random.chance(0.2) && row > 0) {
      places[row] = places[row - 1];
    } else {
      const uint64_t count = random.between(1, random.chance(0.05) ? 20000 : 40);
      test::append(heap, random.bytes(random.between(0, 9)));
      places[row] = {count, heap.size()};
      test::append(heap, random.bytes((count * bits_per_element + 7) / 8));
    }
  }
  Bytes data;
  for (const auto& [count, offset] : places) {
    if (is_wide) {
      put_be(data, count);
      put_be(data, offset);
    } else {
      put_be(data, static_cast<uint32_t>(count));
      put_be(data, static_cast<uint32_t>(offset));
    }
    const uint64_t length = (count * bits_per_element + 7) / 8;
    const ByteSpan cell = count ? ByteSpan(heap).subspan(offset, length) : ByteSpan();
    out.cells.emplace_back(cell.begin(), cell.end());
    out.counts.push_back(count);
  }
  const uint64_t row_length = is_wide ? 16 : 8;
  HeaderBuilder cards = more;
  cards.key("THEAP", static_cast<int64_t>(kRows * row_length + gap));
  test::append(data, random.bytes(gap));
  test::append(data, heap);
  out.table = make_table(
      {"BINTABLE", row_length, kRows, {"1" + letters + "(20000)"}, cards, gap + heap.size()}, data);
  return out;
}

TEST(VariableColumn, ReadsEveryLetterByBothDescriptors) {
  test::Random random(15);
  const std::vector<std::pair<char, uint64_t>> letters = {
      {'B', 8},  {'I', 16},  {'J', 32}, {'K', 64}, {'E', 32}, {'D', 64},
      {'C', 64}, {'M', 128}, {'A', 8},  {'L', 8},  {'X', 1}};
  for (const auto& [letter, bits] : letters)
    for (const char descriptor : {'P', 'Q'}) {
      const VariableColumn made = make_variable({descriptor, letter}, bits, 77, random);
      const Column& column = made.table.layout.columns[0];
      ASSERT_FALSE(column.defect);
      const auto read = made.table.read(0);
      ASSERT_OK(read);
      ASSERT_EQ(read->offsets.size(), made.cells.size() + 1);
      // The same elements in a column of fixed length are the reference.
      uint64_t element = 0;
      for (size_t row = 0; row < made.cells.size(); ++row) {
        const uint64_t count = made.counts[row];
        EXPECT_EQ(read->offsets[row], static_cast<int32_t>(element));
        const size_t size = read->values.size() / read->elements;
        const ByteSpan found = ByteSpan(read->values).subspan(element * size, count * size);
        element += count;
        if (count == 0) continue;
        Bytes expected = made.cells[row];
        if (letter != 'A') {
          const Table fixed = one_column(std::to_string(count) + letter, expected.size(), expected);
          const ColumnData cell = fixed.column(0);
          expected.assign(cell.values.begin(), cell.values.end());
        }
        ASSERT_TRUE(std::equal(found.begin(), found.end(), expected.begin(), expected.end()))
            << letter << " row " << row;
      }
      EXPECT_EQ(read->elements, element);
      EXPECT_EQ(read->offsets.back(), static_cast<int32_t>(element));

      const auto descriptors = read_descriptors(made.table.layout, TableMemory(made.table.data), 0);
      ASSERT_OK(descriptors);
      for (size_t row = 0; row < made.counts.size(); ++row)
        EXPECT_EQ((*descriptors)[row].count, made.counts[row]);
    }
}

TEST(VariableColumn, ReadsSomeRows) {
  test::Random random(16);
  const VariableColumn made = make_variable("PB", 8, 0, random);
  const auto whole = made.table.read(0);
  const auto part = made.table.read({0}, {100, 50});
  ASSERT_OK(part);
  Bytes expected;
  for (size_t row = 100; row < 150; ++row) test::append(expected, made.cells[row]);
  EXPECT_EQ((*part)[0].values, expected);
  EXPECT_EQ((*part)[0].offsets.size(), 51u);
}

TEST(VariableColumn, Case65ScalesAndMarksNulls) {
  Bytes data;
  for (const uint32_t v : {2u, 0u, 1u, 4u}) put_be(data, v);
  test::append(data, test::big_endian<int16_t>({5, -1, -1}));
  const auto read = [&](const HeaderBuilder& more) {
    return make_table({"BINTABLE", 8, 2, {"PI"}, more, 6}, data).column(0);
  };
  const ColumnData plain = read(HeaderBuilder().key("TNULL1", -1).key("TZERO1", 32768));
  EXPECT_EQ(values_of<uint16_t>(plain.values), (std::vector<uint16_t>{32773, 32767, 32767}));
  EXPECT_EQ(nulls_of(plain), (std::vector<size_t>{1, 2}));
  const ColumnData scaled = read(HeaderBuilder().key("TSCAL1", "0.5"));
  EXPECT_EQ(values_of<double>(scaled.values), (std::vector<double>{2.5, -0.5, -0.5}));
}

TEST(VariableColumn, Case59RefusesDescriptorsOutsideTheHeap) {
  const auto code = [](const char* form, uint64_t count, uint64_t offset, HeaderBuilder more = {}) {
    Bytes data;
    put_be(data, count);
    put_be(data, offset);
    data.resize(16 + 100);
    const Table table = make_table({"BINTABLE", 16, 1, {form}, more, 100}, data);
    EXPECT_EQ(test::code_of(table.read(0)),
              test::code_of(read_descriptors(table.layout, TableMemory(data), 0)));
    return test::code_of(table.read(0));
  };
  EXPECT_EQ(code("QB", 100, 0), std::nullopt);
  EXPECT_EQ(code("QB", 1, 99), std::nullopt);
  EXPECT_EQ(code("QX", 800, 0), std::nullopt);
  EXPECT_EQ(code("QB", 0, UINT64_MAX), std::nullopt);
  EXPECT_EQ(code("QB", 101, 0), ErrorCode::kCorrupt);
  EXPECT_EQ(code("QB", 1, 100), ErrorCode::kCorrupt);
  EXPECT_EQ(code("QX", 801, 0), ErrorCode::kCorrupt);
  EXPECT_EQ(code("QB", 2, UINT64_MAX), ErrorCode::kCorrupt);
  EXPECT_EQ(code("QB", UINT64_MAX, 2), ErrorCode::kCorrupt);
  EXPECT_EQ(code("QM", uint64_t{1} << 60, 0), ErrorCode::kCorrupt);
  EXPECT_EQ(code("QM", 7, 0), ErrorCode::kCorrupt);
  EXPECT_EQ(code("QX", UINT64_MAX, 0), ErrorCode::kCorrupt);
  EXPECT_EQ(code("QB", 1, 0, HeaderBuilder().key("THEAP", 1000)), ErrorCode::kCorrupt);
  EXPECT_EQ(code("QB", 51, 0, HeaderBuilder().key("THEAP", 66)), ErrorCode::kCorrupt);
  EXPECT_EQ(code("QB", 50, 0, HeaderBuilder().key("THEAP", 66)), std::nullopt);
}

TEST(VariableColumn, Case59AcceptsAHeapThatOverlapsTheRows) {
  Bytes data;
  put_be(data, uint32_t{4});
  put_be(data, uint32_t{4});
  const Table table =
      make_table({"BINTABLE", 8, 1, {"PB"}, HeaderBuilder().key("THEAP", 0), 0}, data);
  EXPECT_EQ(values_of<uint8_t>(table.column(0).values), (std::vector<uint8_t>{0, 0, 0, 4}));
}

TEST(VariableColumn, LimitsWhatDescriptorsOfTheSameBytesGive) {
  Bytes data;
  for (int row = 0; row < 1000; ++row) {
    put_be(data, uint32_t{1000});
    put_be(data, uint32_t{0});
  }
  data.resize(data.size() + 1000);
  const Table table = make_table({"BINTABLE", 8, 1000, {"PB"}, {}, 1000}, data);
  EXPECT_CODE(table.read({0}, {0, 1000}, 100000), ErrorCode::kLimit);
  EXPECT_TRUE(table.read({0}, {0, 1000}, 1100000));
  EXPECT_CODE(table.read({0, 0, 0}, {0, 1000}, 2000000), ErrorCode::kLimit);
}

TEST(VariableColumn, DoesNotAllocateForAHeapThatIsNotThere) {
  Bytes data;
  put_be(data, uint64_t{1} << 45);
  put_be(data, uint64_t{0});
  const Table table = make_table({"BINTABLE", 16, 1, {"QB"}, {}, uint64_t{1} << 50}, data);
  EXPECT_CODE(table.read({0}, {0, 1}, INT64_MAX), ErrorCode::kTruncated);
}

// --- ASCII tables ---

Table ascii_table(std::vector<std::string> forms, const std::vector<int64_t>& tbcol,
                  const std::vector<std::string>& rows, HeaderBuilder more = {}) {
  for (size_t i = 0; i < tbcol.size(); ++i) more.key("TBCOL" + std::to_string(i + 1), tbcol[i]);
  std::string text;
  for (const std::string& row : rows) text += row;
  return make_table(
      {"TABLE", rows.empty() ? 0 : rows[0].size(), rows.size(), std::move(forms), more, 0},
      test::as_bytes(text));
}

TEST(AsciiTable, ReadsEveryForm) {
  //                                1    6      13      21       30
  const std::string first = "ab   -12345   12.50  1.5E+03 -2.5D-0002 ";
  const std::string second = "  cd    +42     -.5  1.5e-3  1.234d+10  ";
  const Table table =
      ascii_table({"A4", "I6", "F7.2", "E8.3", "D10.3"}, {1, 6, 13, 21, 30}, {first, second});
  EXPECT_EQ(strings_of(table.column(0)), (std::vector<std::string>{"ab", "  cd"}));
  EXPECT_EQ(table.layout.columns[1].natural_dtype(), Dtype::kInt64);
  EXPECT_EQ(values_of<int64_t>(table.column(1).values), (std::vector<int64_t>{-12345, 42}));
  EXPECT_EQ(values_of<double>(table.column(2).values), (std::vector<double>{12.5, -0.5}));
  EXPECT_EQ(values_of<double>(table.column(3).values), (std::vector<double>{1500, 0.0015}));
  EXPECT_EQ(values_of<double>(table.column(4).values), (std::vector<double>{-0.025, 1.234e10}));
}

TEST(AsciiTable, Case68ReadsNumbersAsFortranDoes) {
  const auto value = [](const char* form, std::string text) {
    text.resize(12, ' ');
    return values_of<double>(ascii_table({form}, {1}, {text}).column(0).values)[0];
  };
  EXPECT_EQ(value("F12.2", "12345"), 123.45);  // implied decimals
  EXPECT_EQ(value("F12.2", "123.45"), 123.45);
  EXPECT_EQ(value("F12.0", "12345"), 12345);
  EXPECT_EQ(value("F12", "12345"), 12345);
  EXPECT_EQ(value("E12.3", "15E2"), 1.5);
  EXPECT_EQ(value("E12.3", "1.5-3"), 0.0015);
  EXPECT_EQ(value("E12.3", "1.5+3"), 1500);
  EXPECT_EQ(value("D12.3", "-1.5D-3"), -0.0015);
  EXPECT_EQ(value("D12.3", "+1.5d3"), 1500);
  EXPECT_EQ(value("D12.3", "1.5E3"), 1500);
  EXPECT_EQ(value("F12.2", "  - 5.5"), -5.5);
}

TEST(AsciiTable, Case68TakesBlanksAsterisksAndTnullAsNull) {
  const HeaderBuilder null = HeaderBuilder().key("TNULL1", "'-99'").key("TNULL2", "'N/A'");
  const Table table = ascii_table(
      {"I5", "F5.1"}, {1, 6},
      {"  -99  N/A", "     *****", "*****     ", "  -98  1.5", std::string("\0\0\0\0\0     ", 10)},
      null);
  const auto integers = table.read(0);
  ASSERT_OK(integers);
  EXPECT_EQ(nulls_of(*integers), (std::vector<size_t>{0, 1, 2, 4}));
  EXPECT_EQ(values_of<int64_t>(integers->values)[3], -98);
  const auto reals = table.read(1);
  ASSERT_OK(reals);
  EXPECT_EQ(nulls_of(*reals), (std::vector<size_t>{0, 1, 2, 4}));
  EXPECT_TRUE(std::isnan(values_of<double>(reals->values)[0]));
  EXPECT_EQ(values_of<double>(reals->values)[3], 1.5);
}

TEST(AsciiTable, SaysWhichFieldIsNoNumber) {
  for (const char* text : {"1.2.3", "abc  ", "1E   ", "1.5  ", "--5  ", "1 x  "}) {
    const Table table = ascii_table({"I5"}, {1}, {"   12", text});
    const auto read = table.read(0);
    EXPECT_CODE(read, ErrorCode::kCorrupt);
    EXPECT_NE(read.error().found.find("row 1"), std::string::npos);
  }
  for (const char* text : {"1.2.3", "abc  ", "1E   ", "1E5E5", "inf  ", "0x1  "})
    EXPECT_CODE(ascii_table({"F5.1"}, {1}, {text}).read(0), ErrorCode::kCorrupt) << text;
  EXPECT_CODE(ascii_table({"I20"}, {1}, {"99999999999999999999"}).read(0), ErrorCode::kCorrupt);
}

TEST(AsciiTable, ScalesNumbers) {
  const HeaderBuilder scaling = HeaderBuilder().key("TSCAL1", "0.5").key("TZERO1", "10.");
  const Table table = ascii_table({"I3"}, {1}, {"  7", " -1"}, scaling);
  EXPECT_EQ(table.layout.columns[0].natural_dtype(), Dtype::kFloat64);
  EXPECT_EQ(values_of<double>(table.column(0).values), (std::vector<double>{13.5, 9.5}));
}

TEST(AsciiTable, KeepsUnsignedIntegersExact) {
  const Table table = ascii_table({"I20"}, {1}, {" 9223372036854775807", "-9223372036854775808"},
                                  HeaderBuilder().key("TZERO1", "9223372036854775808"));
  ASSERT_EQ(table.layout.columns[0].natural_dtype(), Dtype::kUint64);
  EXPECT_EQ(values_of<uint64_t>(table.column(0).values), (std::vector<uint64_t>{UINT64_MAX, 0}));
}

TEST(AsciiTable, Case68ReadsOverlappingFieldsAndLosesOnlyBrokenOnes) {
  const Table table =
      ascii_table({"I4", "I2", "X4", "I3", "I2", "I"}, {1, 2, 1, 3, 0, 1}, {"1234"});
  EXPECT_EQ(values_of<int64_t>(table.column(0).values), std::vector<int64_t>{1234});
  EXPECT_EQ(values_of<int64_t>(table.column(1).values), std::vector<int64_t>{23});
  EXPECT_EQ(table.layout.columns[2].defect->keyword, "TFORM3");
  EXPECT_CODE(table.read(3), ErrorCode::kBadHeader);  // leaves the row
  EXPECT_CODE(table.read(4), ErrorCode::kBadHeader);  // TBCOL 0
  EXPECT_CODE(table.read(5), ErrorCode::kBadHeader);  // no width
  EXPECT_TRUE(ascii_table({"I4"}, {}, {"1234"}).layout.columns[0].defect);
  EXPECT_TRUE(ascii_table({"I18446744073709551615"}, {2}, {"1234"}).layout.columns[0].defect);
}

// --- Against CFITSIO ---

struct NumberColumn {
  const char* form;
  int code;  // of the type that holds its values
  size_t size;
  long repeat;
};

TEST(TableOfCfitsio, ReadsTheSameNumbers) {
  const test::TempDir dir;
  const std::string path = dir.file("table.fits");
  test::Random random(17);
  constexpr long kRows = 7000;
  // S, U, V and W are CFITSIO's names for the unsigned (signed byte) convention.
  const std::vector<NumberColumn> columns = {
      {"3B", TBYTE, 1, 3},     {"1S", TSBYTE, 1, 1},     {"2I", TSHORT, 2, 2},
      {"1U", TUSHORT, 2, 1},   {"1J", TINT, 4, 1},       {"2V", TUINT, 4, 2},
      {"1K", TLONGLONG, 8, 1}, {"1W", TULONGLONG, 8, 1}, {"5E", TFLOAT, 4, 5},
      {"1D", TDOUBLE, 8, 1},   {"2C", TCOMPLEX, 8, 2},   {"1M", TDBLCOMPLEX, 16, 1}};
  std::vector<char*> names, forms;
  for (const NumberColumn& c : columns) {
    names.push_back(const_cast<char*>("X"));
    forms.push_back(const_cast<char*>(c.form));
  }
  int status = 0;
  std::vector<Bytes> written;
  {
    test::Cfitsio file = test::Cfitsio::create(path);
    fits_create_tbl(file, BINARY_TBL, kRows, static_cast<int>(columns.size()), names.data(),
                    forms.data(), nullptr, nullptr, &status);
    for (size_t i = 0; i < columns.size(); ++i) {
      const NumberColumn& c = columns[i];
      written.push_back(random.bytes(static_cast<size_t>(kRows * c.repeat) * c.size));
      fits_write_col(file, c.code, static_cast<int>(i) + 1, 1, 1, kRows * c.repeat,
                     written.back().data(), &status);
    }
  }
  ASSERT_EQ(status, 0);

  const File file = std::move(*File::open(path));
  const Hdu hdu = test::hdu_of(path, 1);
  const TableLayout layout = *layout_of_table(hdu, parse_cards(*read_header(file, hdu)));
  std::vector<size_t> all(columns.size());
  std::iota(all.begin(), all.end(), size_t{0});
  const auto read = read_columns(layout, TableFile(file, hdu.data_offset), all, {0, kRows},
                                 kNoLimit, simd::detected_level(), nullptr);
  ASSERT_OK(read);
  const test::Cfitsio oracle = test::Cfitsio::open(path, 1);
  for (size_t i = 0; i < columns.size(); ++i) {
    Bytes expected(written[i].size());
    int any = 0;
    fits_read_col(oracle, columns[i].code, static_cast<int>(i) + 1, 1, 1, kRows * columns[i].repeat,
                  nullptr, expected.data(), &any, &status);
    ASSERT_EQ(status, 0);
    EXPECT_EQ((*read)[i].values, expected) << columns[i].form;
    EXPECT_EQ((*read)[i].values, written[i]) << columns[i].form;
  }
}

TEST(TableOfCfitsio, ReadsTheSameStringsLogicalsAndBits) {
  const test::TempDir dir;
  const std::string path = dir.file("table.fits");
  test::Random random(18);
  constexpr size_t kRows = 2000;
  char names[3][2] = {"S", "L", "X"};
  char forms[3][4] = {"9A", "2L", "13X"};
  char* name_list[] = {names[0], names[1], names[2]};
  char* form_list[] = {forms[0], forms[1], forms[2]};
  std::vector<std::string> strings(kRows);
  std::vector<char> logicals(2 * kRows), bits(13 * kRows);
  for (std::string& s : strings) {
    for (uint64_t n = random.between(0, 9); n > 0; --n)
      s += static_cast<char>(random.between('!', '~'));
  }
  for (char& c : logicals) c = random.chance(0.5);
  for (char& c : bits) c = random.chance(0.5);
  int status = 0;
  {
    test::Cfitsio file = test::Cfitsio::create(path);
    fits_create_tbl(file, BINARY_TBL, kRows, 3, name_list, form_list, nullptr, nullptr, &status);
    std::vector<char*> pointers;
    for (std::string& s : strings) pointers.push_back(s.data());
    fits_write_col(file, TSTRING, 1, 1, 1, kRows, pointers.data(), &status);
    fits_write_col(file, TLOGICAL, 2, 1, 1, 2 * kRows, logicals.data(), &status);
    for (size_t r = 0; r < kRows; ++r)
      fits_write_col_bit(file, 3, static_cast<LONGLONG>(r) + 1, 1, 13, bits.data() + 13 * r,
                         &status);
  }
  ASSERT_EQ(status, 0);
  const File file = std::move(*File::open(path));
  const Hdu hdu = test::hdu_of(path, 1);
  const TableLayout layout = *layout_of_table(hdu, parse_cards(*read_header(file, hdu)));
  const auto read = read_columns(layout, TableFile(file, hdu.data_offset), {0, 1, 2}, {0, kRows},
                                 kNoLimit, simd::detected_level(), nullptr);
  ASSERT_OK(read);
  EXPECT_EQ(strings_of((*read)[0]), strings);
  EXPECT_EQ(test::as_text((*read)[1].values), std::string(logicals.begin(), logicals.end()));
  EXPECT_EQ(test::as_text((*read)[2].values), std::string(bits.begin(), bits.end()));
}

TEST(TableOfCfitsio, ReadsTheSameScaledNumbers) {
  const test::TempDir dir;
  test::Random random(19);
  for (const auto& [form, size] : {std::pair("50B", 1), {"50I", 2}, {"50J", 4}, {"50K", 8}}) {
    const std::string path = dir.file(form);
    const HeaderBuilder scaling =
        HeaderBuilder().key("TSCAL1", "-0.3").key("TZERO1", "1.E5").key("TNULL1", 7);
    Bytes data = random.bytes(static_cast<size_t>(50 * size));
    data.resize(data.size() + static_cast<size_t>(size));
    data.back() = std::byte{7};
    data.resize(data.size() + static_cast<size_t>(49 * size));
    const Table table = one_column(form, static_cast<uint64_t>(50 * size), data, scaling);
    HeaderBuilder header = extension_header("BINTABLE", 8, {50 * size, 2}).key("TFIELDS", 1);
    header.key("TFORM1", "'" + std::string(form) + "'");
    const std::string text = header.records() + scaling.records();
    test::write_text(path, test::primary_header(8, {}).done() +
                               test::blocks_of(text + test::card_of("END")) +
                               test::blocks_of(std::string(test::as_text(data)), '\0'));
    std::vector<double> expected(100);
    double null = -1;
    int any = 0;
    int status = 0;
    fits_read_col(test::Cfitsio::open(path, 1), TDOUBLE, 1, 1, 1, 100, &null, expected.data(), &any,
                  &status);
    ASSERT_EQ(status, 0);
    const auto read = table.read(0);
    ASSERT_OK(read);
    std::vector<double> found = values_of<double>(read->values);
    for (const size_t i : nulls_of(*read)) found[i] = null;
    EXPECT_EQ(found, expected) << form;
    EXPECT_EQ(found[50], null);
  }
}

TEST(TableOfCfitsio, ReadsTheSameAsciiTable) {
  const test::TempDir dir;
  const std::string path = dir.file("ascii.fits");
  test::Random random(20);
  constexpr size_t kRows = 500;
  std::vector<std::string> forms = {"A9", "I20", "F18.6", "E16.8", "D24.16"};
  std::vector<char*> names, form_list, pointers;
  for (std::string& form : forms) {
    names.push_back(const_cast<char*>("X"));
    form_list.push_back(form.data());
  }
  std::vector<std::string> strings(kRows);
  std::vector<double> reals(kRows);
  std::vector<LONGLONG> integers = random.bits<LONGLONG>(kRows);
  for (LONGLONG& n : integers) n /= 4096;  // CFITSIO formats them as doubles
  for (size_t i = 0; i < kRows; ++i) {
    strings[i] = std::to_string(random.between(0, 99999999));
    pointers.push_back(strings[i].data());
    reals[i] = random.gaussian() * 1e5;
  }
  int status = 0;
  {
    test::Cfitsio file = test::Cfitsio::create(path);
    fits_create_tbl(file, ASCII_TBL, kRows, 5, names.data(), form_list.data(), nullptr, nullptr,
                    &status);
    fits_write_col(file, TSTRING, 1, 1, 1, kRows, pointers.data(), &status);
    fits_write_col(file, TLONGLONG, 2, 1, 1, kRows, integers.data(), &status);
    for (int c = 3; c <= 5; ++c)
      fits_write_col(file, TDOUBLE, c, 1, 1, kRows, reals.data(), &status);
  }
  ASSERT_EQ(status, 0);
  const File file = std::move(*File::open(path));
  const Hdu hdu = test::hdu_of(path, 1);
  ASSERT_EQ(hdu.kind, HduKind::kAsciiTable);
  const TableLayout layout = *layout_of_table(hdu, parse_cards(*read_header(file, hdu)));
  const auto read = read_columns(layout, TableFile(file, hdu.data_offset), {0, 1, 2, 3, 4},
                                 {0, kRows}, kNoLimit, simd::detected_level(), nullptr);
  ASSERT_OK(read);
  EXPECT_EQ(strings_of((*read)[0]), strings);
  EXPECT_EQ(values_of<LONGLONG>((*read)[1].values), integers);
  const test::Cfitsio oracle = test::Cfitsio::open(path, 1);
  for (size_t c = 2; c < 5; ++c) {
    std::vector<double> expected(kRows);
    int any = 0;
    fits_read_col(oracle, TDOUBLE, static_cast<int>(c) + 1, 1, 1, kRows, nullptr, expected.data(),
                  &any, &status);
    ASSERT_EQ(status, 0);
    const std::vector<double> found = values_of<double>((*read)[c].values);
    for (size_t i = 0; i < kRows; ++i)
      EXPECT_DOUBLE_EQ(found[i], expected[i]) << "CFITSIO adds digits up and rounds more than once";
  }
  // Seventeen digits bring a double back, whoever reads them.
  const std::vector<double> exact = values_of<double>((*read)[4].values);
  EXPECT_EQ(exact, reals);
}

}  // namespace
}  // namespace fitstream
