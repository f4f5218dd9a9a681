#include "bytes.h"

#include <algorithm>
#include <cstring>

namespace fitstream {

uint64_t TableFile::length() const { return file_.size() - std::min(file_.size(), data_offset_); }

Status TableFile::read(uint64_t offset, MutableByteSpan to) const {
  return file_.read(data_offset_ + offset, to);
}

std::optional<ByteSpan> TableFile::view(uint64_t offset, uint64_t length) const {
  return file_.view(data_offset_ + offset, length);
}

Status TableMemory::read(uint64_t offset, MutableByteSpan to) const {
  const auto bytes = view(offset, to.size());
  if (!bytes)
    return Error::of(
        ErrorCode::kTruncated, "the table ends inside the bytes that were asked for",
        std::to_string(to.size()) + " bytes at " + std::to_string(offset),
        "bytes " + std::to_string(skipped_) + " to " + std::to_string(skipped_ + data_.size()));
  if (!to.empty()) std::memcpy(to.data(), bytes->data(), to.size());
  return ok();
}

std::optional<ByteSpan> TableMemory::view(uint64_t offset, uint64_t length) const {
  const bool fits = offset >= skipped_ && offset - skipped_ <= data_.size() &&
                    length <= data_.size() - (offset - skipped_);
  if (!fits) return std::nullopt;
  return data_.subspan(offset - skipped_, length);
}

}  // namespace fitstream
