#include "range_reader.h"

#include <algorithm>
#include <numeric>

namespace fitstream {
namespace {

// Ranges closer than this are read together: a pread costs what copying 16 KiB does.
constexpr uint64_t kMaxGap = uint64_t{16} << 10;

uint64_t end_of(const ByteRange& range) { return range.offset + range.length; }

}  // namespace

MutableByteSpan RangeReader::reserve(uint64_t length) {
  if (length > capacity_) {
    buffer_ = std::make_unique_for_overwrite<std::byte[]>(length);
    capacity_ = length;
  }
  return {buffer_.get(), length};
}

// Where the bytes lie in memory already, nothing is copied.
bool RangeReader::view_all(const TableBytes& bytes, std::span<const ByteRange> ranges) {
  for (size_t i = 0; i < ranges.size(); ++i) {
    const auto view = bytes.view(ranges[i].offset, ranges[i].length);
    if (!view) return false;
    spans_[i] = *view;
  }
  return true;
}

Result<std::span<const ByteSpan>> RangeReader::read(const TableBytes& bytes,
                                                    std::span<const ByteRange> ranges) {
  spans_.resize(ranges.size());
  if (view_all(bytes, ranges)) return std::span<const ByteSpan>(spans_);
  order_.resize(ranges.size());
  std::iota(order_.begin(), order_.end(), size_t{0});
  const auto by_offset = [&](size_t i) { return ranges[i].offset; };
  if (!std::ranges::is_sorted(order_, {}, by_offset)) std::ranges::sort(order_, {}, by_offset);

  // The ranges from `first` that one read spans, and where it ends.
  const auto run_from = [&](size_t first) {
    uint64_t end = end_of(ranges[order_[first]]);
    size_t next = first + 1;
    for (; next < order_.size() && ranges[order_[next]].offset <= end + kMaxGap; ++next)
      end = std::max(end, end_of(ranges[order_[next]]));
    return std::pair(next, end);
  };
  uint64_t total = 0;
  for (size_t i = 0; i < order_.size();) {
    const auto [next, end] = run_from(i);
    total += end - ranges[order_[i]].offset;
    i = next;
  }
  MutableByteSpan free = reserve(total);
  for (size_t i = 0; i < order_.size();) {
    const auto [next, end] = run_from(i);
    const uint64_t begin = ranges[order_[i]].offset;
    const MutableByteSpan run = free.first(end - begin);
    free = free.subspan(run.size());
    if (Status s = bytes.read(begin, run); !s) return s.error();
    for (; i < next; ++i)
      spans_[order_[i]] =
          ByteSpan(run).subspan(ranges[order_[i]].offset - begin, ranges[order_[i]].length);
  }
  return std::span<const ByteSpan>(spans_);
}

}  // namespace fitstream
