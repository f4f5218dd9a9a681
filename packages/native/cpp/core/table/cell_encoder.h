// Elements of a column to the bytes that stand in its cells.
#pragma once

#include "row_encoder.h"

namespace fitstream {

// Writes elements `first` to `first + n`, one after the other. The cells must have been checked.
void encode_elements(const Column& column, bool is_ascii, const ColumnCells& cells, uint64_t first,
                     uint64_t n, std::byte* to);

// The same for bits, packed from the most significant one on; the last byte is filled with zeros.
void pack_bits(const ColumnCells& cells, uint64_t first, uint64_t n, std::byte* to);

}  // namespace fitstream
