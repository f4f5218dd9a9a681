// Strings of fixed width, without their padding, one behind the other.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cpu.h"

namespace fitstream::simd {

// Rows in memory, and in each of them strings of one width, one behind the other.
struct TextRows {
  const std::byte* first = nullptr;  // the first string of the first row
  size_t stride = 0;                 // bytes from row to row; at least those of the strings
  size_t rows = 0;
  size_t per_row = 1;
  size_t width = 0;                // of a string, bytes
  const std::byte* end = nullptr;  // nothing behind it is read
};

// Copies what comes before the first NUL of each string, and before the spaces at its end. Writes
// to ends[i] where string i ends, `base` being added, and returns the bytes of all. `to` has room
// for the strings with their padding, which with `base` must fit an int32_t; what lies in this room
// behind the strings is overwritten.
size_t trim_strings(const TextRows& text, std::byte* to, int32_t* ends, size_t base, Level level);

}  // namespace fitstream::simd
