// The elements of a column that is to be written, as the caller has them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "row_encoder.h"

namespace fitstream {

// Elements of `values` that fill one cell; 0 where cells have no fixed number of them. A string is
// one element.
uint64_t elements_in_cell(const Column& column);

// Bytes of one in memory.
uint64_t element_size(const Column& column, const ColumnCells& cells);

// Elements there are.
uint64_t elements_of(const Column& column, const ColumnCells& cells);

bool is_null(const ColumnCells& cells, uint64_t i);

// Any number as a double; an integer where it is one that fits.
double real_at(const ColumnCells& cells, uint64_t i);
std::optional<int64_t> integer_at(const ColumnCells& cells, uint64_t i);
bool is_nan(const ColumnCells& cells, uint64_t i);

std::string_view string_at(const ColumnCells& cells, uint64_t i);

// Numbers that TSCALn and TZEROn turn into others, but for the convention for unsigned integers.
bool is_scaled(const Column& column);

// The integer that TSCALn and TZEROn turn into the one nearest to `value`; nothing where the stored
// type ends before it.
std::optional<int64_t> stored_integer(const Column& column, double value);

// A number as an ASCII table holds it (7.2.1); nothing when its field is too narrow.
std::optional<std::string> ascii_number(const Column& column, const ColumnCells& cells, uint64_t i);

}  // namespace fitstream
