// Compressed tables of CFITSIO: read, they are the tables that they were made of.
#include <filesystem>
#include <functional>

#include "header.h"
#include "table_in_file.h"

namespace fitstream {
namespace {

using test::Columns;
using test::expect_same;
using test::HeaderBuilder;
using test::make_table;
using test::TableInFile;

constexpr uint64_t kRows = 400;

// Every TFORM letter; the variable-length ones but PX and QX, of which CFITSIO keeps no bits.
const std::vector<std::string> kForms = {
    "L",  "2L",  "X",   "11X", "B",   "3B",  "I",   "2I",  "J",   "4J",  "K",
    "E",  "3E",  "D",   "2D",  "C",   "2C",  "M",   "2M",  "A",   "12A", "8A4",
    "0J", "1PL", "PB",  "1PI", "1PJ", "1PK", "1PE", "1PD", "1PC", "1PM", "1PA",
    "QL", "QB",  "1QI", "1QJ", "1QK", "1QE", "1QD", "1QC", "1QM", "1QA"};

class CompressedTableOfCfitsio : public testing::Test {
 protected:
  TableInFile pack_by_cfitsio(const TableInFile& plain) {
    test::write_bytes(dir_.file("plain.fits"), plain.file);
    std::filesystem::remove(packed_path_);
    int status = 0;
    {
      test::Cfitsio from = test::Cfitsio::open(dir_.file("plain.fits"), 1);
      test::Cfitsio to = test::Cfitsio::create(packed_path_);
      fits_create_img(to, BYTE_IMG, 0, nullptr, &status);
      fits_compress_table(from, to, &status);
    }
    EXPECT_EQ(status, 0);
    TableInFile packed(test::read_bytes(packed_path_));
    EXPECT_TRUE(packed.hdu.table->is_compressed);
    return packed;
  }

