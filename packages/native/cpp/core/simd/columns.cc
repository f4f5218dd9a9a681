#include "columns.h"

#include <cstring>

#include "../bytes.h"
#if defined(FITSTREAM_X86)
#include <immintrin.h>
#endif

namespace fitstream::simd {

#if defined(FITSTREAM_X86)
namespace avx2 {
// Takes as many columns as it has kernels for; returns how many.
size_t take_columns(const CellRows& rows, std::span<const ColumnTarget> columns, bool streams);
}  // namespace avx2
#endif

namespace {

// Four rows at a time: loads, swaps and stores of one row do not wait for another's.
template <typename U>
void take_column(const CellRows& rows, const std::byte* from, const ColumnTarget& column) {
  const U flip = column.flips_sign ? static_cast<U>(U{1} << (8 * sizeof(U) - 1)) : U{0};
  const size_t stride = rows.stride;
  const auto one = [&](size_t row) {
    U u;
    std::memcpy(&u, from + row * stride, sizeof(U));
    u = static_cast<U>(swap_bytes(u) ^ flip);
    std::memcpy(column.to + row * sizeof(U), &u, sizeof(U));
  };
  size_t row = 0;
  for (; row + 4 <= rows.rows; row += 4) {
    one(row);
    one(row + 1);
    one(row + 2);
    one(row + 3);
  }
  for (; row < rows.rows; ++row) one(row);
}

}  // namespace

void take_columns(const CellRows& rows, std::span<const ColumnTarget> columns, bool streams,
                  Level level) {
  size_t taken = 0;
#if defined(FITSTREAM_X86)
  if (level >= Level::kAvx2) taken = avx2::take_columns(rows, columns, streams);
#endif
  static_cast<void>(level);
  static_cast<void>(streams);
  for (size_t i = taken; i < columns.size(); ++i) {
    const std::byte* from = rows.first + i * rows.width;
    switch (rows.width) {
      case 1:
        take_column<uint8_t>(rows, from, columns[i]);
        break;
      case 2:
        take_column<uint16_t>(rows, from, columns[i]);
        break;
      case 4:
        take_column<uint32_t>(rows, from, columns[i]);
        break;
      default:
        take_column<uint64_t>(rows, from, columns[i]);
    }
  }
}

void end_streams() {
#if defined(FITSTREAM_X86)
  _mm_sfence();
#endif
}

}  // namespace fitstream::simd
