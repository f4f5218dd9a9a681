// Whether a column can hold what is to be written to it.
#pragma once

#include "row_encoder.h"

namespace fitstream {

// The cells' type, their nulls, numbers that are scaled or written as text.
Status check_cells(const Column& column, bool is_ascii, const ColumnCells& cells);

}  // namespace fitstream
