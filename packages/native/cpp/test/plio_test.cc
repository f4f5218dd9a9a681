// PLIO_1 line lists, encoded by CFITSIO and by us, and compared with what it decodes.
#include "tile/plio.h"

#include "support.h"
#include "tile/plio_encoder.h"

// Exported by the library, declared in none of its public headers.
extern "C" {
int pl_p2li(int* pixels, int first, short* list, int n);
int pl_l2pi(short* list, int first, int* pixels, int n);
}

namespace fitstream {
namespace {

using test::Bytes;
using Pixels = std::vector<int32_t>;
using Words = std::vector<int16_t>;

Words encode(Pixels pixels) {
  Words list(pixels.size() * 3 + 16);
  const int length = pl_p2li(pixels.data(), 1, list.data(), static_cast<int>(pixels.size()));
  list.resize(static_cast<size_t>(length));
  return list;
}

// The first `n` pixels, by CFITSIO.
Pixels decode_by_cfitsio(Words list, size_t n) {
  Pixels pixels(n, -1);
  pl_l2pi(list.data(), 1, pixels.data(), static_cast<int>(n));
  return pixels;
}

// Runs of zeros and of values, from one pixel to more than one word can say, and steps of every
// size.
Pixels make_pixels(test::Random& random) {
  Pixels pixels;
  const uint64_t n = random.chance(0.1) ? random.between(4000, 20000) : random.between(1, 400);
  const uint64_t bits = random.between(1, 24);
  int64_t value = 1;
  while (pixels.size() < n) {
    const uint64_t kind = random.between(0, 3);
    if (kind == 1)
      value = std::max<int64_t>(0, value + static_cast<int64_t>(9 * random.gaussian()));
    if (kind == 2) value = static_cast<int64_t>(random.between(0, (uint64_t{1} << bits) - 1));
    const uint64_t longest = random.chance(0.05) ? 9000 : random.chance(0.5) ? 1 : 30;
    pixels.resize(std::min(n, pixels.size() + random.between(1, longest)),
                  kind == 0 ? 0 : static_cast<int32_t>(value));
  }
  return pixels;
}

TEST(Plio, GivesBackWhatCfitsioEncoded) {
  test::Random random(51);
  for (int i = 0; i < 3000; ++i) {
    const Pixels pixels = make_pixels(random);
    Pixels decoded(pixels.size(), -1);
    ASSERT_OK(decode_plio(test::big_endian(encode(pixels)), decoded));
    ASSERT_EQ(decoded, pixels) << "case " << i;
  }
}

// 4095 is what a word holds: CFITSIO's own encoder loses the pixel behind so many zeros.
TEST(Plio, EncodesWhatItAndCfitsioDecode) {
  test::Random random(53);
  std::vector<Pixels> all = {{0}, {1}, {5}, {(1 << 24) - 1}, {0, 0}, {1, 0}};
  for (int i = 0; i < 3000; ++i) all.push_back(make_pixels(random));
  for (const size_t zeros : {4094, 4095, 4096, 8189, 8190, 8191, 12285})
    for (const size_t run : {1, 2, 4095, 4096}) {
      Pixels pixels(zeros, 0);
      pixels.resize(zeros + run, 7);
      pixels.resize(2 * zeros + run, 0);
      pixels.push_back(7);
      all.push_back(std::move(pixels));
    }
  for (const Pixels& pixels : all) {
    const std::vector<int16_t> list = encode_plio(pixels);
    ASSERT_LE(list.size(), 7 + 3 * pixels.size());
    Pixels decoded(pixels.size(), -1);
    ASSERT_OK(decode_plio(test::big_endian(list), decoded));
    ASSERT_EQ(decoded, pixels);
    ASSERT_EQ(decode_by_cfitsio(list, pixels.size()), pixels);
  }
}

TEST(Plio, HoldsValuesUpTo24Bits) {
  const Pixels pixels = {0, (1 << 24) - 1, 0, 1 << 24, 1 << 24, 1, 65536, 0};
  Pixels decoded(pixels.size());
  ASSERT_OK(decode_plio(test::big_endian(encode(pixels)), decoded));
  EXPECT_EQ(decoded, pixels);
}

TEST(Plio, StopsAfterTheFirstPixels) {
  test::Random random(52);
  for (int i = 0; i < 1000; ++i) {
    const Pixels pixels = make_pixels(random);
    Pixels decoded(random.between(0, pixels.size()), -1);
    ASSERT_OK(decode_plio(test::big_endian(encode(pixels)), decoded));
    ASSERT_TRUE(std::equal(decoded.begin(), decoded.end(), pixels.begin())) << "case " << i;
  }
}

TEST(Plio, FillsUpWithZeros) {
  Pixels decoded(9, -1);
  ASSERT_OK(decode_plio(test::big_endian(encode({3, 3, 4})), decoded));
  EXPECT_EQ(decoded, (Pixels{3, 3, 4, 0, 0, 0, 0, 0, 0}));
}

TEST(Plio, ReadsTheOlderHeader) {
  test::Random random(53);
  for (int i = 0; i < 200; ++i) {
    const Pixels pixels = make_pixels(random);
    const Words newer = encode(pixels);
    Words older = {0, 0, static_cast<int16_t>(newer.size() - 4)};
    older.insert(older.end(), newer.begin() + 7, newer.end());
    if (older.size() > 32767) continue;
    ASSERT_EQ(decode_by_cfitsio(older, pixels.size()), pixels);
    Pixels decoded(pixels.size(), -1);
    ASSERT_OK(decode_plio(test::big_endian(older), decoded));
    ASSERT_EQ(decoded, pixels) << "case " << i;
  }
}

TEST(Plio, FollowsInstructionsThatNoEncoderWrites) {
  test::Random random(54);
  for (int i = 0; i < 3000; ++i) {
    Words list = {0, 7, -100, 0, 0, 0, 0};
    for (uint64_t n = random.between(1, 40); n > 0; --n) {
      auto word = static_cast<int16_t>(random.between(0, 65535));
      if (random.chance(0.7)) word &= ~0x0fc0;  // short runs
      list.push_back(word);
    }
    list[3] = static_cast<int16_t>(list.size());
    list.push_back(0);  // the second word of a last instruction: read by CFITSIO in any case
    const size_t pixels = random.between(1, 300);
    const Pixels expected = decode_by_cfitsio(list, pixels);
    Pixels decoded(pixels, -1);
    const Status s = decode_plio(test::big_endian(list), decoded);
    if (!s) {
      EXPECT_EQ(list[list.size() - 2] >> 12, 1);
      continue;
    }
    ASSERT_EQ(decoded, expected) << "case " << i;
  }
}

TEST(Plio, SaysWhereAListEndsTooSoon) {
  test::Random random(55);
  for (int i = 0; i < 20; ++i) {
    const Pixels pixels = make_pixels(random);
    const Bytes stream = test::big_endian(encode(pixels));
    for (size_t length = 0; length < std::min<size_t>(stream.size(), 500); ++length) {
      // Memory of its own, so that the sanitizer sees a read behind it.
      const Bytes cut(stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(length));
      Pixels decoded(pixels.size());
      EXPECT_CODE(decode_plio(cut, decoded), ErrorCode::kCorrupt);
    }
  }
}

TEST(Plio, ReadsAndWritesNothingOutsideOnADamagedList) {
  test::Random random(56);
  for (int i = 0; i < 200; ++i) {
    const Pixels pixels = make_pixels(random);
    const Bytes good = test::big_endian(encode(pixels));
    for (size_t at = 0; at < std::min<size_t>(good.size(), 100); ++at) {
      Bytes stream = good;
      stream[at] ^= static_cast<std::byte>(random.between(1, 255));
      Pixels decoded(pixels.size());
      const Status s = decode_plio(stream, decoded);
      EXPECT_TRUE(s || s.error().code == ErrorCode::kCorrupt);
    }
  }
}

TEST(Plio, RefusesHeadersWithoutSense) {
  Pixels decoded(8);
  const auto code_of = [&](const Words& list) {
    return test::code_of(decode_plio(test::big_endian(list), decoded));
  };
  EXPECT_EQ(code_of({0, 7, -100, 8, 0, 0, 0, 0x4003}), std::nullopt);
  EXPECT_EQ(code_of({0, 7, -100, 0, 0, 0, 0, 0x4003}), ErrorCode::kCorrupt);   // no length
  EXPECT_EQ(code_of({0, 7, -100, 9, 0, 0, 0, 0x4003}), ErrorCode::kCorrupt);   // too long
  EXPECT_EQ(code_of({0, -7, -100, 8, 0, 0, 0, 0x4003}), ErrorCode::kCorrupt);  // begins before
  EXPECT_EQ(code_of({0, 7, -100, 8, 0, 0, 0, 0x1003}), ErrorCode::kCorrupt);   // half a value
}

}  // namespace
}  // namespace fitstream