  test::Random random_{23};
  test::TempDir dir_;
  std::string packed_path_ = dir_.file("packed.fits");
};

TEST_F(CompressedTableOfCfitsio, Case69IsWhatItWasMadeOfInEveryCodecAndTileLength) {
  for (const std::string codec : {"", "GZIP_1", "GZIP_2", "RICE_1"}) {
    for (const int64_t tile_rows : {int64_t{1}, int64_t{7}, int64_t{399}, int64_t{400}}) {
      HeaderBuilder more;
      more.key("FZTILELN", tile_rows).key("TDIM10", "'(2,2)'");
      if (!codec.empty()) more.key("FZALGOR", "'" + codec + "'");
      const TableInFile plain = make_table(kForms, kRows, random_, more);
      const TableInFile packed = pack_by_cfitsio(plain);
      const std::string what = codec + " " + std::to_string(tile_rows);
      expect_same(packed.read_all(), plain.read_all(), what);
      for (int i = 0; i < 20; ++i) {
        const uint64_t first = random_.between(0, kRows);
        const RowRange rows{first, random_.between(0, kRows - first)};
        std::vector<size_t> columns(random_.between(0, 5));
        for (size_t& c : columns) c = random_.between(0, kForms.size() - 1);
        expect_same(packed.read(columns, rows), plain.read(columns, rows), what);
      }
    }
  }
}

TEST_F(CompressedTableOfCfitsio, KeepsScalingAndNulls) {
  HeaderBuilder more;
  more.key("TZERO1", 32768).key("TSCAL2", "0.5").key("TZERO2", "3.0").key("TNULL2", 20);
  more.key("TTYPE4", "'NAME'").key("TNULL3", 21).key("TZERO5", "-128").key("FZTILELN", 90);
  const TableInFile plain = make_table({"I", "J", "1PI", "5A", "B", "L"}, kRows, random_, more);
  const TableInFile packed = pack_by_cfitsio(plain);
  const auto found = packed.read_all();
  expect_same(found, plain.read_all());
  EXPECT_GT((*found)[1].nulls, 0u);
  EXPECT_GT((*found)[5].nulls, 0u);
  EXPECT_EQ(compressed_table_of(packed.hdu, packed.cards)->layout.columns[3].name, "NAME");
}

TEST_F(CompressedTableOfCfitsio, IsReadFromAFileToo) {
  const TableInFile plain = make_table({"J", "1PE", "1PA"}, 5000, random_);
  const TableInFile packed = pack_by_cfitsio(plain);
  // Without the padding of the last block.
  std::filesystem::resize_file(packed_path_, packed.hdu.data_offset + packed.hdu.data_length);
  const File file = std::move(*File::open(packed_path_));
  expect_same(packed.read(TableFile(file, packed.hdu.data_offset), {0, 1, 2}, {0, 5000}),
              plain.read_all());
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

TEST_F(CompressedTableOfCfitsio, IsReadNoFurtherThanItsColumnsAndRowsNeed) {
  const TableInFile plain =
      make_table({"300D", "300D", "300D"}, kRows, random_, HeaderBuilder().key("FZTILELN", 50));
  const TableInFile packed = pack_by_cfitsio(plain);
  const auto read = [&](const std::vector<size_t>& columns, RowRange rows) {
    const CountedBytes bytes(packed.data());
    expect_same(packed.read(bytes, columns, rows), plain.read(columns, rows));
    return bytes.total;
  };
  const uint64_t all = read({0, 1, 2}, {0, kRows});
  EXPECT_LT(read({1}, {0, kRows}), all / 2);
  EXPECT_LT(read({1}, {49, 2}), all / 8);
}

TEST_F(CompressedTableOfCfitsio, IsLimited) {
  const TableInFile plain = make_table({"K", "1PD"}, 2000, random_);
  const TableInFile packed = pack_by_cfitsio(plain);
  EXPECT_CODE(packed.read({0}, {0, 2000}, 15999), ErrorCode::kLimit);
  EXPECT_CODE(packed.read({1}, {0, 2000}, 100000), ErrorCode::kLimit);
  // A tile is decoded as a whole.
  EXPECT_CODE(packed.read({0}, {0, 1}, 15999), ErrorCode::kLimit);
  EXPECT_TRUE(packed.read({0}, {0, 1}, 16000));
}

TEST_F(CompressedTableOfCfitsio, HasNoOtherRowsAndColumns) {
  const TableInFile packed = pack_by_cfitsio(make_table({"K"}, 2000, random_));
  EXPECT_CODE(packed.read({1}, {0, 1}), ErrorCode::kOutOfBounds);
  EXPECT_CODE(packed.read({0}, {0, 2001}), ErrorCode::kOutOfBounds);
  EXPECT_CODE(packed.read({0}, {2001, 0}), ErrorCode::kOutOfBounds);
  EXPECT_TRUE(packed.read({0}, {2000, 0}));
  EXPECT_TRUE(packed.read({}, {0, 2000}));
}

TEST_F(CompressedTableOfCfitsio, IsNotTakenFromAHeaderThatMakesNoSense) {
  const TableInFile packed = pack_by_cfitsio(
      make_table({"J", "E", "1PJ"}, 2000, random_, HeaderBuilder().key("FZTILELN", 500)));
  for (const char* value : {"0", "-1", "'500'", "400"})  // the last: more tiles than there are
    EXPECT_CODE(packed.with("ZTILELEN", value).read_all(), ErrorCode::kBadHeader) << value;
  // Columns fail on their own.
  for (const char* value : {"'5Z'", "'2J'", "'2PJ'"}) {
    const TableInFile changed = packed.with("ZFORM1", value);
    EXPECT_FALSE(changed.read({0}, {0, 2000})) << value;
  }
  EXPECT_TRUE(packed.with("ZCTYP1", "'LZW'").read({1, 2}, {0, 2000}));
  EXPECT_CODE(packed.with("ZCTYP1", "'LZW'").read({0}, {0, 2000}), ErrorCode::kUnsupported);
  EXPECT_CODE(packed.with("ZCTYP2", "'RICE_1'").read({1}, {0, 2000}), ErrorCode::kUnsupported);
  EXPECT_CODE(packed.with("ZCTYP1", "'GZIP_1'").read({0}, {0, 2000}), ErrorCode::kCorrupt);
  EXPECT_CODE(packed.with("TFORM2", "'2D'").read({1}, {0, 2000}), ErrorCode::kBadHeader);
  EXPECT_CODE(packed.with("TFORM2", "'1QE'").read({1}, {0, 2000}), ErrorCode::kBadHeader);
  EXPECT_FALSE(packed.with("ZNAXIS2", "1999").read({1}, {1500, 1}));
}

TEST_F(CompressedTableOfCfitsio, TakesNoMemoryOnAHeadersWord) {
  const TableInFile packed = pack_by_cfitsio(make_table({"J", "E", "1PJ"}, 2000, random_));
  const uint64_t rows = uint64_t{1} << 50;
  const TableInFile changed =
      packed.with("ZNAXIS2", std::to_string(rows)).with("ZTILELEN", std::to_string(rows));
  for (const size_t c : {0, 1, 2})
    EXPECT_CODE(changed.read({c}, {0, rows}, INT64_MAX), ErrorCode::kCorrupt) << c;
  const TableInFile many = packed.with("NAXIS2", std::to_string(uint64_t{1} << 40));
  EXPECT_CODE(many.with("ZTILELEN", "1").read({0}, {0, 2000}), ErrorCode::kTruncated);
}

TEST_F(CompressedTableOfCfitsio, EndsWhereItsFileEnds) {
  const TableInFile packed = pack_by_cfitsio(make_table(kForms, 12, random_));
  for (uint64_t length = 0; length < packed.hdu.data_length; length += random_.between(1, 100))
    EXPECT_CODE(
        packed.read(TableMemory(packed.data().first(length)), packed.all_columns(), {0, 12}),
        ErrorCode::kTruncated);
}

// Calls `visit` with each byte of the data wrong in turn.
void damage_each_byte(TableInFile table, test::Random& random,
                      const std::function<void(const TableInFile&)>& visit) {
  for (size_t at = 0; at < table.hdu.data_length; ++at) {
    std::byte& byte = table.file[table.hdu.data_offset + at];
    const std::byte good = byte;
    byte ^= static_cast<std::byte>(random.between(1, 255));
    visit(table);
    byte = good;
  }
}

TEST_F(CompressedTableOfCfitsio, GivesNoWrongValuesWhereAGzipStreamIsDamaged) {
  HeaderBuilder more;
  more.key("FZALGOR", "'GZIP_2'").key("FZTILELN", 100);
  const TableInFile plain = make_table({"2J", "3E", "8A", "D", "C"}, 160, random_, more);
  const auto expected = plain.read_all();
  size_t errors = 0;
  const TableInFile packed = pack_by_cfitsio(plain);
  damage_each_byte(packed, random_, [&](const TableInFile& damaged) {
    const auto read = damaged.read_all();
    if (!read) {
      EXPECT_CODE(read, ErrorCode::kCorrupt);
      ++errors;
    } else {
      expect_same(read, expected);  // the time and the system that a stream names, say
    }
  });
  EXPECT_GT(errors, packed.hdu.data_length * 9 / 10);
}

// RICE and cells that are not compressed have no checksums: values may be wrong, but are as many.
TEST_F(CompressedTableOfCfitsio, GivesAnErrorOrValuesWhereverItIsDamaged) {
  HeaderBuilder more;
  more.key("FZALGOR", "'RICE_1'").key("FZTILELN", 12);
  const std::vector<std::string> forms = {"2J", "I", "B", "1PJ", "1QI", "1PE", "1PA", "1PC"};
  const TableInFile packed = pack_by_cfitsio(make_table(forms, 20, random_, more));
  size_t errors = 0;
  damage_each_byte(packed, random_, [&](const TableInFile& damaged) {
    const auto read = damaged.read_all();
    if (!read) {
      ++errors;
    } else {
      EXPECT_EQ((*read)[0].elements, 40u);
    }
  });
  EXPECT_GT(errors, packed.hdu.data_length / 10);
}

TEST_F(CompressedTableOfCfitsio, GivesAnErrorOrValuesWhateverItsHeaderSays) {
  const std::vector<std::string> forms = {"2J", "E", "8A", "C", "1PJ", "1QD"};
  const TableInFile packed =
      pack_by_cfitsio(make_table(forms, 150, random_, HeaderBuilder().key("FZTILELN", 40)));
  const std::string_view wrong = "0123456789-.TFPQBIJKEDCMXAL";
  size_t good = 0;
  for (int i = 0; i < 3000; ++i) {
    std::string header(test::as_text(packed.file).substr(kBlock, packed.hdu.header_length));
    for (uint64_t changes = random_.between(1, 4); changes > 0; --changes) {
      const size_t at = random_.between(0, packed.hdu.cards - 1) * kCard + random_.between(8, 34);
      header[at] = wrong[random_.between(0, wrong.size() - 1)];
    }
    const auto hdu = scan_hdu(header, kBlock, 1);
    if (!hdu || !*hdu) continue;
    const auto table = compressed_table_of(**hdu, parse_cards(header));
    if (!table) continue;
    const RowRange rows{0, std::min<uint64_t>(table->layout.frame.rows, 150)};
    for (size_t c = 0; c < table->layout.columns.size(); ++c)
      if (read_columns(*table, TableMemory(packed.data()), {c}, rows, uint64_t{1} << 20,
                       simd::detected_level(), nullptr))
        ++good;
  }
  EXPECT_GT(good, 3000u);
}

}  // namespace
}  // namespace fitstream
