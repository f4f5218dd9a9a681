// The rows of a table for which a condition holds: it is evaluated while the table is read, and
// only of rows that are hits the other columns are decoded.
#pragma once

#include "../compressed_table.h"
#include "../table/read.h"
#include "condition.h"

namespace fitstream::where {

struct Hits {
  Array<double> rows;  // of the table, in order
  std::vector<ColumnData> columns;
};

// `request`: a range of rows, and new memory. Reads each row once: its bytes are in the cache when
// the condition is evaluated, and cells of hits are kept aside as they lie there. `max_bytes`
// bounds these as well as what they become.
Result<Hits> read_where(const TableLayout& layout, const TableBytes& bytes,
                        const TableRequest& request, const Condition& condition);

// The same of a compressed table, some tiles at a time: the streams of the condition's columns, and
// for tiles with hits those of the others.
Result<Hits> read_where(const CompressedTable& table, const TableBytes& bytes,
                        const TableRequest& request, const Condition& condition);

}  // namespace fitstream::where
