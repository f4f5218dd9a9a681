// A tile-compressed table (FITS Standard 4.0, section 10.3): its rows are cut into tiles; each tile
// is a row of the table that is stored, and each cell of that row the stream of one column.
#pragma once

#include <string>
#include <vector>

#include "table/read.h"

namespace fitstream {

struct CompressedTable {
  TableLayout layout;               // what it expands to
  TableLayout stored;               // what is there: every TFORMn is 1QB
  uint64_t tile_rows = 0;           // ZTILELEN
  std::vector<std::string> codecs;  // ZCTYPn; empty where absent
};

// `cards` are those of the HDU's header.
Result<CompressedTable> compressed_table_of(const Hdu& hdu, const std::vector<Card>& cards);

// What read_columns gives of the table that this one expands to; `bytes` are the stored table's.
// Decodes only the columns that are asked for, and only the tiles from the first of the rows to the
// last. `max_bytes` also bounds what the rows of one column, and each tile of it, take before they
// are converted.
Result<std::vector<ColumnData>> read_columns(const CompressedTable& table, const TableBytes& bytes,
                                             const TableRequest& request);

}  // namespace fitstream
