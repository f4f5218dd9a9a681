// Writing tables: CFITSIO makes the header, the rows and the heap are ours.
#pragma once

#include <fitsio.h>

#include "writer.h"

namespace fitstream::cfitsio {

// Adds an HDU for the table, without its rows: its header can still grow for nothing. The encoder
// holds its cells, which have been checked.
Result<RowEncoder> create_table(fitsfile* file, const TableToWrite& table);
// Makes room for all rows and the heap of a new table, and fills it.
Status write_table(fitsfile* file, RowEncoder& encoder, const Progress& progress);

// Writes the encoder's cells into rows that there is room for, from `first_row` on, and its heap
// from byte `heap_at` of the data on. Other columns stay.
Status write_rows(fitsfile* file, RowEncoder& encoder, uint64_t first_row, uint64_t heap_at,
                  const Progress& progress);

}  // namespace fitstream::cfitsio
