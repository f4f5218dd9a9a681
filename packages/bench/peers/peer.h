/* What every peer written in C shares: the protocol, a clock, a warmed buffer, a checksum.
 *
 * A peer prints one line of JSON with its versions, then answers every command, a line of words, by
 * `milliseconds bytes crc32`, or by `unsupported REASON`. Negative bytes mean that the call failed.
 * Where HOW ends in `+crc` the answer says what was read, and its time means nothing; elsewhere the
 * checksum is 0. A path is the last word of its line; lists follow on lines of their own.
 */
#ifndef FITSTREAM_PEER_H
#define FITSTREAM_PEER_H

#include <stddef.h>

double now(void); /* milliseconds */
int wants_crc(const char* how);

extern void* buffer;
void need(size_t bytes); /* makes `buffer` that large, and touches it */

/* CRC-32 as zlib and PNG have it; zlib's headers are not on every machine that has CFITSIO's. */
unsigned long crc32_of(unsigned long crc, const void* bytes, size_t n);

void answer(double ms, long long bytes, unsigned long crc);
void unsupported(const char* reason);
char* line_of(char* text, int size); /* the next line of standard input; ends the peer at its end */
char** lines_of(int count);
void free_lines(char** lines, int count);

#endif
