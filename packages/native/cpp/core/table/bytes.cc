#include "bytes.h"

#include <algorithm>
#include <cstring>

namespace fitstream {

uint64_t TableFile::length() const { return file_.size() - std::min(file_.size(), data_offset_); }

Status TableFile::read(uint64_t offset, MutableByteSpan to) const {
  return file_.read(data_offset_ + offset, to);
}

Status TableMemory::read(uint64_t offset, MutableByteSpan to) const {
  const bool fits = offset >= skipped_ && offset - skipped_ <= data_.size() &&
                    to.size() <= data_.size() - (offset - skipped_);
  if (!fits)
    return Error::of(
        ErrorCode::kTruncated, "the table ends inside the bytes that were asked for",
        std::to_string(to.size()) + " bytes at " + std::to_string(offset),
        "bytes " + std::to_string(skipped_) + " to " + std::to_string(skipped_ + data_.size()));
  if (!to.empty()) std::memcpy(to.data(), data_.data() + (offset - skipped_), to.size());
  return ok();
}

}  // namespace fitstream
