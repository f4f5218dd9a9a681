// RICE_1 streams, encoded by CFITSIO.
#include "tile/rice.h"

#include "rice_streams.h"

namespace fitstream {
namespace {

using test::Bytes;
using test::encode_rice;
using test::make_rice_pixels;
using test::rice_codings;

TEST(Rice, GivesBackWhatCfitsioEncoded) {
  test::Random random(31);
  for (const RiceCoding& coding : rice_codings()) {
    for (int i = 0; i < 400; ++i) {
      const auto pixels = make_rice_pixels(coding, random.between(1, 300), random);
      const Bytes stream = encode_rice(coding, pixels);
      std::vector<int32_t> decoded(pixels.size());
      ASSERT_OK(decode_rice(coding, stream, decoded));
      ASSERT_EQ(decoded, pixels) << coding.bytes_per_pixel << " bytes, case " << i;
    }
  }
}

TEST(Rice, StopsAfterTheFirstPixels) {
  test::Random random(32);
  for (const RiceCoding& coding : rice_codings()) {
    const auto pixels = make_rice_pixels(coding, random.between(1, 300), random);
    const Bytes stream = encode_rice(coding, pixels);
    std::vector<int32_t> decoded(random.between(0, pixels.size()));
    ASSERT_OK(decode_rice(coding, stream, decoded));
    EXPECT_TRUE(std::equal(decoded.begin(), decoded.end(), pixels.begin()));
  }
}

TEST(Rice, SaysWhereAStreamEndsTooSoon) {
  test::Random random(33);
  for (const RiceCoding& coding : rice_codings()) {
    const auto pixels = make_rice_pixels(coding, random.between(1, 300), random);
    const Bytes stream = encode_rice(coding, pixels);
    for (size_t length = 0; length < stream.size(); ++length) {
      // Memory of its own, so that the sanitizer sees a read behind it.
      const Bytes cut(stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(length));
      std::vector<int32_t> decoded(pixels.size());
      EXPECT_CODE(decode_rice(coding, cut, decoded), ErrorCode::kCorrupt);
    }
  }
}

TEST(Rice, ReadsNothingBehindADamagedStream) {
  test::Random random(34);
  for (const RiceCoding& coding : rice_codings()) {
    for (int i = 0; i < 2000; ++i) {
      Bytes stream = random.bytes(random.between(0, 60));
      if (random.chance(0.3)) std::fill(stream.begin(), stream.end(), std::byte{0});
      std::vector<int32_t> decoded(random.between(0, 500));
      const Status s = decode_rice(coding, stream, decoded);
      EXPECT_TRUE(s || s.error().code == ErrorCode::kCorrupt);
    }
  }
}

TEST(Rice, RefusesBlocksWithMoreLowBitsThanThereAre) {
  // A first pixel, then the name 31: 30 low bits, where 25 stands for verbatim pixels.
  const Bytes stream(16, std::byte{0xff});
  std::vector<int32_t> decoded(8);
  EXPECT_CODE(decode_rice({4, 32}, stream, decoded), ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace fitstream
