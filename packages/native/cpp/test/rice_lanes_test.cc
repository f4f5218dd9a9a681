// RICE streams side by side: what decode_rice makes of each of them alone, by every level.
#include "tile/rice_lanes.h"

#include "rice_streams.h"

namespace fitstream {
namespace {

using test::Bytes;
using test::encode_rice;
using test::make_rice_pixels;
using test::make_sky_pixels;
using test::rice_codings;

using Tiles = std::vector<std::vector<int32_t>>;

std::vector<Bytes> encode_all(const RiceCoding& coding, const Tiles& tiles) {
  std::vector<Bytes> streams;
  for (const auto& pixels : tiles) streams.push_back(encode_rice(coding, pixels));
  return streams;
}

// The first `n` pixels of the streams, in parts of random size; nothing where that fails.
std::optional<Tiles> decode(const RiceCoding& coding, const std::vector<Bytes>& streams, size_t n,
                            simd::Level level, test::Random& random) {
  const std::vector<ByteSpan> spans(streams.begin(), streams.end());
  std::vector<RiceCursor> cursors;
  for (const ByteSpan span : spans) cursors.push_back(start_rice(coding, span));
  RiceLanes lanes(coding, cursors, level);
  Tiles tiles(streams.size());
  size_t at = 0;
  do {
    const size_t part = std::min<size_t>(coding.block * random.between(1, 12), n - at);
    const size_t step = part + random.between(0, 3);
    // Exactly as long as it has to be, so that the sanitizer sees a write behind it.
    std::vector<int32_t> out((streams.size() - 1) * step + part, -1);
    const Status s = lanes.decode(part, out.data(), step);
    if (!s) {
      EXPECT_EQ(s.error().code, ErrorCode::kCorrupt);
      return std::nullopt;
    }
    for (size_t i = 0; i < streams.size(); ++i) {
      const auto first = out.begin() + static_cast<std::ptrdiff_t>(i * step);
      tiles[i].insert(tiles[i].end(), first, first + static_cast<std::ptrdiff_t>(part));
      // What lies between the rows is not ours.
      if (i + 1 < streams.size()) {
        EXPECT_TRUE(std::all_of(first + static_cast<std::ptrdiff_t>(part),
                                first + static_cast<std::ptrdiff_t>(step),
                                [](int32_t v) { return v == -1; }));
      }
    }
    at += part;
  } while (at < n);
  return tiles;
}

// The same by the specification.
std::optional<Tiles> decode_alone(const RiceCoding& coding, const std::vector<Bytes>& streams,
                                  size_t n) {
  Tiles tiles;
  for (const Bytes& stream : streams) {
    tiles.emplace_back(n);
    if (!decode_rice(coding, stream, tiles.back())) return std::nullopt;
  }
  return tiles;
}

void for_each_case(const auto& check) {
  for (const auto level : test::levels()) {
    for (const RiceCoding& coding : rice_codings()) {
      SCOPED_TRACE(std::string(simd::level_name(level)) + ", " +
                   std::to_string(coding.bytes_per_pixel) + " bytes, blocks of " +
                   std::to_string(coding.block));
      check(level, coding);
    }
  }
}

TEST(RiceLanes, GiveBackWhatCfitsioEncoded) {
  test::Random random(41);
  for_each_case([&](simd::Level level, const RiceCoding& coding) {
    for (size_t count = 1; count <= rice_lanes(level); ++count) {
      for (const size_t n : {size_t{1}, size_t{coding.block}, size_t{coding.block} + 1,
                             size_t{random.between(2, 900)}}) {
        Tiles tiles;
        for (size_t i = 0; i < count; ++i)
          tiles.push_back(
              random.chance(0.5)
                  ? make_rice_pixels(coding, n, random)
                  : make_sky_pixels(coding, n, random.pick<double>({0.3, 3, 12, 90}), random));
        const auto streams = encode_all(coding, tiles);
        ASSERT_EQ(decode(coding, streams, n, level, random), tiles) << count << " of " << n;
        ASSERT_EQ(test::decode_rice_by_cfitsio(coding, streams.back(), n), tiles.back());
      }
    }
  });
}

// Streams of any length, each begun where there is room when another has ended.
TEST(RiceLanes, TakeTurns) {
  test::Random random(48);
  for_each_case([&](simd::Level level, const RiceCoding& coding) {
    for (int round = 0; round < 20; ++round) {
      Tiles tiles, read;
      for (uint64_t i = random.between(1, 50); i > 0; --i)
        tiles.push_back(make_sky_pixels(coding, coding.block * random.between(1, 20), 9, random));
      const auto streams = encode_all(coding, tiles);
      read.resize(tiles.size());
      std::vector<size_t> in_lane;
      std::vector<RiceCursor> cursors;
      size_t next = 0;
      for (; next < std::min(rice_lanes(level), tiles.size()); ++next) {
        in_lane.push_back(next);
        cursors.push_back(start_rice(coding, streams[next]));
      }
      RiceLanes lanes(coding, cursors, level);
      std::vector<int32_t> out(in_lane.size() * coding.block);
      while (lanes.size() > 0) {
        ASSERT_OK(lanes.decode(coding.block, out.data(), coding.block));
        for (size_t i = lanes.size(); i-- > 0;) {
          auto& pixels = read[in_lane[i]];
          const auto first = out.begin() + static_cast<std::ptrdiff_t>(i * coding.block);
          pixels.insert(pixels.end(), first, first + coding.block);
          if (pixels.size() < tiles[in_lane[i]].size()) {
            // From a mark, as good as going on.
            if (random.chance(0.1)) lanes.replace(i, lanes.cursor(i));
          } else if (next < tiles.size()) {
            in_lane[i] = next++;
            lanes.replace(i, start_rice(coding, streams[in_lane[i]]));
          } else {
            lanes.drop(i);
            in_lane[i] = in_lane[lanes.size()];
          }
        }
      }
      ASSERT_EQ(read, tiles);
    }
  });
}

TEST(RiceLanes, DecodeEveryNumberOfLowBits) {
  test::Random random(42);
  for_each_case([&](simd::Level level, const RiceCoding& coding) {
    for (int bits = 0; bits < 8 * coding.bytes_per_pixel; ++bits) {
      Tiles tiles;
      for (size_t i = 0; i < rice_lanes(level); ++i)
        tiles.push_back(make_sky_pixels(coding, 200, std::ldexp(0.7, bits), random));
      const auto streams = encode_all(coding, tiles);
      ASSERT_EQ(decode(coding, streams, 200, level, random), tiles) << bits;
    }
  });
}

// A step of 2^27 among equal pixels takes a run of zeros that is longer than a window.
TEST(RiceLanes, DecodeRunsOfZerosThatAreLongerThanAWindow) {
  test::Random random(43);
  for_each_case([&](simd::Level level, const RiceCoding& coding) {
    Tiles tiles;
    for (size_t i = 0; i < rice_lanes(level); ++i) {
      tiles.push_back(make_sky_pixels(coding, 1000, i % 2 ? 0 : 2, random));
      const int top = 8 * coding.bytes_per_pixel - 2;
      for (size_t at = 40 + i; at < 1000; at += 90)
        for (size_t k = at; k < 1000; ++k) tiles[i][k] ^= 1 << (top - static_cast<int>(i % 4));
    }
    const auto streams = encode_all(coding, tiles);
    ASSERT_EQ(decode(coding, streams, 1000, level, random), tiles);
  });
}

// A stream of blocks that CFITSIO's encoder would not choose: any low bits, up to a number that
// grows from block to block, and runs of zeros that are short, about as long as a window's half, or
// longer than it.
Bytes make_stream(const RiceCoding& coding, size_t n, test::Random& random) {
  const bool is_byte = coding.bytes_per_pixel == 1, is_short = coding.bytes_per_pixel == 2;
  const size_t name_bits = is_byte ? 3 : is_short ? 4 : 5;
  const size_t names = is_byte ? 6 : is_short ? 14 : 25;
  std::vector<bool> bits;
  const auto put = [&](uint64_t value, size_t width) {
    while (width-- > 0) bits.push_back(width < 64 && (value >> width & 1) != 0);
  };
  put(random.between(0, 255), static_cast<size_t>(8 * coding.bytes_per_pixel));
  uint64_t name = 0;
  for (size_t pixel = 0; pixel < n; ++pixel) {
    if (pixel % coding.block == 0) {
      name = random.between(0, pixel / coding.block % names + 1);
      put(name, name_bits);
    }
    if (name == 0) continue;
    const uint64_t kind = random.between(0, 60);
    put(0, kind == 0 ? random.between(0, 300)
                     : random.between(kind == 1 ? 16 : 0, kind == 1 ? 34 : 3));
    put(1, 1);
    put(random.between(0, UINT64_MAX), name - 1);
  }
  Bytes stream((bits.size() + 7) / 8);
  for (size_t k = 0; k < bits.size(); ++k)
    if (bits[k]) stream[k / 8] |= std::byte{0x80} >> (k % 8);
  return stream;
}

TEST(RiceLanes, DecodeWhatOtherEncodersMayWrite) {
  test::Random random(44);
  for_each_case([&](simd::Level level, const RiceCoding& coding) {
    for (int round = 0; round < 5; ++round) {
      std::vector<Bytes> streams;
      for (size_t i = 0; i < rice_lanes(level); ++i)
        streams.push_back(make_stream(coding, 900, random));
      const auto expected = decode_alone(coding, streams, 900);
      ASSERT_TRUE(expected);
      ASSERT_EQ(decode(coding, streams, 900, level, random), expected);
      ASSERT_EQ(test::decode_rice_by_cfitsio(coding, streams[0], 900), expected->front());
    }
  });
}

TEST(RiceLanes, FailTogetherWhereOneStreamEndsTooSoon) {
  test::Random random(45);
  for_each_case([&](simd::Level level, const RiceCoding& coding) {
    Tiles tiles;
    for (size_t i = 0; i < rice_lanes(level); ++i)
      tiles.push_back(i % 3 ? make_sky_pixels(coding, 300, 6, random)
                            : make_rice_pixels(coding, 300, random));
    const auto whole = encode_all(coding, tiles);
    const size_t lane = random.between(0, whole.size() - 1);
    for (size_t length = 0; length < whole[lane].size(); ++length) {
      auto streams = whole;
      streams[lane] =
          Bytes(whole[lane].begin(), whole[lane].begin() + static_cast<std::ptrdiff_t>(length));
      ASSERT_FALSE(decode(coding, streams, 300, level, random)) << length;
      // Up to where it ends, it is as good as the others.
      const size_t n = random.between(0, 300);
      ASSERT_EQ(decode(coding, streams, n, level, random), decode_alone(coding, streams, n));
    }
  });
}

TEST(RiceLanes, MakeOfDamagedStreamsWhatTheSpecificationMakesOfThem) {
  test::Random random(46);
  int good = 0, bad = 0;
  for_each_case([&](simd::Level level, const RiceCoding& coding) {
    for (int round = 0; round < 150; ++round) {
      const size_t n = random.between(1, 400);
      Tiles tiles;
      for (uint64_t i = random.between(1, rice_lanes(level)); i > 0; --i)
        tiles.push_back(random.chance(0.5) ? make_sky_pixels(coding, n, 4, random)
                                           : make_rice_pixels(coding, n, random));
      auto streams = encode_all(coding, tiles);
      for (uint64_t hits = random.between(1, 4); hits > 0; --hits) {
        Bytes& stream = streams[random.between(0, streams.size() - 1)];
        stream[random.between(0, stream.size() - 1)] ^= std::byte{1} << random.between(0, 7);
      }
      const auto expected = decode_alone(coding, streams, n);
      ASSERT_EQ(decode(coding, streams, n, level, random), expected) << round;
      ++(expected ? good : bad);
    }
  });
  EXPECT_GT(good, 100);
  EXPECT_GT(bad, 100);
}

TEST(RiceLanes, ReadNothingBehindAnyBytes) {
  test::Random random(47);
  for_each_case([&](simd::Level level, const RiceCoding& coding) {
    for (int round = 0; round < 300; ++round) {
      std::vector<Bytes> streams;
      const bool is_zero = random.chance(0.3);
      for (uint64_t i = random.between(1, rice_lanes(level)); i > 0; --i) {
        streams.push_back(random.bytes(random.between(0, 300)));
        if (is_zero) std::fill(streams.back().begin(), streams.back().end(), std::byte{0});
      }
      const size_t n = random.between(0, 200);
      ASSERT_EQ(decode(coding, streams, n, level, random), decode_alone(coding, streams, n));
    }
  });
}

}  // namespace
}  // namespace fitstream
