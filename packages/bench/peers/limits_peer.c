/* What no reader can beat on this machine, and what the machine does meanwhile.
 *
 *   memcpy PATH      copies the file's bytes from memory to the warmed buffer
 *   pread COUNT      opens each of the paths that follow, reads all its bytes, closes it
 *   page COUNT       the same, of its first page only
 *   evict PATH       asks the kernel to drop the file from the page cache (needs no root)
 *   reload COUNT     drops each of the paths that follow and reads it again from the disk
 *   spin COUNT       computes without touching memory: how free is this core?
 *
 *   cc -O2 -o limits_peer limits_peer.c peer.c
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "peer.h"

static long long read_all(const char* path) {
  struct stat s;
  int fd = open(path, O_RDONLY);
  if (fd < 0 || fstat(fd, &s)) return -1;
  need((size_t)s.st_size);
  long long done = 0;
  while (done < s.st_size) {
    ssize_t n = pread(fd, (char*)buffer + done, (size_t)(s.st_size - done), done);
    if (n <= 0) return -1;
    done += n;
  }
  close(fd);
  return done;
}

static void copy(const char* path) {
  static char* source;
  static char* source_path;
  static size_t length;
  if (!source_path || strcmp(source_path, path)) {
    long long bytes = read_all(path);
    if (bytes < 0) {
      answer(0, -1, 0);
      return;
    }
    length = (size_t)bytes;
    free(source), free(source_path);
    source = malloc(length), source_path = strdup(path);
    memcpy(source, buffer, length);
  }
  double start = now();
  memcpy(buffer, source, length);
  answer(now() - start, (long long)length, 0);
}

static long long read_page(const char* path) {
  static char page[4096];
  int fd = open(path, O_RDONLY);
  if (fd < 0) return -1;
  ssize_t n = pread(fd, page, sizeof page, 0);
  close(fd);
  return n;
}

static void preads(int count, long long (*read_one)(const char* path)) {
  char** paths = lines_of(count);
  long long total = 0;
  double start = now();
  for (int i = 0; i < count && total >= 0; i++) {
    long long bytes = read_one(paths[i]);
    total = bytes < 0 ? -1 : total + bytes;
  }
  answer(now() - start, total, 0);
  free_lines(paths, count);
}

static int drop(const char* path) {
  int fd = open(path, O_RDONLY);
  /* Pages that are not on disk yet cannot be dropped. */
  int failed = fd < 0 || fdatasync(fd) || posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
  if (fd >= 0) close(fd);
  return failed;
}

static void evict(const char* path) { answer(0, drop(path) ? -1 : 0, 0); }

static void reload(int count) {
  char** paths = lines_of(count);
  long long total = 0;
  for (int i = 0; i < count && total >= 0; i++) {
    long long bytes = drop(paths[i]) ? -1 : read_all(paths[i]);
    total = bytes < 0 ? -1 : total + bytes;
  }
  answer(0, total, 0);
  free_lines(paths, count);
}

static void spin(long count) {
  uint64_t state = 88172645463325252ull;
  double start = now();
  for (long i = 0; i < count; i++) state ^= state << 13, state ^= state >> 7, state ^= state << 17;
  answer(now() - start, 0, (unsigned long)(state & 0xffffffff));
}

int main(void) {
  static char text[8192], path[4096];
  int count;
  long turns;
  printf("{\"versions\": {}}\n");
  fflush(stdout);
  for (;;) {
    line_of(text, sizeof text);
    if (sscanf(text, "memcpy %4095[^\n]", path) == 1)
      copy(path);
    else if (sscanf(text, "pread %d", &count) == 1)
      preads(count, read_all);
    else if (sscanf(text, "page %d", &count) == 1)
      preads(count, read_page);
    else if (sscanf(text, "evict %4095[^\n]", path) == 1)
      evict(path);
    else if (sscanf(text, "reload %d", &count) == 1)
      reload(count);
    else if (sscanf(text, "spin %ld", &turns) == 1)
      spin(turns);
    else
      unsupported(text);
  }
}
