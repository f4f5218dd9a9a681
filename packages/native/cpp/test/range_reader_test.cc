#include "range_reader.h"

#include <algorithm>

#include "support.h"

namespace fitstream {
namespace {

// Memory that counts what is asked of it.
class CountedBytes final : public TableBytes {
 public:
  explicit CountedBytes(test::Bytes bytes) : bytes_(std::move(bytes)) {}
  Status read(uint64_t offset, MutableByteSpan to) const override {
    ++reads;
    length_read += to.size();
    if (offset + to.size() > bytes_.size()) return Error::of(ErrorCode::kTruncated, "too short");
    std::copy_n(bytes_.begin() + static_cast<ptrdiff_t>(offset), to.size(), to.begin());
    return ok();
  }
  uint64_t length() const override { return bytes_.size(); }
  const test::Bytes& bytes() const { return bytes_; }

  mutable int reads = 0;
  mutable uint64_t length_read = 0;

 private:
  test::Bytes bytes_;
};

TEST(RangeReader, GivesTheBytesOfEveryRange) {
  test::Random random(5);
  const CountedBytes bytes(random.bytes(200000));
  RangeReader reader;
  for (int i = 0; i < 300; ++i) {
    std::vector<ByteRange> ranges;
    for (uint64_t n = random.between(0, 20); n > 0; --n) {
      const uint64_t offset = random.between(0, bytes.length() - 1);
      ranges.push_back(
          {offset, random.between(1, std::min<uint64_t>(bytes.length() - offset, 5000))});
    }
    if (random.chance(0.5)) std::ranges::sort(ranges, {}, &ByteRange::offset);
    const auto spans = reader.read(bytes, ranges);
    ASSERT_OK(spans);
    ASSERT_EQ(spans->size(), ranges.size());
    for (size_t k = 0; k < ranges.size(); ++k)
      EXPECT_TRUE(std::ranges::equal(
          (*spans)[k], ByteSpan(bytes.bytes()).subspan(ranges[k].offset, ranges[k].length)));
  }
}

TEST(RangeReader, ReadsNeighboursTogetherAndOverlapsOnce) {
  const CountedBytes bytes(test::Bytes(1000000));
  RangeReader reader;
  const std::vector<ByteRange> ranges{{500000, 100}, {0, 1000}, {1000, 1000},
                                      {1500, 1000},  {0, 4000}, {10000, 10}};
  ASSERT_OK(reader.read(bytes, ranges));
  EXPECT_EQ(bytes.reads, 2);
  EXPECT_EQ(bytes.length_read, 10010u + 100u);
}

TEST(RangeReader, SaysThatBytesAreMissing) {
  const CountedBytes bytes(test::Bytes(100));
  RangeReader reader;
  const std::vector<ByteRange> ranges{{0, 10}, {95, 6}};
  EXPECT_CODE(reader.read(bytes, ranges), ErrorCode::kTruncated);
}

}  // namespace
}  // namespace fitstream
