// Rows found while a table is read: the same as those that a full read gives, row by row.
#include <filesystem>

#include "table_in_file.h"
#include "where/read.h"
#include "where_support.h"

namespace fitstream {
namespace {

using test::Columns;
using test::HeaderBuilder;
using test::Op;
using test::Program;
using test::ProgramBuilder;
using test::TableInFile;

constexpr uint64_t kRows = 12000;  // some blocks

// Of one value a row first, with nulls, scaling and both kinds of unsigned integers; then others.
const std::vector<std::string> kForms = {"B",   "I",   "J",  "K",   "E",   "D",   "L",   "X",
                                         "5A",  "I",   "J",  "K",   "B",   "0A",  "3E",  "C",
                                         "1PJ", "1QE", "2L", "11X", "8A4", "1PX", "1PA", "600E"};
constexpr size_t kSearched = 14;  // columns that a condition can name

HeaderBuilder cards() {
  HeaderBuilder more;
  more.key("TNULL1", 20).key("TNULL3", 21);
  more.key("TSCAL10", "0.5").key("TZERO10", "3.0").key("TNULL10", 19);
  more.key("TZERO11", "2147483648").key("TNULL11", 22);
  more.key("TZERO12", "9223372036854775808").key("TZERO13", "-128");
  return more;
}

// A table that can be read and searched, compressed or not.
struct Searched {
  const TableInFile& file;
  std::optional<TableLayout> layout;
  std::optional<CompressedTable> compressed;

  explicit Searched(const TableInFile& in) : file(in) {
    if (in.hdu.table->is_compressed)
      compressed = *compressed_table_of(in.hdu, in.cards);
    else
      layout = *layout_of_table(in.hdu, in.cards);
  }
  const TableLayout& seen() const { return compressed ? compressed->layout : *layout; }

  Result<Columns> read(const TableBytes& bytes, const TableRequest& request) const {
    return compressed ? read_columns(*compressed, bytes, request)
                      : read_columns(*layout, bytes, request);
  }
  Result<where::Hits> search(const TableBytes& bytes, const TableRequest& request,
                             const Program& program, uint64_t limit = UINT64_MAX) const {
    const where::Condition condition{program, seen(), limit};
    return compressed ? where::read_where(*compressed, bytes, request, condition)
                      : where::read_where(*layout, bytes, request, condition);
  }
  TableRequest request(std::vector<size_t> columns) const {
    TableRequest out;
    out.columns = std::move(columns);
    out.rows.range = {0, seen().frame.rows};
    out.max_bytes = uint64_t{1} << 32;
    out.level = simd::detected_level();
    return out;
  }

  // The rows that are hits, each taken by itself out of what a full read gives.
  std::vector<uint64_t> hits(const Program& program, RowRange rows) const {
    TableRequest named = request(program.columns);
    named.rows.range = rows;
    const auto columns = read(test_bytes(), named);
    if (!columns) throw std::runtime_error(test::describe(columns.error()));
    Program by_slot = program;
    std::vector<where::Operand> operands;
    for (size_t i = 0; i < program.columns.size(); ++i) {
      operands.push_back(where::operand_of(seen().columns[program.columns[i]], (*columns)[i]));
      by_slot.columns[i] = i;
    }
    std::vector<uint64_t> out;
    for (uint64_t row = 0; row < rows.count; ++row)
      if (test::value_of(by_slot, operands, row) == test::Value(true))
        out.push_back(rows.first + row);
    return out;
  }
  TableMemory test_bytes() const { return TableMemory(file.data()); }
};

void expect_hits(const Searched& table, const TableBytes& bytes, const Program& program,
                 const TableRequest& request, uint64_t limit, const std::string& what) {
  std::vector<uint64_t> rows;
  try {
    rows = table.hits(program, request.rows.range);
  } catch (const test::Overflow&) {
    return;
  }
  rows.resize(std::min<uint64_t>(rows.size(), limit));
  auto found = table.search(bytes, request, program, limit);
  ASSERT_OK(found);
  EXPECT_EQ(found->rows, std::vector<double>(rows.begin(), rows.end())) << what;
  TableRequest listed = table.request(request.columns);
  listed.rows.list = rows;
  auto columns = table.read(table.test_bytes(), listed);
  test::expect_same(Result<Columns>(std::move(found->columns)), columns, what);
}

// Random conditions over the columns of one value, and any columns out of the hits.
void search_at_random(const Searched& table, const TableBytes& bytes, test::Random& random,
                      int times) {
  const size_t columns = table.seen().columns.size();
  std::vector<where::ValueType> types;
  std::vector<size_t> searched;
  for (size_t c = 0; c < columns; ++c)
    if (const auto type = where::type_of(table.seen().columns[c])) {
      types.push_back(*type);
      searched.push_back(c);
    }
  ASSERT_EQ(searched.size(), std::min(columns, kSearched));
  for (int i = 0; i < times; ++i) {
    Program program = test::random_condition(types, random);
    program.columns = searched;
    std::vector<size_t> wanted(random.between(0, 6));
    for (size_t& c : wanted) c = random.between(0, columns - 1);
    TableRequest request = table.request(wanted);
    if (random.chance(0.3)) {
      request.rows.range.first = random.between(0, table.seen().frame.rows);
      request.rows.range.count =
          random.between(0, table.seen().frame.rows - request.rows.range.first);
    }
    request.threads = random.pick(std::vector<size_t>{1, 1, 2, 5});
    const uint64_t limit = random.pick(std::vector<uint64_t>{UINT64_MAX, UINT64_MAX, 0, 1, 700});
    expect_hits(table, bytes, program, request, limit, std::to_string(i));
    if (testing::Test::HasFatalFailure() || testing::Test::HasFailure()) return;
  }
}

class WhereRead : public testing::Test {
 protected:
  TableInFile packed(const TableInFile& plain) const {
    test::write_bytes(dir_.file("plain.fits"), plain.file);
    std::filesystem::remove(dir_.file("packed.fits"));
    int status = 0;
    {
      test::Cfitsio from = test::Cfitsio::open(dir_.file("plain.fits"), 1);
      test::Cfitsio to = test::Cfitsio::create(dir_.file("packed.fits"));
      fits_create_img(to, BYTE_IMG, 0, nullptr, &status);
      fits_compress_table(from, to, &status);
    }
    EXPECT_EQ(status, 0);
    return TableInFile(test::read_bytes(dir_.file("packed.fits")));
  }

