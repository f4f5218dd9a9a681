// Numbers out of rows: cells that lie side by side in a row go to columns, byte-swapped. The scalar
// text is the specification (cpp/test/columns_test.cc compares the others with it).
#pragma once

#include <cstddef>
#include <span>

#include "cpu.h"

namespace fitstream::simd {

// Rows in memory, and in each of them cells of one width, one behind the other.
struct CellRows {
  const std::byte* first = nullptr;  // the first cell of the first row
  size_t stride = 0;                 // bytes from row to row; at least those of the cells
  size_t rows = 0;
  size_t width = 0;                // of a cell: 1, 2, 4 or 8 bytes
  const std::byte* end = nullptr;  // nothing behind it is read
};

// Where one column's cells go.
struct ColumnTarget {
  std::byte* to = nullptr;  // rows x width bytes
  bool flips_sign = false;  // as in Recipe
};

// The i-th cell of every row goes to columns[i], in native order. `streams`: the columns are larger
// than the caches, and are written past them.
void take_columns(const CellRows& rows, std::span<const ColumnTarget> columns, bool streams,
                  Level level);
// What take_columns() writes past the caches is seen by other threads after this.
void end_streams();

}  // namespace fitstream::simd
