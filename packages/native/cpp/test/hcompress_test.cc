// HCOMPRESS_1 streams, encoded by CFITSIO and compared with what it decodes.
#include "tile/hcompress.h"

#include <limits>

#include "support.h"

// Exported by the library, declared in none of its public headers.
extern "C" {
int fits_hcompress(int* pixels, int columns, int rows, int scale, char* stream, long* bytes,
                   int* status);
int fits_hcompress64(LONGLONG* pixels, int columns, int rows, int scale, char* stream, long* bytes,
                     int* status);
int fits_hdecompress(unsigned char* stream, int smooth, int* pixels, int* columns, int* rows,
                     int* scale, int* status);
int fits_hdecompress64(unsigned char* stream, int smooth, LONGLONG* pixels, int* columns, int* rows,
                       int* scale, int* status);
}

namespace fitstream {
namespace {

using test::Bytes;
using Pixels = std::vector<int32_t>;

struct Shape {
  uint64_t rows;
  uint64_t columns;
};
struct Tile {
  Shape shape;
  HcompressCoding coding;
};
std::ostream& operator<<(std::ostream& out, Shape s) { return out << s.rows << " x " << s.columns; }

template <typename T, typename Encode>
Bytes encode(Encode encoder, Shape shape, const Pixels& pixels, int scale) {
  std::vector<T> values(pixels.begin(), pixels.end());
  Bytes stream(pixels.size() * sizeof(T) * 2 + 200);
  long length = static_cast<long>(stream.size());
  int status = 0;
  encoder(values.data(), static_cast<int>(shape.columns), static_cast<int>(shape.rows), scale,
          reinterpret_cast<char*>(stream.data()), &length, &status);
  EXPECT_EQ(status, 0);
  stream.resize(static_cast<size_t>(length));
  return stream;
}
Bytes encode(bool is_wide, Shape shape, const Pixels& pixels, int scale) {
  return is_wide ? encode<LONGLONG>(fits_hcompress64, shape, pixels, scale)
                 : encode<int>(fits_hcompress, shape, pixels, scale);
}

template <typename T, typename Decode>
Pixels decode_by(Decode decoder, const Tile& tile, Bytes stream) {
  stream.resize(stream.size() + 16);
  std::vector<T> values(tile.shape.rows * tile.shape.columns);
  int columns = 0, rows = 0, scale = 0, status = 0;
  decoder(reinterpret_cast<unsigned char*>(stream.data()), tile.coding.is_smooth, values.data(),
          &columns, &rows, &scale, &status);
  EXPECT_EQ(status, 0);
  // The wide one packs its results into the first half.
  const int* const results = reinterpret_cast<const int*>(values.data());
  return Pixels(results, results + values.size());
}
Pixels decode_by_cfitsio(const Tile& tile, const Bytes& stream) {
  return tile.coding.is_wide ? decode_by<LONGLONG>(fits_hdecompress64, tile, stream)
                             : decode_by<int>(fits_hdecompress, tile, stream);
}

Status decode(const Tile& tile, ByteSpan stream, simd::Level level, Pixels& pixels) {
  HcompressScratch scratch;
  pixels.assign(tile.shape.rows * tile.shape.columns, -1);
  return decode_hcompress(tile.coding, stream, level, scratch, pixels);
}

enum class Content { kConstant, kFaint, kSky, kStars, kWide };
constexpr Content kContents[] = {Content::kConstant, Content::kFaint, Content::kSky,
                                 Content::kStars, Content::kWide};

// Neighbours that are alike, as far as the content lets them.
Pixels make_pixels(Content content, Shape shape, int64_t low, int64_t high, test::Random& random) {
  Pixels pixels(shape.rows * shape.columns);
  const auto base =
      low + static_cast<int64_t>(random.between(0, static_cast<uint64_t>(high - low)));
  for (size_t i = 0; i < pixels.size(); ++i) {
    double value = static_cast<double>(base);
    const double slope = static_cast<double>(i % shape.columns) / 3;
    if (content == Content::kFaint) value += random.chance(0.02) ? 5 : 0;
    if (content == Content::kSky) value += 12 * random.gaussian() + slope;
    if (content == Content::kStars)
      value += 4 * random.gaussian() + (random.chance(0.01) ? 3000 : 0) - slope;
    if (content == Content::kWide)
      value = static_cast<double>(low) +
              static_cast<double>(random.between(0, static_cast<uint64_t>(high - low)));
    pixels[i] = static_cast<int32_t>(
        std::clamp(value, static_cast<double>(low), static_cast<double>(high)));
  }
  return pixels;
}
Pixels make_shorts(Content content, Shape shape, test::Random& random) {
  return make_pixels(content, shape, -32768, 32767, random);
}

const std::vector<Shape> kShapes = {{1, 1},   {1, 2},    {2, 1},   {2, 2},   {1, 9},   {3, 3},
                                    {2, 5},   {7, 3},    {4, 4},   {5, 4},   {4, 7},   {16, 16},
                                    {17, 33}, {31, 8},   {50, 50}, {64, 65}, {5, 200}, {130, 6},
                                    {66, 67}, {128, 40}, {9, 129}};

TEST(Hcompress, GivesBackWhatCfitsioEncodedWithoutLoss) {
  test::Random random(41);
  for (const Shape shape : kShapes) {
    for (const Content content : kContents) {
      for (const bool is_wide : {false, true}) {
        const Pixels pixels = make_shorts(content, shape, random);
        const Bytes stream = encode(is_wide, shape, pixels, static_cast<int>(random.between(0, 1)));
        for (const auto level : test::levels()) {
          Pixels decoded;
          ASSERT_OK(decode({shape, {false, is_wide}}, stream, level, decoded));
          ASSERT_EQ(decoded, pixels) << shape << ", content " << static_cast<int>(content);
        }
      }
    }
  }
}

TEST(Hcompress, LosesWhatCfitsioLoses) {
  test::Random random(42);
  for (const Shape shape : kShapes) {
    if (shape.rows * shape.columns == 1) continue;  // undefined there: it shifts by -1
    for (const Content content : kContents) {
      for (const int scale : {2, 3, 10, 57, 1000}) {
        for (const bool is_smooth : {false, true}) {
          const bool is_wide = random.chance(0.5);
          const Tile tile = {shape, {is_smooth, is_wide}};
          const Bytes stream = encode(is_wide, shape, make_shorts(content, shape, random), scale);
          const Pixels expected = decode_by_cfitsio(tile, stream);
          for (const auto level : test::levels()) {
            Pixels decoded;
            ASSERT_OK(decode(tile, stream, level, decoded));
            ASSERT_EQ(decoded, expected) << shape << ", content " << static_cast<int>(content)
                                         << ", scale " << scale << ", smooth " << is_smooth;
          }
        }
      }
    }
  }
}

TEST(Hcompress, KeepsAllBitsOfWideImages) {
  test::Random random(43);
  constexpr int64_t kLow = std::numeric_limits<int32_t>::min();
  constexpr int64_t kHigh = std::numeric_limits<int32_t>::max();
  for (const Shape shape : kShapes) {
    if (shape.rows * shape.columns == 1) continue;
    for (const Content content : kContents) {
      // From those whose sums just fit 32 bits to those that are far from it.
      const int64_t high = kHigh >> random.between(0, 14);
      const Pixels pixels = make_pixels(content, shape, std::max(kLow, -high), high, random);
      for (const int scale : {0, 40}) {
        for (const bool is_smooth : {false, true}) {
          const Tile tile = {shape, {is_smooth, true}};
          const Bytes stream = encode(true, shape, pixels, scale);
          const Pixels expected = decode_by_cfitsio(tile, stream);
          if (scale == 0) {
            ASSERT_EQ(expected, pixels);
          }
          for (const auto level : test::levels()) {
            Pixels decoded;
            ASSERT_OK(decode(tile, stream, level, decoded));
            ASSERT_EQ(decoded, expected)
                << shape << ", content " << static_cast<int>(content) << ", scale " << scale;
          }
        }
      }
    }
  }
}

TEST(Hcompress, WrapsAroundAt32BitsInNarrowImages) {
  test::Random random(44);
  const Shape shape = {64, 48};
  for (const int scale : {0, 7}) {
    const Pixels pixels = make_pixels(Content::kSky, shape, 60'000'000, 120'000'000, random);
    const Tile tile = {shape, {false, false}};
    const Bytes stream = encode(true, shape, pixels, scale);
    const Pixels expected = decode_by_cfitsio(tile, stream);
    EXPECT_NE(expected, decode_by_cfitsio({shape, {false, true}}, stream));
    for (const auto level : test::levels()) {
      Pixels decoded;
      ASSERT_OK(decode(tile, stream, level, decoded));
      EXPECT_EQ(decoded, expected);
    }
  }
}

TEST(Hcompress, ReusesItsMemoryForTilesOfAnyShape) {
  test::Random random(45);
  HcompressScratch scratch;
  for (int i = 0; i < 200; ++i) {
    const Shape shape = random.pick(kShapes);
    const bool is_wide = random.chance(0.5);
    const Pixels pixels =
        make_shorts(random.chance(0.5) ? Content::kSky : Content::kWide, shape, random);
    Pixels decoded(pixels.size());
    ASSERT_OK(decode_hcompress({false, is_wide}, encode(is_wide, shape, pixels, 0),
                               simd::detected_level(), scratch, decoded));
    ASSERT_EQ(decoded, pixels) << shape;
  }
}

TEST(Hcompress, SaysWhereAStreamEndsTooSoon) {
  test::Random random(46);
  for (const Content content : kContents) {
    const Shape shape = {13, 18};
    const Bytes stream = encode(false, shape, make_shorts(content, shape, random), 0);
    for (size_t length = 0; length < stream.size(); ++length) {
      // Memory of its own, so that the sanitizer sees a read behind it.
      const Bytes cut(stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(length));
      Pixels decoded;
      EXPECT_CODE(decode({shape, {false, false}}, cut, simd::Level::kScalar, decoded),
                  ErrorCode::kCorrupt)
          << length << " of " << stream.size();
    }
  }
}

TEST(Hcompress, ReadsNothingBehindADamagedStream) {
  test::Random random(47);
  for (const Shape shape : {Shape{1, 30}, Shape{13, 18}, Shape{70, 5}}) {
    for (const Content content : kContents) {
      for (const bool is_wide : {false, true}) {
        const Bytes good = encode(is_wide, shape, make_shorts(content, shape, random), 2);
        for (size_t at = 0; at < good.size(); ++at) {
          Bytes stream = good;
          stream[at] ^= static_cast<std::byte>(random.between(1, 255));
          if (random.chance(0.3)) stream.resize(random.between(at, stream.size()));
          const Tile tile = {shape, {random.chance(0.5), is_wide}};
          Pixels first;
          const auto code = test::code_of(decode(tile, stream, simd::Level::kScalar, first));
          EXPECT_TRUE(!code || code == ErrorCode::kCorrupt);
          for (const auto level : test::levels()) {
            Pixels decoded;
            ASSERT_EQ(test::code_of(decode(tile, stream, level, decoded)), code);
            if (code) continue;
            ASSERT_EQ(decoded, first) << "byte " << at << " of " << good.size();
          }
        }
      }
    }
  }
}

TEST(Hcompress, Case46RefusesStreamsOfAnotherSize) {
  test::Random random(48);
  const Shape shape = {8, 12};
  const Bytes stream = encode(false, shape, make_shorts(Content::kSky, shape, random), 0);
  HcompressScratch scratch;
  for (const size_t n : {0, 12, 95, 97}) {
    Pixels decoded(n);
    EXPECT_CODE(decode_hcompress({}, stream, simd::Level::kScalar, scratch, decoded),
                ErrorCode::kCorrupt);
  }
  // -8 x -12, and more pixels than can be counted.
  for (const int byte : {0xff, 0x7f}) {
    Bytes changed = stream;
    for (size_t at = 2; at < 10; ++at)
      changed[at] = static_cast<std::byte>(at % 4 == 2 ? byte : 0xff);
    if (byte == 0xff) changed[5] = std::byte{0xf8}, changed[9] = std::byte{0xf4};
    Pixels decoded(96);
    EXPECT_CODE(decode_hcompress({}, changed, simd::Level::kScalar, scratch, decoded),
                ErrorCode::kCorrupt);
  }
}

TEST(Hcompress, RefusesWhatIsNoStream) {
  test::Random random(49);
  const Shape shape = {8, 12};
  const Tile tile = {shape, {}};
  const Bytes good = encode(false, shape, make_shorts(Content::kSky, shape, random), 0);
  Pixels decoded;
  const auto code_with = [&](size_t at, int value) {
    Bytes stream = good;
    stream[at] = static_cast<std::byte>(value);
    return test::code_of(decode(tile, stream, simd::Level::kScalar, decoded));
  };
  EXPECT_EQ(code_with(0, 0xdd), std::nullopt);
  EXPECT_EQ(code_with(0, 0xdc), ErrorCode::kCorrupt);   // magic number
  EXPECT_EQ(code_with(22, 32), ErrorCode::kCorrupt);    // bit planes
  EXPECT_EQ(code_with(25, 0x50), ErrorCode::kCorrupt);  // format of the first bit plane
}

}  // namespace
}  // namespace fitstream
