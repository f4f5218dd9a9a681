// Columns that were read part by part, put together.
#pragma once

#include <vector>

#include "../status.h"
#include "../table/column_data.h"

namespace fitstream::where {

// The columns of all parts, one behind the other; each part has the same ones. Fails where offsets
// cannot count what they come to.
Result<std::vector<ColumnData>> join_columns(std::vector<std::vector<ColumnData>> parts);

}  // namespace fitstream::where
