/* CFITSIO's C API as a peer (peer.h). Values go to one warmed buffer; pixels with `fresh` to fresh
 * memory.
 *
 *   image pooled|fresh TYPE EXT PATH       open, read all pixels, close; TYPE: native or float32
 *   files pooled COUNT                     the same for the COUNT paths that follow
 *   headers KEYWORD COUNT                  one number from the header of each path that follows
 *   table pooled EXT PATH                  all columns
 *   ragged pooled COLUMN EXT PATH          a variable-length column
 *   cutouts pooled SIZE EXT COUNT PATH     squares at the `x y` that follow, in one open file
 *
 *   cc -O2 -o cfitsio_peer cfitsio_peer.c cfitsio_tables.c peer.c -lcfitsio
 */
#include <fitsio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cfitsio_tables.h"
#include "peer.h"

static int native_type(int equivalent, size_t* size) {
  switch (equivalent) {
    case BYTE_IMG:
      *size = 1;
      return TBYTE;
    case SBYTE_IMG:
      *size = 1;
      return TSBYTE;
    case SHORT_IMG:
      *size = 2;
      return TSHORT;
    case USHORT_IMG:
      *size = 2;
      return TUSHORT;
    case LONG_IMG:
      *size = 4;
      return TINT;
    case ULONG_IMG:
      *size = 4;
      return TUINT;
    case LONGLONG_IMG:
      *size = 8;
      return TLONGLONG;
    case FLOAT_IMG:
      *size = 4;
      return TFLOAT;
    default:
      *size = 8;
      return TDOUBLE;
  }
}

static int type_of(fitsfile* file, int is_float, size_t* size, int* status) {
  int equivalent = 0;
  fits_get_img_equivtype(file, &equivalent, status);
  return native_type(is_float ? FLOAT_IMG : equivalent, size);
}

struct reading {
  int is_float; /* pixels as float32, whatever they are */
  int is_fresh;
  unsigned long* crc; /* updated where it is given */
};

/* Bytes read; negative CFITSIO status on failure. */
static long long read_image(const char* path, int ext, struct reading how) {
  fitsfile* file;
  int status = 0, close_status = 0, rank;
  LONGLONG axes[9], first[9], pixels = 1;
  size_t size;
  if (fits_open_diskfile(&file, path, READONLY, &status)) return -status;
  if (ext) fits_movabs_hdu(file, ext + 1, NULL, &status);
  int type = type_of(file, how.is_float, &size, &status);
  fits_get_img_dim(file, &rank, &status);
  fits_get_img_sizell(file, 9, axes, &status);
  for (int i = 0; i < rank; i++) pixels *= axes[i], first[i] = 1;
  size_t bytes = (size_t)pixels * size;
  if (!how.is_fresh) need(bytes);
  void* target = how.is_fresh ? malloc(bytes) : buffer;
  fits_read_pixll(file, type, first, pixels, NULL, target, NULL, &status);
  fits_close_file(file, &close_status);
  if (how.crc) *how.crc = crc32_of(*how.crc, target, bytes);
  if (how.is_fresh) free(target);
  return status ? -status : (long long)bytes;
}

static void image(const char* how, const char* type, int ext, const char* path) {
  unsigned long crc = 0;
  struct reading reading = {!strcmp(type, "float32"), !strncmp(how, "fresh", 5),
                            wants_crc(how) ? &crc : NULL};
  double start = now();
  long long bytes = read_image(path, ext, reading);
  answer(now() - start, bytes, crc);
}

static void files(const char* how, int count) {
  char** paths = lines_of(count);
  unsigned long crc = 0;
  struct reading reading = {0, 0, wants_crc(how) ? &crc : NULL};
  long long total = 0;
  double start = now();
  for (int i = 0; i < count && total >= 0; i++) {
    long long bytes = read_image(paths[i], 0, reading);
    total = bytes < 0 ? bytes : total + bytes;
  }
  answer(now() - start, total, crc);
  free_lines(paths, count);
}

static void headers(const char* keyword, int count) {
  char** paths = lines_of(count);
  double* values = malloc((size_t)count * sizeof *values);
  int status = 0;
  double start = now();
  for (int i = 0; i < count && !status; i++) {
    fitsfile* file;
    if (fits_open_diskfile(&file, paths[i], READONLY, &status)) break;
    fits_read_key(file, TDOUBLE, keyword, &values[i], NULL, &status);
    fits_close_file(file, &status);
  }
  double ms = now() - start;
  size_t bytes = (size_t)count * sizeof *values;
  answer(ms, status ? -status : (long long)bytes, crc32_of(0, values, bytes));
  free(values);
  free_lines(paths, count);
}

static void cutouts(const char* how, long side, int ext, int count, const char* path) {
  char** places = lines_of(count);
  fitsfile* file;
  int status = 0, any;
  unsigned long crc = 0;
  size_t size = 0, bytes = 0;
  double start = now();
  if (!fits_open_diskfile(&file, path, READONLY, &status)) {
    int close_status = 0;
    if (ext) fits_movabs_hdu(file, ext + 1, NULL, &status);
    int type = type_of(file, 0, &size, &status);
    bytes = (size_t)(side * side) * size;
    need(bytes);
    for (int i = 0; i < count && !status; i++) {
      long x = 0, y = 0, step[2] = {1, 1};
      sscanf(places[i], "%ld %ld", &x, &y);
      long low[2] = {x + 1, y + 1}, high[2] = {x + side, y + side};
      fits_read_subset(file, type, low, high, step, NULL, buffer, &any, &status);
      if (wants_crc(how)) crc = crc32_of(crc, buffer, bytes);
    }
    fits_close_file(file, &close_status);
  }
  double ms = now() - start;
  answer(ms, status ? -status : (long long)bytes * count, crc);
  free_lines(places, count);
}

int main(void) {
  static char text[8192], how[16], word[80], path[4096];
  float version;
  int ext, count;
  long side;
  printf("{\"versions\": {\"cfitsio\": \"%.3f\"}}\n", (double)fits_get_version(&version));
  fflush(stdout);
  for (;;) {
    line_of(text, sizeof text);
    if (sscanf(text, "image %15s %79s %d %4095[^\n]", how, word, &ext, path) == 4 &&
        strncmp(how, "kept", 4))
      image(how, word, ext, path);
    else if (sscanf(text, "files %15s %d", how, &count) == 2)
      files(how, count);
    else if (sscanf(text, "headers %79s %d", word, &count) == 2)
      headers(word, count);
    else if (sscanf(text, "table %15s %d %4095[^\n]", how, &ext, path) == 3)
      read_table(how, ext, path);
    else if (sscanf(text, "ragged %15s %79s %d %4095[^\n]", how, word, &ext, path) == 4)
      read_ragged(how, word, ext, path);
    else if (sscanf(text, "cutouts %15s %ld %d %d %4095[^\n]", how, &side, &ext, &count, path) == 5)
      cutouts(how, side, ext, count, path);
    else
      unsupported(text);
  }
}
