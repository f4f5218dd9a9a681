// Rows to columns and strings without their padding: every level gives what the scalar text gives,
// which gives what a loop over load_be() gives.
#include "simd/columns.h"

#include "simd/text.h"
#include "support.h"

namespace fitstream {
namespace {

using test::Bytes;

// Columns of cells of `width` bytes. The bytes of the rows end with the last cell: nothing behind
// them may be read.
struct Case {
  size_t width = 8;
  size_t columns = 1;
  size_t rows = 1;
  size_t gap = 0;    // bytes between the columns' end and the next row
  size_t shift = 0;  // of the outputs from an aligned address
  bool streams = false;
};

Bytes take(const Case& c, const Bytes& rows, const std::vector<bool>& flips, simd::Level level) {
  const size_t length = c.rows * c.width;
  Bytes out(c.columns * (length + 64) + 128, std::byte{0xee});
  std::vector<simd::ColumnTarget> targets;
  for (size_t i = 0; i < c.columns; ++i)
    targets.push_back({out.data() + i * (length + 64) + c.shift, flips[i]});
  simd::take_columns(
      {rows.data(), c.width * c.columns + c.gap, c.rows, c.width, rows.data() + rows.size()},
      targets, c.streams, level);
  simd::end_streams();
  return out;
}

TEST(TakeColumns, IsTheSameAtEveryLevel) {
  test::Random random(31);
  for (const size_t width : {1, 2, 4, 8})
    for (const size_t columns : {1, 2, 3, 4, 5, 7, 8, 9, 11, 16, 19})
      for (const size_t rows : {0, 1, 3, 4, 7, 8, 9, 31, 64, 133})
        for (const bool streams : {false, true}) {
          const Case c{width,
                       columns,
                       rows,
                       random.between(0, 1) * random.between(0, 40),
                       random.between(0, 1) * random.between(0, 33),
                       streams};
          const size_t stride = width * columns + c.gap;
          const Bytes bytes = random.bytes(rows == 0 ? 0 : rows * stride - c.gap);
          std::vector<bool> flips(columns);
          for (size_t i = 0; i < columns; ++i) flips[i] = random.chance(0.4);
          const Bytes expected = take(c, bytes, flips, simd::Level::kScalar);
          for (const simd::Level level : test::levels())
            ASSERT_EQ(take(c, bytes, flips, level), expected)
                << width << " bytes, " << columns << " columns, " << rows << " rows";
        }
}

TEST(TakeColumns, SwapsAndFlips) {
  const Case c{8, 3, 50, 5, 0, false};
  test::Random random(32);
  const Bytes rows = random.bytes(50 * 29);
  for (const simd::Level level : test::levels()) {
    const Bytes out = take(c, rows, {false, true, false}, level);
    for (size_t i = 0; i < 3; ++i)
      for (size_t row = 0; row < 50; ++row) {
        uint64_t found;
        std::memcpy(&found, out.data() + i * (50 * 8 + 64) + row * 8, 8);
        const uint64_t flip = i == 1 ? uint64_t{1} << 63 : 0;
        ASSERT_EQ(found, load_be<uint64_t>(rows.data() + row * 29 + i * 8) ^ flip);
      }
  }
}

// Strings of letters, NULs and spaces, which end and begin anywhere.
Bytes random_strings(test::Random& random, size_t n) {
  Bytes out(n);
  for (std::byte& c : out)
    c = random.chance(0.4) ? std::byte{' '} : random.chance(0.1) ? std::byte{0} : std::byte{'x'};
  return out;
}

struct Trimmed {
  Bytes text;
  std::vector<int32_t> ends;
  bool operator==(const Trimmed&) const = default;
};

Trimmed trim(const simd::TextRows& text, simd::Level level) {
  Trimmed out{Bytes(text.rows * text.per_row * text.width),
              std::vector<int32_t>(text.rows * text.per_row)};
  const size_t length = simd::trim_strings(text, out.text.data(), out.ends.data(), 1000, level);
  out.text.resize(length);
  return out;
}

TEST(TrimStrings, IsTheSameAtEveryLevel) {
  test::Random random(33);
  for (const size_t width : {0, 1, 2, 7, 8, 15, 16, 17, 31, 32, 33, 48, 49, 63, 64, 65, 200})
    for (const size_t per_row : {1, 3})
      for (const size_t gap : {0, 5})
        for (const size_t rows : {0, 1, 2, 60}) {
          const size_t stride = width * per_row + gap;
          const Bytes bytes = random_strings(random, rows == 0 ? 0 : rows * stride - gap);
          const simd::TextRows text{bytes.data(), stride, rows,
                                    per_row,      width,  bytes.data() + bytes.size()};
          const Trimmed expected = trim(text, simd::Level::kScalar);
          for (const simd::Level level : test::levels())
            ASSERT_EQ(trim(text, level), expected) << width << " characters, " << rows << " rows";
        }
}

TEST(TrimStrings, EndsAtNulAndDropsTrailingSpaces) {
  const Bytes bytes = test::as_bytes(std::string("a b \0z   \0  ab  abcde", 21));
  for (const simd::Level level : test::levels()) {
    const Trimmed out = trim({bytes.data(), 5, 4, 1, 5, bytes.data() + bytes.size()}, level);
    EXPECT_EQ(test::as_text(out.text), "a bz  ab abcd");
    EXPECT_EQ(out.ends, (std::vector<int32_t>{1003, 1004, 1008, 1013}));
  }
}

}  // namespace
}  // namespace fitstream
