// What the rows of a variable-length column hold (7.3.5).
#pragma once

#include <vector>

#include "../array.h"
#include "bytes.h"
#include "layout.h"
#include "rows.h"

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

// Reads those of some rows to cells[rows.at] and behind it. `offset`: of the descriptors in the
// rows.
Status take_descriptors(const TableLayout& layout, const Column& column, uint64_t offset,
                        const RowBlock& rows, HeapCell* cells);

}  // namespace fitstream
