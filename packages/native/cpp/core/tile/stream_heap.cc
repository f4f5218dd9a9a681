#include "stream_heap.h"

#include <algorithm>

namespace fitstream {
namespace {

// Cells that are shorter are read together with what follows them.
constexpr uint64_t kReadAhead = uint64_t{64} << 10;

}  // namespace

Status StreamHeap::check(const HeapCell& cell) const {
  if (cell.count > length_ || cell.offset > length_ - cell.count)
    return Error::of(ErrorCode::kCorrupt, "a descriptor points outside the heap",
                     "bytes within a heap of " + std::to_string(length_),
                     std::to_string(cell.count) + " bytes at byte " + std::to_string(cell.offset));
  const uint64_t end = offset_ + cell.offset + cell.count;
  if (end > bytes_.length())
    return Error::of(ErrorCode::kTruncated, "the file is shorter than its header says",
                     std::to_string(end) + " bytes of table and heap",
                     std::to_string(bytes_.length()));
  return ok();
}

Result<ByteSpan> StreamHeap::read(const HeapCell& cell) {
  const bool is_here = cell.offset >= first_ && cell.offset - first_ <= window_.size() &&
                       cell.count <= window_.size() - (cell.offset - first_);
  if (!is_here) {
    const uint64_t there = std::min(length_, bytes_.length() - offset_) - cell.offset;
    window_.resize(std::max(cell.count, std::min(kReadAhead, there)));
    first_ = cell.offset;
    if (Status s = bytes_.read(offset_ + first_, window_); !s) {
      window_.clear();
      return s.error();
    }
  }
  return ByteSpan(window_).subspan(cell.offset - first_, cell.count);
}

}  // namespace fitstream
