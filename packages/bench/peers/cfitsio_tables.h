/* Tables to columns by CFITSIO's C API. */
#ifndef FITSTREAM_CFITSIO_TABLES_H
#define FITSTREAM_CFITSIO_TABLES_H

/* All columns into arrays that stay from call to call, in chunks of the rows that CFITSIO asks for.
 * Variable-length ones are left out. */
void read_table(const char* how, int ext, const char* path);

/* A variable-length column, row after row, into the warmed buffer. */
void read_ragged(const char* how, const char* column, int ext, const char* path);

#endif
