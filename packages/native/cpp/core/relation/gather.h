// Rows of a column by their numbers. Row kNoRow is a null: zeros, of floats NaN.
#pragma once

#include "array.h"
#include "file.h"
#include "relation/column.h"

namespace fitstream::relation {

// Cells of one length each.
struct FixedRows {
  Dtype dtype = Dtype::kUint8;
  ByteSpan data;
  size_t row_length = 1;  // elements
  ByteSpan validity;      // a bit per element; empty: all are valid
};
struct GatheredRows {
  Array<std::byte> data;
  Array<std::byte> validity;  // empty where nothing is null
};
Result<GatheredRows> gather_fixed(const FixedRows& source, std::span<const uint32_t> indices,
                                  size_t threads, CancelFlag cancel);

// Cells of different length, strings among them.
struct RaggedRows {
  ByteSpan data;
  size_t item_size = 1;              // bytes
  std::span<const int32_t> offsets;  // in items: rows + 1
  ByteSpan item_validity;            // a bit per item; empty: all are valid
  ByteSpan row_validity;             // a bit per row; empty: all are valid
};
struct GatheredRagged {
  Array<std::byte> data;
  Array<int32_t> offsets;
  Array<std::byte> item_validity;  // empty where the source has none
  Array<std::byte> row_validity;   // empty where no row is null
};
// FITS_LIMIT where offsets leave 31 bits.
Result<GatheredRagged> gather_ragged(const RaggedRows& source, std::span<const uint32_t> indices,
                                     size_t threads, CancelFlag cancel);

// Numbers of the rows whose byte is not 0.
Result<Array<uint32_t>> select_rows(std::span<const uint8_t> mask);

}  // namespace fitstream::relation
