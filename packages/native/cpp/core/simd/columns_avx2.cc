// Rows to columns by transposing squares of numbers: this file alone is compiled with -mavx2.
#include <immintrin.h>

#include <cstdint>
#include <cstring>

#include "columns.h"
#include "transpose_avx2.h"

namespace fitstream::simd::avx2 {
namespace {

constexpr size_t kVector = sizeof(__m256i);

template <bool kStreams>
void store(std::byte* to, __m256i v) {
  if constexpr (kStreams)
    _mm256_stream_si256(reinterpret_cast<__m256i*>(to), v);
  else
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), v);
}

bool is_aligned(const std::byte* p) { return reinterpret_cast<uintptr_t>(p) % kVector == 0; }

// Rows whose vector at `from` ends where reading must end, at the latest.
size_t readable_rows(const CellRows& rows, const std::byte* from) {
  const size_t room = static_cast<size_t>(rows.end - from);
  if (room < kVector) return 0;
  const size_t fitting = rows.stride == 0 ? rows.rows : (room - kVector) / rows.stride + 1;
  return fitting < rows.rows ? fitting : rows.rows;
}

// The rows from `done` on, by the scalar kernel.
void take_rest(const CellRows& rows, const std::byte* from, size_t done,
               std::span<const ColumnTarget> columns) {
  CellRows rest = rows;
  rest.first = from + done * rows.stride;
  rest.rows = rows.rows - done;
  for (size_t i = 0; i < columns.size(); ++i, rest.first += rows.width) {
    const ColumnTarget target{columns[i].to + done * rows.width, columns[i].flips_sign};
    simd::take_columns(rest, {&target, 1}, false, Level::kScalar);
  }
}

__m256i order_of_4() {
  return _mm256_setr_epi8(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12,  //
                          3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
}
__m256i order_of_8() {
  return _mm256_setr_epi8(7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8,  //
                          7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8);
}

// Eight columns of 4 bytes. A cache line of each at a time: halves that are written past the caches
// one by one take 10 % longer.
template <bool kStreams>
void take_8(const CellRows& rows, const std::byte* from, std::span<const ColumnTarget> columns) {
  const __m256i order = order_of_4();
  const auto load = [&](size_t row, __m256i(&r)[8]) {
    for (size_t i = 0; i < 8; ++i) {
      const std::byte* at = from + (row + i) * rows.stride;
      r[i] = _mm256_shuffle_epi8(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(at)), order);
    }
    transpose(r);
  };
  size_t row = 0;
  for (; row + 16 <= rows.rows; row += 16) {
    __m256i first[8], second[8];
    load(row, first);
    load(row + 8, second);
    for (size_t i = 0; i < 8; ++i) {
      const __m256i flip = _mm256_set1_epi32(columns[i].flips_sign ? INT32_MIN : 0);
      std::byte* const to = columns[i].to + row * 4;
      store<kStreams>(to, _mm256_xor_si256(first[i], flip));
      store<kStreams>(to + kVector, _mm256_xor_si256(second[i], flip));
    }
  }
  take_rest(rows, from, row, columns);
}

// 4 x 4 numbers of 8 bytes.
void transpose_4(__m256i (&r)[4]) {
  const __m256i even_low = _mm256_unpacklo_epi64(r[0], r[1]);
  const __m256i odd_low = _mm256_unpackhi_epi64(r[0], r[1]);
  const __m256i even_high = _mm256_unpacklo_epi64(r[2], r[3]);
  const __m256i odd_high = _mm256_unpackhi_epi64(r[2], r[3]);
  r[0] = _mm256_permute2x128_si256(even_low, even_high, 0x20);
  r[1] = _mm256_permute2x128_si256(odd_low, odd_high, 0x20);
  r[2] = _mm256_permute2x128_si256(even_low, even_high, 0x31);
  r[3] = _mm256_permute2x128_si256(odd_low, odd_high, 0x31);
}

// kColumns of 8 bytes, at most four. The vector of a row reaches behind them where they are fewer.
template <size_t kColumns, bool kStreams>
void take_4(const CellRows& rows, const std::byte* from, std::span<const ColumnTarget> columns) {
  const __m256i order = order_of_8();
  const auto load = [&](size_t row, __m256i(&r)[4]) {
    for (size_t i = 0; i < 4; ++i) {
      const std::byte* at = from + (row + i) * rows.stride;
      r[i] = _mm256_shuffle_epi8(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(at)), order);
    }
    transpose_4(r);
  };
  __m256i flips[kColumns];
  for (size_t i = 0; i < kColumns; ++i)
    flips[i] = _mm256_set1_epi64x(columns[i].flips_sign ? INT64_MIN : 0);
  const size_t readable = readable_rows(rows, from);
  size_t row = 0;
  for (; row + 8 <= readable; row += 8) {
    __m256i first[4], second[4];
    load(row, first);
    load(row + 4, second);
    for (size_t i = 0; i < kColumns; ++i) {
      std::byte* const to = columns[i].to + row * 8;
      store<kStreams>(to, _mm256_xor_si256(first[i], flips[i]));
      store<kStreams>(to + kVector, _mm256_xor_si256(second[i], flips[i]));
    }
  }
  take_rest(rows, from, row, columns);
}

template <bool kStreams>
size_t take(const CellRows& rows, std::span<const ColumnTarget> columns) {
  size_t done = 0;
  const auto from = [&] { return rows.first + done * rows.width; };
  if (rows.width == 4) {
    for (; done + 8 <= columns.size(); done += 8)
      take_8<kStreams>(rows, from(), columns.subspan(done, 8));
    if (done == 0 || done == columns.size()) return done;
    // The last ones, and again some of those before them.
    done = columns.size() - 8;
    take_8<kStreams>(rows, from(), columns.subspan(done));
    return columns.size();
  }
  if (rows.width != 8) return done;
  for (; done + 4 <= columns.size(); done += 4)
    take_4<4, kStreams>(rows, from(), columns.subspan(done, 4));
  const auto rest = columns.subspan(done);
  if (rest.size() == 3) take_4<3, kStreams>(rows, from(), rest);
  if (rest.size() == 2) take_4<2, kStreams>(rows, from(), rest);
  return rest.size() > 1 ? columns.size() : done;
}

}  // namespace

size_t take_columns(const CellRows& rows, std::span<const ColumnTarget> columns, bool streams) {
  bool fits_streams = streams;
  for (const ColumnTarget& column : columns) fits_streams = fits_streams && is_aligned(column.to);
  return fits_streams ? take<true>(rows, columns) : take<false>(rows, columns);
}

}  // namespace fitstream::simd::avx2
