// Columns in memory, as an expression takes its values from them.
#pragma once

#include <span>

#include "../table/column_data.h"
#include "../table/layout.h"
#include "vector.h"

namespace fitstream::where {

// One value a row of a column; who has it keeps its memory. `offsets` only for strings; `validity`
// only where a value is null.
struct Operand {
  CellKind kind = CellKind::kNumber;
  Dtype dtype = Dtype::kFloat64;
  ByteSpan values;
  std::span<const int32_t> offsets;
  std::span<const uint8_t> validity;
};

// The type that the values have in an expression. An operand is of no other kind than a number, a
// logical, a bit or a string.
ValueType type_of(const Operand& operand);

Operand operand_of(const Column& column, const ColumnData& data);

// kBadArgument where the operand's memory is too small for so many rows, or its offsets leave it.
Status check_operand(const Operand& operand, uint64_t rows);

// The `n` values from row `first` on; where they are in the right type already, as they lie there.
void load(const Operand& operand, uint64_t first, size_t n, Register& out);

}  // namespace fitstream::where