  test::Random random_{91};
  test::TempDir dir_;
};

TEST_F(WhereRead, GivesTheRowsAndCellsOfHitsOfEveryKindOfColumn) {
  const TableInFile file = test::make_table(kForms, kRows, random_, cards());
  const Searched table(file);
  test::write_bytes(dir_.file("t.fits"), file.file);
  const File read = std::move(*File::open(dir_.file("t.fits")));
  const File mapped = std::move(*File::open_immutable(dir_.file("t.fits")));
  search_at_random(table, table.test_bytes(), random_, 25);
  search_at_random(table, TableFile(read, file.hdu.data_offset), random_, 40);
  search_at_random(table, TableFile(mapped, file.hdu.data_offset), random_, 15);
}

TEST_F(WhereRead, DoesSoOfCompressedTables) {
  std::vector<std::string> forms = kForms;
  std::replace(forms.begin(), forms.end(), std::string("1PX"), std::string("1PB"));
  for (const int64_t tile_rows : {100, 2000}) {
    HeaderBuilder more = cards();
    more.key("FZTILELN", tile_rows);
    const TableInFile file = packed(test::make_table(forms, 2000, random_, more));
    const Searched table(file);
    search_at_random(table, table.test_bytes(), random_, 15);
  }
}

TEST_F(WhereRead, DoesSoOfRowsMuchLongerThanTheirColumns) {
  // Only the cells are read, in pieces.
  const TableInFile file = test::make_table({"J", "9000D", "5A", "9000D", "E"}, 60, random_);
  const Searched table(file);
  test::write_bytes(dir_.file("t.fits"), file.file);
  const File read = std::move(*File::open(dir_.file("t.fits")));
  const TableFile bytes(read, file.hdu.data_offset);
  const auto program = ProgramBuilder().column(4).number(0).op(Op::kGreater).program;
  for (const std::vector<size_t>& columns :
       {std::vector<size_t>{0, 2}, std::vector<size_t>{2}, std::vector<size_t>{4, 1, 0}})
    expect_hits(table, bytes, program, table.request(columns), UINT64_MAX, "");
}

TEST_F(WhereRead, DoesSoOfAsciiTables) {
  std::string rows;
  for (int i = 0; i < 3000; ++i) {
    char row[40];
    std::snprintf(row, sizeof row, "%6d %-6s%8.3f", i, i % 7 == 0 ? "seven" : "x", i / 10.0);
    rows += i % 5 == 0 ? "       " + std::string(row).substr(7, 14) : row;
  }
  HeaderBuilder header = test::extension_header("TABLE", 8, {21, 3000});
  header.key("TFIELDS", 3).key("TFORM1", "'I6'").key("TBCOL1", 1).key("TFORM2", "'A6'");
  header.key("TBCOL2", 8).key("TFORM3", "'F8.3'").key("TBCOL3", 14);
  test::Bytes bytes = test::as_bytes(test::primary_header(8, {}).done() + header.done() + rows);
  const TableInFile file(std::move(bytes));
  const Searched table(file);
  const auto program = ProgramBuilder()
                           .column(0)
                           .integer(100)
                           .op(Op::kGreater)
                           .column(1)
                           .like("s%")
                           .op(Op::kAnd)
                           .column(2)
                           .number(250)
                           .op(Op::kLess)
                           .op(Op::kAnd)
                           .program;
  expect_hits(table, table.test_bytes(), program, table.request({2, 0, 1}), UINT64_MAX, "");
  const auto nulls = ProgramBuilder().column(0).op(Op::kIsNull).program;
  expect_hits(table, table.test_bytes(), nulls, table.request({0, 1}), UINT64_MAX, "");
  EXPECT_EQ(table.search(table.test_bytes(), table.request({}), nulls)->rows.size(), 600u);
}

TEST_F(WhereRead, SaysWhereAFieldOfAnAsciiTableIsNoNumber) {
  std::string rows;
  for (int i = 0; i < 60000; ++i) rows += i == 59999 ? "     x     1" : "     1     1";
  HeaderBuilder header = test::extension_header("TABLE", 8, {12, 60000});
  header.key("TFIELDS", 2).key("TFORM1", "'I6'").key("TBCOL1", 1).key("TFORM2", "'I6'");
  header.key("TBCOL2", 7);
  const TableInFile file(test::as_bytes(test::primary_header(8, {}).done() + header.done() + rows));
  const Searched table(file);
  const auto first = ProgramBuilder().column(0).integer(0).op(Op::kGreater).program;
  const auto found = table.search(table.test_bytes(), table.request({1}), first);
  ASSERT_EQ(test::code_of(found), ErrorCode::kCorrupt);
  EXPECT_EQ(found.error().found, "'x' in row 16351, counted from row 43648");
  const auto second = ProgramBuilder().column(1).integer(0).op(Op::kGreater).program;
  EXPECT_CODE(table.search(table.test_bytes(), table.request({0}), second), ErrorCode::kCorrupt);
  EXPECT_TRUE(table.search(table.test_bytes(), table.request({0}), second, 59999));
}

TEST_F(WhereRead, NeedsNoRowsAndNoColumns) {
  const auto all = ProgramBuilder().boolean(true).program;

  const TableInFile some = test::make_table({"J", "5A", "1PJ"}, 5, random_);
  const TableInFile empty = some.with("NAXIS2", "0");
  for (const TableInFile& file : {empty, some, packed(some)}) {
    const Searched table(file);
    expect_hits(table, table.test_bytes(), all, table.request({0, 1, 2}), UINT64_MAX, "");
    expect_hits(table, table.test_bytes(), all, table.request({}), UINT64_MAX, "");
    const auto none = ProgramBuilder().column(0).op(Op::kIsNull).program;
    expect_hits(table, table.test_bytes(), none, table.request({2, 1, 0}), UINT64_MAX, "");
  }
}

// Counts what is read.
class CountedBytes final : public TableBytes {
 public:
  explicit CountedBytes(ByteSpan data) : memory_(data) {}
  Status read(uint64_t offset, MutableByteSpan to) const override {
    total += to.size();
    return memory_.read(offset, to);
  }
  uint64_t length() const override { return memory_.length(); }
  mutable uint64_t total = 0;

