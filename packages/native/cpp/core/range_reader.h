// Bytes of many ranges at once, with few reads.
#pragma once

#include <memory>
#include <vector>

#include "image.h"
#include "table/bytes.h"

namespace fitstream {

class RangeReader {
 public:
  // The bytes of each range, in the order of the ranges; valid until the next call, and while
  // `bytes` is. Ranges that lie close together are read together, those that overlap once.
  Result<std::span<const ByteSpan>> read(const TableBytes& bytes,
                                         std::span<const ByteRange> ranges);

 private:
  bool view_all(const TableBytes& bytes, std::span<const ByteRange> ranges);
  MutableByteSpan reserve(uint64_t length);

  std::vector<ByteSpan> spans_;
  std::vector<size_t> order_;
  std::unique_ptr<std::byte[]> buffer_;
  uint64_t capacity_ = 0;
};

}  // namespace fitstream
