// Which elements of a column are null.
#pragma once

#include <mutex>

#include "column_data.h"

namespace fitstream {

// Marks elements of `out`, whose number of elements is known. Threads may mark at once. There is no
// bitmap before there is a null: columns without one pay for a comparison, and nothing else.
class NullMarker {
 public:
  explicit NullMarker(ColumnData& out) : out_(out) {}

  void mark(uint64_t element);
  // Marks those of `n` elements at `at` for which marks[i] is set.
  void mark_where(const uint8_t* marks, uint64_t n, uint64_t at);
  // Marks those of `n` elements at `at` that have the bits of `null`; `width` bytes each.
  void mark_equal(const std::byte* elements, uint64_t width, uint64_t null, uint64_t n,
                  uint64_t at);

 private:
  ColumnData& out_;
  std::once_flag is_allocated_;
};

}  // namespace fitstream
