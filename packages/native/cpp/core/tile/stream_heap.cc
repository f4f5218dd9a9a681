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
  const bool is_here = cell.offset >= first_ && cell.offset - first_ <= filled_ &&
                       cell.count <= filled_ - (cell.offset - first_);
  if (!is_here) {
    const uint64_t there = std::min(length_, bytes_.length() - offset_) - cell.offset;
    const uint64_t wanted = std::max(cell.count, std::min(kReadAhead, there));
    if (window_.size() < wanted) window_.resize(wanted);
    filled_ = 0;
    const Status read = bytes_.read(offset_ + cell.offset, MutableByteSpan(window_).first(wanted));
    if (!read) return read.error();
    first_ = cell.offset;
    filled_ = wanted;
  }
  return ByteSpan(window_).subspan(cell.offset - first_, cell.count);
}

}  // namespace fitstream
