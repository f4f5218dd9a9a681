// Rows of two tables whose keys are equal.
#pragma once

#include "array.h"
#include "file.h"
#include "relation/column.h"

namespace fitstream::relation {

enum class JoinKind : uint8_t { kInner, kLeft, kOuter, kSemi, kAnti };

struct JoinSide {
  std::span<const Column> keys;
  uint64_t rows = 0;
};

// Row numbers of both sides, kNoRow for no partner; the right ones are empty for kSemi and kAnti.
struct JoinedRows {
  Array<uint32_t> left;
  Array<uint32_t> right;
};

// In the order of the left rows, partners of one in the order of the right ones; right rows without
// partner (kOuter) come last. Nulls match nothing. Integers of any type are compared by value.
// FITS_LIMIT for more than `max_rows`, before memory is taken for them.
Result<JoinedRows> join_rows(const JoinSide& left, const JoinSide& right, JoinKind kind,
                             uint64_t max_rows, CancelFlag cancel);

}  // namespace fitstream::relation
