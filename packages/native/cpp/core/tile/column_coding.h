// Streams of a compressed table: the bytes of one column in a tile of rows, or of one
// variable-length cell (FITS Standard 4.0, sections 10.3.2 to 10.3.6).
#pragma once

#include <string_view>
#include <vector>

#include "../table/layout.h"

namespace fitstream {

enum class ColumnCodec : uint8_t { kNone, kRice, kGzip1, kGzip2 };

struct ColumnCoding {
  ColumnCodec codec = ColumnCodec::kGzip1;
  size_t width = 1;  // bytes of what kRice counts, and whose bytes kGzip2 sorts

  bool operator==(const ColumnCoding&) const = default;
};

// How a column's values are coded; `name` is its ZCTYPn, empty where it has none. kUnsupported
// where no such coding exists.
Result<ColumnCoding> column_coding_of(const Column& column, std::string_view name);

// Fails where a stream of `stream_length` bytes cannot hold `length`: to be asked before memory is
// taken for what only a header speaks of.
Status check_stream(const ColumnCoding& coding, uint64_t stream_length, uint64_t length);

// Memory that decoding reuses. One per thread.
struct ColumnScratch {
  std::vector<std::byte> shuffled;
  std::vector<int32_t> numbers;
};

// Decodes a stream to `out`: as a plain table stores it, which it must fill. check_stream must have
// passed.
Status decode_stream(const ColumnCoding& coding, ByteSpan stream, ColumnScratch& scratch,
                     MutableByteSpan out);

}  // namespace fitstream
