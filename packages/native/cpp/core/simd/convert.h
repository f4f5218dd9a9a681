// From stored, big-endian pixels to native ones. The scalar text is the specification; every
// other level must give the same bytes (cpp/test/convert_test.cc compares them).
#pragma once

#include <cstdint>
#include <optional>

#include "../bytes.h"
#include "../dtype.h"
#include "cpu.h"

namespace fitstream::simd {

// What happens to one element between load and store.
struct Recipe {
  Dtype stored = Dtype::kUint8;  // by BITPIX or TFORM
  Dtype out = Dtype::kUint8;
  // stored * scale + zero in float64, two roundings (no fused multiply-add), then one rounding to
  // `out`. Not evaluated when is_scaled is false: floats keep their payload bits.
  bool is_scaled = false;
  double scale = 1;
  double zero = 0;
  // Add the zero point of the unsigned (signed byte) convention by flipping the sign bit. Exact.
  bool flips_sign = false;
  // Stored value that means undefined: NaN where `out` is a float, kept where it is an integer.
  std::optional<int64_t> blank;

  bool operator==(const Recipe&) const = default;
};

// Whether `recipe` names a conversion that exists: integers reach integer types that hold all
// their values, everything reaches float32 and float64, scaled values reach floats only.
bool is_convertible(const Recipe& recipe);

// Converts `n` contiguous elements. `to` may equal `from` when both types have the same width;
// otherwise the two must not overlap. `recipe` must be convertible. No alignment is needed.
void convert(const Recipe& recipe, const std::byte* from, std::byte* to, size_t n, Level level);

// The same for rows of `n` elements that begin `step` bytes apart; those of `to` are packed.
void convert_rows(const Recipe& recipe, const std::byte* from, size_t step, std::byte* to, size_t n,
                  size_t rows, Level level);

// As convert, past the caches, for results that would push everything else out of them: lines of
// the target are not read before they are written, which saves a third of the memory traffic. `to`
// must not overlap `from`.
void convert_streaming(const Recipe& recipe, const std::byte* from, std::byte* to, size_t n,
                       Level level);

// Whether the bytes stay as they are.
bool is_copy(const Recipe& recipe);

// to[i] = 1 where the stored element equals `blank`, else 0. Returns how many were equal.
size_t mark_blank(Dtype stored, int64_t blank, const std::byte* from, uint8_t* to, size_t n);

}  // namespace fitstream::simd
