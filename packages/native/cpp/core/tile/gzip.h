// One gzip stream in memory (RFC 1952; or zlib, RFC 1950), by libdeflate.
#pragma once

#include "../bytes.h"
#include "../status.h"

namespace fitstream {

// Unpacks the first member of `stream` into `out` and returns its length. kCorrupt when the stream
// is damaged, does not end, or holds more than `out` has room for.
Result<size_t> inflate_gzip(ByteSpan stream, MutableByteSpan out);

// Bytes that a stream of this length can hold at most: memory is never taken on a header's word
// alone. Deflate's densest code gives 1032 bytes for one.
constexpr uint64_t max_inflated(uint64_t stream_length) { return stream_length * 1032; }

}  // namespace fitstream
