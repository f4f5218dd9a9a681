#include "cfitsio_tables.h"

#include <fitsio.h>
#include <stdlib.h>
#include <string.h>

#include "peer.h"

enum { kMaxColumns = 999 };

struct column {
  int type;
  long repeat;
  size_t bytes; /* of a row; 0: not read */
  char* values;
  char** strings;
};

static struct {
  char* path;
  int columns;
  LONGLONG rows;
  struct column column[kMaxColumns];
} plan;

static size_t size_of(int type) {
  switch (type) {
    case TLOGICAL:
    case TBYTE:
    case TSBYTE:
      return 1;
    case TSHORT:
    case TUSHORT:
      return 2;
    case TINT:
    case TUINT:
    case TFLOAT:
      return 4;
    case TLONGLONG:
    case TDOUBLE:
      return 8;
    default:
      return 0;
  }
}

static void forget_plan(void) {
  for (int c = 0; c < plan.columns; c++) free(plan.column[c].values), free(plan.column[c].strings);
  free(plan.path);
  memset(&plan, 0, sizeof plan);
}

/* Types, and warmed memory of every column: kept until another table is read. */
static int make_plan(fitsfile* file, const char* path) {
  int status = 0;
  if (plan.path && !strcmp(plan.path, path)) return 0;
  forget_plan();
  plan.path = strdup(path);
  fits_get_num_rowsll(file, &plan.rows, &status);
  fits_get_num_cols(file, &plan.columns, &status);
  if (plan.columns > kMaxColumns) return 1;
  for (int c = 0; c < plan.columns; c++) {
    struct column* it = &plan.column[c];
    long width;
    fits_get_coltype(file, c + 1, &it->type, &it->repeat, &width, &status);
    if (it->type == TLONG) it->type = TINT;
    it->bytes = it->type == TSTRING ? (size_t)it->repeat + 1 : size_of(it->type) * (size_t)it->repeat;
    size_t bytes = it->bytes * (size_t)plan.rows;
    it->values = malloc(bytes + 1);
    memset(it->values, 1, bytes + 1);
    if (it->type != TSTRING) continue;
    it->strings = malloc((size_t)plan.rows * sizeof(char*));
    for (LONGLONG r = 0; r < plan.rows; r++) it->strings[r] = it->values + (size_t)r * it->bytes;
  }
  return status;
}

static int read_chunk(fitsfile* file, LONGLONG first, LONGLONG rows) {
  int status = 0;
  for (int c = 0; c < plan.columns; c++) {
    struct column* it = &plan.column[c];
    if (!it->bytes) continue;
    if (it->strings)
      fits_read_col(file, TSTRING, c + 1, first + 1, 1, rows, NULL, it->strings + first, NULL,
                    &status);
    else
      fits_read_col(file, it->type, c + 1, first + 1, 1, rows * it->repeat, NULL,
                    it->values + (size_t)first * it->bytes, NULL, &status);
  }
  return status;
}

/* Columns in their order: numbers as they lie in memory, strings with a line feed behind each. */
static unsigned long crc_of_columns(void) {
  unsigned long crc = 0;
  for (int c = 0; c < plan.columns; c++) {
    struct column* it = &plan.column[c];
    if (!it->strings) {
      crc = crc32_of(crc, it->values, it->bytes * (size_t)plan.rows);
      continue;
    }
    for (LONGLONG r = 0; r < plan.rows; r++) {
      crc = crc32_of(crc, it->strings[r], strlen(it->strings[r]));
      crc = crc32_of(crc, "\n", 1);
    }
  }
  return crc;
}

void read_table(const char* how, int ext, const char* path) {
  fitsfile* file;
  int status = 0, close_status = 0;
  long chunk = 1;
  double start = now();
  if (fits_open_diskfile(&file, path, READONLY, &status)) {
    answer(0, -status, 0);
    return;
  }
  fits_movabs_hdu(file, ext + 1, NULL, &status);
  fits_get_rowsize(file, &chunk, &status);
  if (!status) status = make_plan(file, path);
  for (LONGLONG r = 0; r < plan.rows && !status; r += chunk)
    status = read_chunk(file, r, plan.rows - r < chunk ? plan.rows - r : chunk);
  fits_close_file(file, &close_status);
  double ms = now() - start;
  size_t row = 0;
  for (int c = 0; c < plan.columns; c++) row += plan.column[c].bytes;
  long long bytes = (long long)row * plan.rows;
  answer(ms, status ? -status : bytes, wants_crc(how) ? crc_of_columns() : 0);
}

/* Elements of all cells, found once for a path: the warmed buffer holds them. */
static LONGLONG elements_of(fitsfile* file, int column, LONGLONG rows, const char* path) {
  static char* known;
  static LONGLONG elements;
  int status = 0;
  LONGLONG length, offset;
  if (known && !strcmp(known, path)) return elements;
  free(known);
  known = strdup(path);
  elements = 0;
  for (LONGLONG r = 1; r <= rows; r++) {
    fits_read_descriptll(file, column, r, &length, &offset, &status);
    if (!status) elements += length;
  }
  return elements;
}

void read_ragged(const char* how, const char* column, int ext, const char* path) {
  fitsfile* file;
  int status = 0, close_status = 0, number = 0, type = 0;
  LONGLONG rows = 0, length, offset;
  size_t bytes = 0;
  double start = now();
  if (fits_open_diskfile(&file, path, READONLY, &status)) {
    answer(0, -status, 0);
    return;
  }
  fits_movabs_hdu(file, ext + 1, NULL, &status);
  fits_get_num_rowsll(file, &rows, &status);
  fits_get_colnum(file, CASEINSEN, (char*)column, &number, &status);
  fits_get_coltype(file, number, &type, NULL, NULL, &status);
  if (!status) need((size_t)elements_of(file, number, rows, path) * size_of(-type) + 1);
  for (LONGLONG r = 1; r <= rows && !status; r++) {
    fits_read_descriptll(file, number, r, &length, &offset, &status);
    if (length == 0) continue;
    fits_read_col(file, -type, number, r, 1, length, NULL, (char*)buffer + bytes, NULL, &status);
    bytes += (size_t)length * size_of(-type);
  }
  fits_close_file(file, &close_status);
  double ms = now() - start;
  answer(ms, status ? -status : (long long)bytes, wants_crc(how) ? crc32_of(0, buffer, bytes) : 0);
}
