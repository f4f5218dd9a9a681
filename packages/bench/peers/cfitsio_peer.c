/* CFITSIO's C API as a peer: reads a command a line, makes one call, answers `milliseconds bytes
 * crc32`. The pixels go to one warmed buffer (`pooled`) or to fresh memory (`fresh`); `crc` says
 * what they are instead of how long they took.
 *
 *   image pooled|fresh|crc EXT PATH     open, read all pixels, close
 *   files pooled|crc COUNT              the same for COUNT paths on the lines that follow
 *   memcpy PATH                         copying the file's bytes from memory to the buffer: a floor
 *
 *   cc -O2 -o cfitsio_peer cfitsio_peer.c -lcfitsio
 */
#define _GNU_SOURCE
#include <fitsio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void* buffer;
static size_t capacity;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static void need(size_t bytes) {
  if (bytes <= capacity) return;
  free(buffer);
  if (posix_memalign(&buffer, 4096, bytes)) exit(3);
  memset(buffer, 1, bytes);
  capacity = bytes;
}

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

/* CRC-32 as zlib and PNG have it; zlib's headers are not on every machine that has CFITSIO's. */
static unsigned long crc32_of(unsigned long crc, const unsigned char* bytes, size_t n) {
  static unsigned long table[256];
  if (table[1] == 0)
    for (unsigned long i = 0; i < 256; i++) {
      unsigned long c = i;
      for (int bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320UL ^ (c >> 1) : c >> 1;
      table[i] = c;
    }
  crc ^= 0xffffffffUL;
  for (size_t i = 0; i < n; i++) crc = table[(crc ^ bytes[i]) & 0xff] ^ (crc >> 8);
  return crc ^ 0xffffffffUL;
}

/* Bytes read; *crc is updated where it is given. Negative CFITSIO status on failure. */
static long long read_image(const char* path, int ext, int fresh, unsigned long* crc) {
  fitsfile* file;
  int status = 0, equivalent, rank;
  LONGLONG axes[9], first[9], pixels = 1;
  size_t size;
  if (fits_open_diskfile(&file, path, READONLY, &status)) return -status;
  if (ext) fits_movabs_hdu(file, ext + 1, NULL, &status);
  fits_get_img_equivtype(file, &equivalent, &status);
  fits_get_img_dim(file, &rank, &status);
  fits_get_img_sizell(file, 9, axes, &status);
  int type = native_type(equivalent, &size);
  for (int i = 0; i < rank; i++) pixels *= axes[i], first[i] = 1;
  size_t bytes = (size_t)pixels * size;
  void* target;
  if (fresh)
    target = malloc(bytes);
  else
    need(bytes), target = buffer;
  fits_read_pixll(file, type, first, pixels, NULL, target, NULL, &status);
  int close_status = 0;
  fits_close_file(file, &close_status);
  if (crc) *crc = crc32_of(*crc, target, bytes);
  if (fresh) free(target);
  return status ? -status : (long long)bytes;
}

static void answer(double ms, long long bytes, unsigned long crc) {
  printf("%.6f %lld %lu\n", ms, bytes, crc);
  fflush(stdout);
}

static char* line_of(char* text, int size) {
  if (!fgets(text, size, stdin)) exit(0);
  text[strcspn(text, "\n")] = 0;
  return text;
}

static void image(const char* how, int ext, const char* path) {
  unsigned long crc = 0;
  double start = now();
  long long bytes = read_image(path, ext, !strcmp(how, "fresh"), strcmp(how, "crc") ? NULL : &crc);
  answer(now() - start, bytes, crc);
}

static void files(const char* how, int count) {
  static char path[4096];
  char** paths = malloc((size_t)count * sizeof *paths);
  for (int i = 0; i < count; i++) paths[i] = strdup(line_of(path, sizeof path));
  unsigned long crc = 0;
  long long total = 0;
  double start = now();
  for (int i = 0; i < count; i++) {
    long long bytes = read_image(paths[i], 0, 0, strcmp(how, "crc") ? NULL : &crc);
    if (bytes < 0) total = bytes;
    if (total >= 0) total += bytes;
  }
  answer(now() - start, total, crc);
  for (int i = 0; i < count; i++) free(paths[i]);
  free(paths);
}

static void copy(const char* path) {
  static char* source;
  static char* source_path;
  static size_t length;
  if (!source_path || strcmp(source_path, path)) {
    FILE* f = fopen(path, "rb");
    if (!f) {
      answer(0, -1, 0);
      return;
    }
    fseek(f, 0, SEEK_END);
    length = (size_t)ftell(f);
    rewind(f);
    free(source);
    source = malloc(length);
    if (fread(source, 1, length, f) != length) exit(3);
    fclose(f);
    free(source_path);
    source_path = strdup(path);
  }
  need(length);
  double start = now();
  memcpy(buffer, source, length);
  answer(now() - start, (long long)length, 0);
}

int main(void) {
  static char text[8192], how[16], path[4096];
  float version;
  int ext, count;
  printf("{\"versions\": {\"cfitsio\": \"%.3f\"}}\n", fits_get_version(&version));
  fflush(stdout);
  for (;;) {
    line_of(text, sizeof text);
    if (sscanf(text, "image %15s %d %4095[^\n]", how, &ext, path) == 3)
      image(how, ext, path);
    else if (sscanf(text, "files %15s %d", how, &count) == 2)
      files(how, count);
    else if (sscanf(text, "memcpy %4095[^\n]", path) == 1)
      copy(path);
    else
      return 2;
  }
}
