// Sums against CFITSIO's, and against the definition.
#include "checksum.h"

#include "support.h"

namespace fitstream {
namespace {

// Appendix J in its own words: add words, and put carries back in.
uint32_t definition(uint32_t sum, ByteSpan bytes) {
  for (size_t i = 0; i < bytes.size(); i += 4) {
    uint64_t word = 0;
    for (size_t k = i; k < i + 4; ++k)
      word = word << 8 | (k < bytes.size() ? static_cast<uint64_t>(bytes[k]) : 0);
    word += sum;
    sum = static_cast<uint32_t>(word + (word >> 32));
  }
  return sum;
}

TEST(Checksum, IsTheOnesComplementSum) {
  test::Random random(44);
  for (size_t n = 0; n < 100; ++n) {
    const test::Bytes bytes = random.bytes(n);
    const auto start = static_cast<uint32_t>(random.between(0, UINT32_MAX));
    EXPECT_EQ(add_checksum(start, bytes), definition(start, bytes)) << n;
  }
  const test::Bytes ones(1000000, std::byte{0xff});
  EXPECT_EQ(add_checksum(0, ones), UINT32_MAX);
  EXPECT_EQ(add_checksum(7, ones), 7u);
  EXPECT_EQ(add_checksum(0, test::Bytes(100)), 0u);
}

TEST(Checksum, GoesOnFromPieceToPiece) {
  test::Random random(45);
  const test::Bytes bytes = random.bytes(100003);
  const uint32_t whole = add_checksum(0, bytes);
  EXPECT_EQ(whole, definition(0, bytes));
  for (int round = 0; round < 50; ++round) {
    const size_t cut = random.between(0, 25000) * 4;
    const uint32_t first = add_checksum(0, ByteSpan(bytes).first(cut));
    EXPECT_EQ(add_checksum(first, ByteSpan(bytes).subspan(cut)), whole);
  }
}

TEST(Checksum, IsCfitsios) {
  const test::TempDir dir;
  test::Random random(46);
  for (int round = 0; round < 20; ++round) {
    const std::string path = dir.file("c" + std::to_string(round) + ".fits");
    int status = 0;
    {
      test::Cfitsio out = test::Cfitsio::create(path);
      long axes[2] = {static_cast<long>(random.between(1, 700)),
                      static_cast<long>(random.between(1, 400))};
      fits_create_img(out, DOUBLE_IMG, 2, axes, &status);
      auto pixels = random.bits<double>(static_cast<size_t>(axes[0] * axes[1]));
      fits_write_img(out, TDOUBLE, 1, static_cast<LONGLONG>(pixels.size()), pixels.data(), &status);
      if (round % 2 == 0) fits_write_chksum(out, &status);
      out.close();
    }
    test::Cfitsio in = test::Cfitsio::open(path);
    unsigned long data = 0;
    unsigned long whole = 0;
    fits_get_chksum(in, &data, &whole, &status);
    ASSERT_EQ(status, 0);
    const auto file = File::open(path);
    ASSERT_OK(file);
    const Hdu hdu = test::hdu_of(path);
    const auto data_sum = sum_file(*file, hdu.data_offset, hdu.end() - hdu.data_offset, nullptr);
    const auto hdu_sum = sum_file(*file, 0, hdu.end(), nullptr);
    ASSERT_OK(data_sum);
    EXPECT_EQ(*data_sum, data);
    EXPECT_EQ(*hdu_sum, whole);
    if (round % 2 == 0) {
      EXPECT_EQ(*hdu_sum, UINT32_MAX);
    }
  }
}

TEST(Checksum, StopsAtTheEndOfTheFileAndWhenCancelled) {
  const test::TempDir dir;
  test::write_text(dir.file("a"), "12345678");
  const auto file = File::open(dir.file("a"));
  ASSERT_OK(file);
  EXPECT_EQ(*sum_file(*file, 4, 4, nullptr), 0x35363738u);
  EXPECT_CODE(sum_file(*file, 4, 5, nullptr), ErrorCode::kTruncated);
  EXPECT_EQ(*sum_file(*file, 0, 0, nullptr), 0u);
  const std::atomic<int32_t> cancel = 1;
  EXPECT_CODE(sum_file(*file, 0, 8, &cancel), ErrorCode::kAborted);
}

}  // namespace
}  // namespace fitstream
