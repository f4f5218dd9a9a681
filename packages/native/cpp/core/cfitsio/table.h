// Tile-compressed tables, expanded by CFITSIO (FITS Standard 4.0, section 10.3).
#pragma once

#include <vector>

#include "session.h"

namespace fitstream::cfitsio {

// The uncompressed table as a FITS file in memory: an empty primary HDU and the table.
Result<std::vector<std::byte>> uncompress_table(Session& session);

}  // namespace fitstream::cfitsio