 private:
  TableMemory memory_;
};

TEST_F(WhereRead, ReadsEachByteOnceAndNoFurtherThanTheLastHitThatIsWanted) {
  const TableInFile file = test::make_table({"J", "20D"}, 20000, random_);
  const Searched table(file);
  const auto all = ProgramBuilder().boolean(true).program;
  const CountedBytes bytes(file.data());
  ASSERT_OK(table.search(bytes, table.request({0, 1}), all));
  EXPECT_EQ(bytes.total, 20000u * 164);
  const CountedBytes first(file.data());
  ASSERT_OK(table.search(first, table.request({0, 1}), all, 10));
  EXPECT_LE(first.total, kRowBlock);
}

// A number a row, of which one overflows.
TableInFile with_overflow(uint64_t at, uint64_t rows, test::Random& random) {
  TableInFile file = test::make_table({"K", "30D"}, rows, random);
  for (uint64_t row = 0; row < rows; ++row) {
    const uint64_t value = swap_bytes(row == at ? uint64_t{INT64_MAX} : row);
    std::memcpy(file.file.data() + file.hdu.data_offset + row * 248, &value, sizeof value);
  }
  return file;
}

TEST_F(WhereRead, NamesTheRowOfAnErrorUnlessItsRowIsNotNeeded) {
  const TableInFile file = with_overflow(15000, 20000, random_);
  const auto program =
      ProgramBuilder().column(0).integer(1).op(Op::kAdd).integer(0).op(Op::kGreater).program;
  for (const TableInFile& each : {file, packed(file)}) {
    const Searched table(each);
    for (const size_t threads : {1, 4}) {
      TableRequest request = table.request({0});
      request.threads = threads;
      request.rows.range = {100, 19000};
      const auto found = table.search(table.test_bytes(), request, program);
      ASSERT_EQ(test::code_of(found), ErrorCode::kBadArgument);
      EXPECT_NE(found.error().what.find("row 15000"), std::string::npos) << found.error().what;
    }
  }
  const Searched table(file);
  TableRequest request = table.request({0});
  request.threads = 4;
  for (int i = 0; i < 20; ++i) {
    const auto found = table.search(table.test_bytes(), request, program, 10000);
    ASSERT_OK(found);
    EXPECT_EQ(found->rows.size(), 10000u);
  }
}

TEST_F(WhereRead, IsBoundedAndCancelled) {
  const TableInFile file = test::make_table({"D", "1PD", "9A"}, kRows, random_);
  const auto all = ProgramBuilder().boolean(true).program;
  const auto none = ProgramBuilder().boolean(false).program;
  for (const TableInFile& each : {file, packed(file)}) {
    const Searched table(each);
    for (const size_t threads : {1, 3}) {
      TableRequest request = table.request({0, 1, 2});
      request.threads = threads;
      // Room for what is expanded at a time, and for no more.
      request.max_bytes = kRows * 25;
      EXPECT_CODE(table.search(table.test_bytes(), request, all), ErrorCode::kLimit);
      EXPECT_TRUE(table.search(table.test_bytes(), request, all, 10));
      EXPECT_TRUE(table.search(table.test_bytes(), request, none));
      const std::atomic<int32_t> raised = 1;
      request.cancel = &raised;
      EXPECT_CODE(table.search(table.test_bytes(), request, none), ErrorCode::kAborted);
    }
  }
}

TEST_F(WhereRead, RefusesWhatCannotBeCompared) {
  const TableInFile file = test::make_table(kForms, 10, random_, cards());
  const Searched table(file);
  for (size_t c = kSearched; c < kForms.size(); ++c)
    EXPECT_CODE(table.search(table.test_bytes(), table.request({}),
                             ProgramBuilder().column(c).op(Op::kIsNull).program),
                ErrorCode::kBadArgument);
  EXPECT_CODE(table.search(table.test_bytes(), table.request({}),
                           ProgramBuilder().column(99).op(Op::kIsNull).program),
              ErrorCode::kOutOfBounds);
  EXPECT_CODE(
      table.search(table.test_bytes(), table.request({99}), ProgramBuilder().boolean(true).program),
      ErrorCode::kOutOfBounds);
  EXPECT_CODE(
      table.search(table.test_bytes(), table.request({}), ProgramBuilder().column(2).program),
      ErrorCode::kBadArgument);
  TableRequest request = table.request({0});
  request.rows.range = {5, 6};
  EXPECT_CODE(table.search(table.test_bytes(), request, ProgramBuilder().boolean(true).program),
              ErrorCode::kOutOfBounds);
}

TEST_F(WhereRead, ComparesPhysicalValuesWhateverComesOut) {
  const TableInFile file = test::make_table(kForms, 500, random_, cards());
  const TableLayout layout = *layout_of_table(file.hdu, file.cards);
  const Searched table(file);
  const TableRequest request = table.request({9, 6, 8});
  const auto program =
      ProgramBuilder().column(9).number(13).op(Op::kGreater).column(6).op(Op::kAnd).program;
  const TableLayout stored = as_bytes(as_stored(layout));
  auto found =
      where::read_where(stored, table.test_bytes(), request, {program, layout, UINT64_MAX});
  ASSERT_OK(found);
  TableRequest listed = request;
  listed.rows.list = table.hits(program, {0, 500});
  EXPECT_FALSE(listed.rows.list->empty());
  test::expect_same(Result<Columns>(std::move(found->columns)),
                    read_columns(stored, table.test_bytes(), listed));
}

TEST_F(WhereRead, FindsOutThatTheFileIsShort) {
  TableInFile file = test::make_table({"J", "1PJ"}, 1000, random_);
  file.file.resize(file.hdu.data_offset + 500 * 12);
  const Searched table(file);
  EXPECT_CODE(
      table.search(table.test_bytes(), table.request({0}), ProgramBuilder().boolean(true).program),
      ErrorCode::kTruncated);
  file.file.resize(file.hdu.data_offset + 1000 * 12);
  EXPECT_CODE(
      table.search(table.test_bytes(), table.request({1}), ProgramBuilder().boolean(true).program),
      ErrorCode::kTruncated);
  EXPECT_TRUE(table.search(table.test_bytes(), table.request({1}),
                           ProgramBuilder().boolean(false).program));
}

}  // namespace
}  // namespace fitstream
