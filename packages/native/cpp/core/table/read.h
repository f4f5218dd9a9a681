// Cells of a table to arrays. FITS Standard 4.0, sections 7.2 (ASCII) and 7.3 (binary).
#pragma once

#include <vector>

#include "../simd/cpu.h"
#include "bytes.h"
#include "column_data.h"
#include "descriptors.h"
#include "layout.h"
#include "rows.h"

namespace fitstream {

// Reads the named columns (by index) of some rows. `max_bytes` bounds what comes out, against
// descriptors that all point at the same bytes.
Result<std::vector<ColumnData>> read_columns(const TableLayout& layout, const TableBytes& bytes,
                                             const std::vector<size_t>& columns, RowRange rows,
                                             uint64_t max_bytes, simd::Level level,
                                             CancelFlag cancel);

}  // namespace fitstream
