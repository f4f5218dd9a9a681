// Compressed tables written by CFITSIO, against the tables that they were made of.
#include "compressed_table.h"

#include <filesystem>

#include "header.h"
#include "support.h"

namespace fitstream {
namespace {

using test::Bytes;

constexpr uint64_t kLimit = uint64_t{1} << 30;
constexpr long kRows = 3000;

class CompressedTableTest : public testing::Test {
 protected:
  // A table in HDU 1 of plain.fits, and the same compressed in packed.fits.
  void SetUp() override {
    test::Random random(23);
    std::vector<std::string> names = {"B", "I", "J", "E", "D", "A", "PJ", "PE"};
    std::vector<std::string> forms = {"B", "2I", "J", "E", "D", "8A", "1PJ", "1PE"};
    std::vector<char*> name_list, form_list;
    for (size_t i = 0; i < names.size(); ++i) {
      name_list.push_back(names[i].data());
      form_list.push_back(forms[i].data());
    }
    int status = 0;
    test::Cfitsio plain = test::Cfitsio::create(plain_);
    fits_create_tbl(plain, BINARY_TBL, kRows, 8, name_list.data(), form_list.data(), nullptr,
                    nullptr, &status);
    Bytes rows = random.bytes(1 + 4 + 4 + 4 + 8);
    for (long row = 1; row <= kRows; ++row) {
      rows[row % 21] = static_cast<std::byte>(row);
      fits_write_tblbytes(plain, row, 1, 21, reinterpret_cast<unsigned char*>(rows.data()),
                          &status);
      std::string text = std::to_string(row);
      char* pointer = text.data();
      fits_write_col(plain, TSTRING, 6, row, 1, 1, &pointer, &status);
      std::vector<int> integers(random.between(0, 20), static_cast<int>(row));
      std::vector<float> reals = random.bits<float>(random.between(0, 20));
      fits_write_col(plain, TINT, 7, row, 1, static_cast<LONGLONG>(integers.size()),
                     integers.data(), &status);
      fits_write_col(plain, TFLOAT, 8, row, 1, static_cast<LONGLONG>(reals.size()), reals.data(),
                     &status);
    }
    fits_flush_file(plain, &status);
    test::Cfitsio packed = test::Cfitsio::create(packed_);
    fits_create_img(packed, BYTE_IMG, 0, nullptr, &status);
    fits_compress_table(plain, packed, &status);
    ASSERT_EQ(status, 0);
  }

  void expect_same(const Result<ExpandedTable>& expanded) {
    ASSERT_OK(expanded);
    const File file = std::move(*File::open(plain_));
    const Hdu hdu = test::hdu_of(plain_, 1);
    const TableLayout layout = *layout_of_table(hdu, parse_cards(*read_header(file, hdu)));
    const std::vector<size_t> all = {0, 1, 2, 3, 4, 5, 6, 7};
    const auto read = [&](const TableLayout& from, const TableBytes& bytes) {
      return *read_columns(from, bytes, all, {0, kRows}, kLimit, simd::detected_level(), nullptr);
    };
    const auto expected = read(layout, TableFile(file, hdu.data_offset));
    const auto found = read(expanded->layout, TableMemory(expanded->data));
    for (const size_t c : all) {
      EXPECT_EQ(found[c].values, expected[c].values) << c;
      EXPECT_EQ(found[c].offsets, expected[c].offsets) << c;
      EXPECT_EQ(expanded->layout.columns[c].name, layout.columns[c].name);
    }
  }

  test::TempDir dir_;
  std::string plain_ = dir_.file("plain.fits");
  std::string packed_ = dir_.file("packed.fits");
};

TEST_F(CompressedTableTest, ExpandsToWhatItWasMadeOf) {
  const Hdu hdu = test::hdu_of(packed_, 1);
  ASSERT_TRUE(hdu.table->is_compressed);
  expect_same(expand_table(*File::open(packed_), hdu, kLimit));
}

TEST_F(CompressedTableTest, ExpandsTheSameFromMemory) {
  const Hdu hdu = test::hdu_of(packed_, 1);
  const Bytes file = test::read_bytes(packed_);
  const ByteSpan bytes =
      ByteSpan(file).subspan(hdu.header_offset, hdu.header_length + hdu.data_length);
  expect_same(expand_table(bytes, hdu, kLimit));
}

TEST_F(CompressedTableTest, ExpandsFromAFileWhoseLastBlockIsNotPadded) {
  const Hdu hdu = test::hdu_of(packed_, 1);
  std::filesystem::resize_file(packed_, hdu.data_offset + hdu.data_length);
  expect_same(expand_table(*File::open(packed_), hdu, kLimit));
}

TEST_F(CompressedTableTest, DescribesTheColumnsWithoutExpandingThem) {
  const File file = std::move(*File::open(packed_));
  const Hdu hdu = test::hdu_of(packed_, 1);
  const auto layout = layout_of_table(hdu, parse_cards(*read_header(file, hdu)));
  ASSERT_OK(layout);
  EXPECT_EQ(layout->frame.rows, static_cast<uint64_t>(kRows));
  ASSERT_EQ(layout->columns.size(), 8u);
  EXPECT_EQ(layout->columns[1].form, "2I");
  EXPECT_EQ(layout->columns[1].offset, 1u);
  EXPECT_EQ(layout->columns[5].width, 8u);
}

TEST_F(CompressedTableTest, IsLimited) {
  EXPECT_CODE(expand_table(*File::open(packed_), test::hdu_of(packed_, 1), kRows * 45 - 1),
              ErrorCode::kLimit);
  EXPECT_CODE(expand_table(*File::open(plain_), test::hdu_of(plain_, 1), kLimit),
              ErrorCode::kBadArgument);
}

TEST_F(CompressedTableTest, CallsADamagedCellCorrupt) {
  const Hdu hdu = test::hdu_of(packed_, 1);
  Bytes file = test::read_bytes(packed_);
  for (const size_t column : {0, 3, 4, 5}) {  // those that CFITSIO packs by gzip
    Bytes changed = file;
    std::byte* length = changed.data() + hdu.data_offset + column * 16 + 7;
    *length = static_cast<std::byte>(static_cast<uint8_t>(*length) - 1);
    test::write_bytes(packed_, changed);
    EXPECT_CODE(expand_table(*File::open(packed_), hdu, kLimit), ErrorCode::kCorrupt);
    std::byte* offset = length + 1;
    *offset = std::byte{1};
    EXPECT_CODE(expand_table(ByteSpan(changed).subspan(hdu.header_offset), hdu, kLimit),
                ErrorCode::kCorrupt);
  }
}

TEST_F(CompressedTableTest, CallsATruncatedFileSo) {
  const Hdu hdu = test::hdu_of(packed_, 1);
  std::filesystem::resize_file(packed_, hdu.data_offset + hdu.data_length - 1);
  EXPECT_CODE(expand_table(*File::open(packed_), hdu, kLimit), ErrorCode::kTruncated);
}

}  // namespace
}  // namespace fitstream
