// Elements as they are stored to those of a ColumnData.
#pragma once

#include "../simd/convert.h"
#include "layout.h"
#include "null_marker.h"

namespace fitstream {

// Elements of one column. Threads may decode at once.
class ElementDecoder {
 public:
  ElementDecoder(const Column& column, simd::Level level);

  // Bytes that one element becomes.
  uint64_t out_size() const;
  // Bytes that `n` elements take in the file.
  uint64_t stored_length(uint64_t n) const;

  // Decodes `n` elements to `to`, which are those at `at` of the column.
  void decode(const std::byte* raw, uint64_t n, std::byte* to, uint64_t at,
              NullMarker& nulls) const;

 private:
  void decode_numbers(const std::byte* raw, uint64_t n, std::byte* to, uint64_t at,
                      NullMarker& nulls) const;
  void decode_complex(const std::byte* raw, uint64_t n, std::byte* to) const;

  const Column& column_;
  simd::Level level_;
  simd::Recipe recipe_;
};

// How a stored number becomes one of natural_dtype().
simd::Recipe recipe_of(const Column& column);

}  // namespace fitstream
