// RICE_1 streams, encoded by CFITSIO.
#include "tile/rice.h"

#include <limits>

#include "support.h"

// Exported by the library, declared in none of its public headers.
extern "C" {
int fits_rcomp(int* pixels, int n, unsigned char* stream, int length, int block);
int fits_rcomp_short(short* pixels, int n, unsigned char* stream, int length, int block);
int fits_rcomp_byte(signed char* pixels, int n, unsigned char* stream, int length, int block);
}

namespace fitstream {
namespace {

using test::Bytes;

template <typename T, typename Encode>
Bytes encode(Encode encoder, std::vector<T> pixels, uint32_t block) {
  Bytes stream(pixels.size() * sizeof(T) * 2 + 64);
  const int length = encoder(pixels.data(), static_cast<int>(pixels.size()),
                             reinterpret_cast<unsigned char*>(stream.data()),
                             static_cast<int>(stream.size()), static_cast<int>(block));
  EXPECT_GT(length, 0);
  stream.resize(static_cast<size_t>(length));
  return stream;
}

Bytes encode(const RiceCoding& coding, const std::vector<int32_t>& pixels) {
  switch (coding.bytes_per_pixel) {
    case 1:
      return encode(fits_rcomp_byte, std::vector<signed char>(pixels.begin(), pixels.end()),
                    coding.block);
    case 2:
      return encode(fits_rcomp_short, std::vector<short>(pixels.begin(), pixels.end()),
                    coding.block);
    default:
      return encode(fits_rcomp, pixels, coding.block);
  }
}

// Pixels that reach every kind of block: constant, smooth, noisy, spikes, anything.
std::vector<int32_t> make_pixels(int width, test::Random& random) {
  const int64_t low = width == 1 ? 0 : width == 2 ? -32768 : std::numeric_limits<int32_t>::min();
  const int64_t high = width == 1 ? 255 : width == 2 ? 32767 : std::numeric_limits<int32_t>::max();
  const auto anything = [&] {
    return low + static_cast<int64_t>(random.between(0, static_cast<uint64_t>(high - low)));
  };
  std::vector<int32_t> pixels;
  const uint64_t n = random.between(1, 300);
  while (pixels.size() < n) {
    const int64_t base = anything();
    const uint64_t kind = random.between(0, 4);
    for (uint64_t i = random.between(1, 70); i > 0 && pixels.size() < n; --i) {
      int64_t value = base;
      if (kind == 1) value += static_cast<int64_t>(random.between(0, 3));
      if (kind == 2) value += static_cast<int64_t>(5 * random.gaussian());
      if (kind == 3 && random.chance(0.05)) value += int64_t{1} << random.between(0, 30);
      if (kind == 4) value = anything();
      pixels.push_back(static_cast<int32_t>(std::clamp(value, low, high)));
    }
  }
  return pixels;
}

std::vector<RiceCoding> all_codings() {
  return {{1, 16}, {1, 32}, {2, 16}, {2, 32}, {4, 16}, {4, 32}};
}

TEST(Rice, GivesBackWhatCfitsioEncoded) {
  test::Random random(31);
  for (const RiceCoding& coding : all_codings()) {
    for (int i = 0; i < 400; ++i) {
      const auto pixels = make_pixels(coding.bytes_per_pixel, random);
      const Bytes stream = encode(coding, pixels);
      std::vector<int32_t> decoded(pixels.size());
      ASSERT_OK(decode_rice(coding, stream, decoded));
      ASSERT_EQ(decoded, pixels) << coding.bytes_per_pixel << " bytes, case " << i;
    }
  }
}

TEST(Rice, StopsAfterTheFirstPixels) {
  test::Random random(32);
  for (const RiceCoding& coding : all_codings()) {
    const auto pixels = make_pixels(coding.bytes_per_pixel, random);
    const Bytes stream = encode(coding, pixels);
    std::vector<int32_t> decoded(random.between(0, pixels.size()));
    ASSERT_OK(decode_rice(coding, stream, decoded));
    EXPECT_TRUE(std::equal(decoded.begin(), decoded.end(), pixels.begin()));
  }
}

TEST(Rice, SaysWhereAStreamEndsTooSoon) {
  test::Random random(33);
  for (const RiceCoding& coding : all_codings()) {
    const auto pixels = make_pixels(coding.bytes_per_pixel, random);
    const Bytes stream = encode(coding, pixels);
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
  for (const RiceCoding& coding : all_codings()) {
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
