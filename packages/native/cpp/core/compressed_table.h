// A tile-compressed table, expanded (FITS Standard 4.0, section 10.3).
#pragma once

#include <vector>

#include "file.h"
#include "hdu.h"
#include "table/read.h"

namespace fitstream {

struct ExpandedTable {
  TableLayout layout;
  std::vector<std::byte> data;  // the data unit
};

// The whole table in memory. `max_bytes` bounds the size that the header declares.
Result<ExpandedTable> expand_table(const File& file, const Hdu& hdu, uint64_t max_bytes);
// The same from the HDU's header and data.
Result<ExpandedTable> expand_table(ByteSpan bytes, const Hdu& hdu, uint64_t max_bytes);

}  // namespace fitstream
