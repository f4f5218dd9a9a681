// What the rows of a variable-length column hold (7.3.5).
#pragma once

#include <vector>

#include "bytes.h"
#include "layout.h"

namespace fitstream {

// Where the elements of a variable-length cell lie.
struct HeapCell {
  uint64_t count = 0;   // elements
  uint64_t offset = 0;  // bytes from the start of the heap
};

// The descriptors of a variable-length column, each checked to lie inside the heap. Empty for 0P
// and 0Q, which have none.
Result<std::vector<HeapCell>> read_descriptors(const TableLayout& layout, const TableBytes& bytes,
                                               size_t column);

}  // namespace fitstream
