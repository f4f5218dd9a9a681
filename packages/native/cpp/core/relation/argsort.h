// The order of rows by the values of one or more columns.
#pragma once

#include <vector>

#include "array.h"
#include "file.h"
#include "relation/sort_key.h"

namespace fitstream::relation {

// Row numbers in the order of the first key, rows that are equal in it in the order of the second
// one, and so on; rows equal in all keep their order. Nulls of a key are equal to each other and
// come after (or before) all values, also where the values descend. The order does not depend on
// the number of threads. Takes up to 18 bytes a row besides the result.
Result<Array<uint32_t>> argsort(std::span<const SortKey> keys, uint64_t rows, size_t threads,
                                CancelFlag cancel);

}  // namespace fitstream::relation
