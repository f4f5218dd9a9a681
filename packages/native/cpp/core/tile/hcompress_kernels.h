// The parts of HCOMPRESS decoding that go over whole rows, in a version per instruction set.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "../simd/cpu.h"

namespace fitstream::hcompress {

// How often the longer side is halved, rounding up, until it is 1.
inline int halvings(size_t rows, size_t columns) {
  return static_cast<int>(std::bit_width(std::max(rows, columns) - 1));
}

// One of the four parts of the coefficients that are coded on their own. Each of its bit planes
// comes as codes of 4 bits, one for 2 x 2 neighbours, highest bit first.
//
// Magnitudes are gathered by byte (planes 0 to 7 in the first), and by place among the 2 x 2: a
// plane is then inserted by the same few operations on every code, and no row is looked at.
struct Quadrant {
  size_t rows = 0;
  size_t columns = 0;
  int planes = 0;
  uint8_t* magnitudes = nullptr;  // magnitude_bytes(), zero at first

  size_t code_rows() const { return (rows + 1) / 2; }
  size_t code_columns() const { return (columns + 1) / 2; }
  size_t codes() const { return code_rows() * code_columns(); }
  size_t groups() const { return static_cast<size_t>(planes + 7) / 8; }
  size_t magnitude_bytes() const { return groups() * 4 * codes(); }
  uint8_t* cells(size_t group, size_t place) const {
    return magnitudes + (group * 4 + place) * codes();
  }
};

struct Frame {
  size_t rows = 0;
  size_t columns = 0;
  std::array<Quadrant, 4> quadrants;  // top left, top right, bottom left, bottom right
  int32_t scale = 0;                  // coefficients are multiples of it
  bool is_smooth = false;
  int64_t sum = 0;  // the coefficient of the lowest order, which is stored apart
};

// Integers that a buffer for the inverse transform has, beside the coefficients: what two levels
// before the last one make.
inline size_t band_integers(const Frame& f) {
  return 2 * ((f.rows + 1) / 2) * ((f.columns + 1) / 2);
}

struct Kernels {
  // Sets bit `bit` of the magnitudes where codes say so.
  void (*insert_plane)(const Quadrant& quadrant, const uint8_t* codes, int bit);

  // Magnitudes to coefficients, in the order of rows. Returns how many bits of `signs` that took;
  // there must be one for every coefficient, and 8 bytes more.
  uint64_t (*place_narrow)(const Frame& frame, const std::byte* signs, int32_t* coefficients);
  uint64_t (*place_wide)(const Frame& frame, const std::byte* signs, int64_t* coefficients);

  // The inverse H-transform, which uses up the coefficients.
  void (*invert_narrow)(const Frame& frame, int32_t* coefficients, int32_t* bands, int32_t* pixels);
  void (*invert_wide)(const Frame& frame, int64_t* coefficients, int64_t* bands, int32_t* pixels);
};

const Kernels& kernels(simd::Level level);

}  // namespace fitstream::hcompress
