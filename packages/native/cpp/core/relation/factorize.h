// Rows to groups of equal keys.
#pragma once

#include <vector>

#include "array.h"
#include "file.h"
#include "relation/column.h"

namespace fitstream::relation {

struct Groups {
  Array<uint32_t> codes;         // row -> group; groups in the order of their first rows
  std::vector<uint32_t> firsts;  // group -> its first row
};

// Nulls of a key are equal to each other, as in SQL's GROUP BY.
Result<Groups> factorize(std::span<const Column> keys, uint64_t rows, CancelFlag cancel);

}  // namespace fitstream::relation
