#define _GNU_SOURCE
#include "peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void* buffer;

double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

int wants_crc(const char* how) { return strstr(how, "+crc") != NULL; }

void need(size_t bytes) {
  static size_t capacity;
  if (bytes <= capacity) return;
  free(buffer);
  if (posix_memalign(&buffer, 4096, bytes)) exit(3);
  memset(buffer, 1, bytes);
  capacity = bytes;
}

unsigned long crc32_of(unsigned long crc, const void* bytes, size_t n) {
  static unsigned long table[256];
  if (table[1] == 0)
    for (unsigned long i = 0; i < 256; i++) {
      unsigned long c = i;
      for (int bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320UL ^ (c >> 1) : c >> 1;
      table[i] = c;
    }
  const unsigned char* at = bytes;
  crc ^= 0xffffffffUL;
  for (size_t i = 0; i < n; i++) crc = table[(crc ^ at[i]) & 0xff] ^ (crc >> 8);
  return crc ^ 0xffffffffUL;
}

void answer(double ms, long long bytes, unsigned long crc) {
  printf("%.6f %lld %lu\n", ms, bytes, crc);
  fflush(stdout);
}

void unsupported(const char* reason) {
  printf("unsupported %s\n", reason);
  fflush(stdout);
}

char* line_of(char* text, int size) {
  if (!fgets(text, size, stdin)) exit(0);
  text[strcspn(text, "\n")] = 0;
  return text;
}

char** lines_of(int count) {
  static char text[4096];
  char** lines = malloc((size_t)count * sizeof *lines);
  for (int i = 0; i < count; i++) lines[i] = strdup(line_of(text, sizeof text));
  return lines;
}

void free_lines(char** lines, int count) {
  for (int i = 0; i < count; i++) free(lines[i]);
  free(lines);
}
