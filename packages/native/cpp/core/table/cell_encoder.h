// Elements of a column to the bytes that stand in its cells.
#pragma once

#include "row_encoder.h"

namespace fitstream {

// Elements of `values` that fill one cell; 0 where cells have no fixed number of them. A string is
// one element.
uint64_t elements_in_cell(const Column& column);

// Elements there are.
uint64_t elements_of(const Column& column, const ColumnCells& cells);

// Whether the column can hold these cells: their type, their nulls, numbers that are scaled or
// written as text.
Status check_cells(const Column& column, bool is_ascii, const ColumnCells& cells);

// Writes elements `first` to `first + n`, one after the other. The cells must have been checked.
void encode_elements(const Column& column, bool is_ascii, const ColumnCells& cells, uint64_t first,
                     uint64_t n, std::byte* to);

// The same for bits, packed from the most significant one on; the last byte is filled with zeros.
void pack_bits(const ColumnCells& cells, uint64_t first, uint64_t n, std::byte* to);

}  // namespace fitstream
