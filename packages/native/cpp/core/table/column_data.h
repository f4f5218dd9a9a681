// What the cells of a column become.
#pragma once

#include <cstdint>

#include "../array.h"

namespace fitstream {

// One column's values in native order. Ownership passes to the caller.
struct ColumnData {
  // Numbers: rows x cell_shape elements of natural_dtype(). Logical and bits: one byte each, 0 or
  // 1. Complex: pairs. Strings: their bytes, one after the other; kBytes: as they are stored.
  Array<std::byte> values;
  // Strings: where each begins in `values`, and where the last ends. Variable-length columns:
  // where each row begins, in elements, and the total.
  // Arrow's type, so that what takes Arrow takes them as they are.
  Array<int32_t> offsets;
  // One bit an element (least significant first), 0 where it is null (TNULL, undefined logical,
  // blank ASCII field). Empty when there is no null.
  Array<uint8_t> validity;
  uint64_t elements = 0;
  uint64_t nulls = 0;
};

}  // namespace fitstream
