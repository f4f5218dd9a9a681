// The streams of a compressed table, as descriptors name them.
#pragma once

#include <algorithm>
#include <vector>

#include "../table/descriptors.h"

namespace fitstream {

inline constexpr uint64_t kWideDescriptor = 16;  // bytes of a 'Q'

// The descriptor that lies there: a 'Q', or a 'P'.
inline HeapCell load_descriptor(const std::byte* at, bool is_wide) {
  if (is_wide) return {load_be<uint64_t>(at), load_be<uint64_t>(at + 8)};
  return {load_be<uint32_t>(at), load_be<uint32_t>(at + 4)};
}

// The heap of the stored table. `bytes` must outlive it.
class StreamHeap {
 public:
  StreamHeap(const TableLayout& stored, const TableBytes& bytes)
      : bytes_(bytes),
        offset_(stored.frame.heap_offset),
        length_(stored.data_length - std::min(stored.data_length, offset_)) {}

  // Whether the cell lies in the heap, and the heap in the file.
  Status check(const HeapCell& cell) const;

  // The bytes of a cell that was checked, good until the next call.
  Result<ByteSpan> read(const HeapCell& cell);

 private:
  const TableBytes& bytes_;
  uint64_t offset_;  // in the data unit
  uint64_t length_;
  // What was read last, as cells of a tile lie side by side: so many bytes, and where they start.
  std::vector<std::byte> window_;
  uint64_t filled_ = 0;
  uint64_t first_ = 0;
};

}  // namespace fitstream
