// Elements as they are stored to those of a ColumnData.
#pragma once

#include <algorithm>

#include "../image.h"
#include "../simd/convert.h"
#include "column_data.h"
#include "layout.h"

namespace fitstream {

// Appends elements to a ColumnData: values, and the validity bitmap once there is a null.
class Appender {
 public:
  Appender(const Column& column, simd::Level level) : column_(column), level_(level) {
    if (column.kind != CellKind::kNumber) return;
    const Scaling scaling{column.scale, column.zero, column.null};
    recipe_ = *recipe_for(column.stored, scaling, column.natural_dtype());
  }

  // Elements of what one cell of `repeat` elements becomes, in bytes of `values`.
  uint64_t out_size() const {
    switch (column_.kind) {
      case CellKind::kNumber:
        return size_of(column_.natural_dtype());
      case CellKind::kComplex:
        return 2 * size_of(column_.natural_dtype());
      default:
        return 1;
    }
  }
  // Bytes that `n` elements take in the file.
  uint64_t stored_length(uint64_t n) const {
    switch (column_.kind) {
      case CellKind::kBit:
        return (n + 7) / 8;
      case CellKind::kComplex:
        return 2 * n * size_of(column_.stored);
      default:
        return n * size_of(column_.stored);
    }
  }

  void append(const std::byte* raw, uint64_t n) {
    put(raw, n, data.elements);
    data.elements += n;
  }
  // Decodes `n` elements to the place of element `at`; `values` has been made large enough.
  void put(const std::byte* raw, uint64_t n, uint64_t at) {
    std::byte* to = data.values.data() + at * out_size();
    switch (column_.kind) {
      case CellKind::kNumber:
        return put_numbers(raw, n, at, to);
      case CellKind::kComplex:
        return put_complex(raw, n, to);
      case CellKind::kLogical:
        return put_logicals(raw, n, at, to);
      case CellKind::kBit:
        return put_bits(raw, n, to);
      case CellKind::kString:
        std::memcpy(to, raw, n);
        return;
    }
  }
  void mark_null(uint64_t at) {
    if (data.validity.empty())
      data.validity.assign((data.values.size() / out_size() + 7) / 8, uint8_t{0xff});
    data.validity[at / 8] = static_cast<uint8_t>(data.validity[at / 8] & ~(1u << (at % 8)));
    ++data.nulls;
  }

  ColumnData data;

 private:
  void put_numbers(const std::byte* raw, uint64_t n, uint64_t at, std::byte* to) {
    simd::convert(recipe_, raw, to, n, level_);
    if (!recipe_.blank) return;
    marks_.resize(std::max<size_t>(marks_.size(), n));
    if (simd::mark_blank(column_.stored, *recipe_.blank, raw, marks_.data(), n) == 0) return;
    for (uint64_t i = 0; i < n; ++i)
      if (marks_[i]) mark_null(at + i);
  }
  // The zero point belongs to the real part only (7.3.2, TSCALn).
  void put_complex(const std::byte* raw, uint64_t n, std::byte* to) {
    simd::Recipe plain;
    plain.stored = column_.stored;
    plain.out = column_.natural_dtype();
    simd::convert(plain, raw, to, 2 * n, level_);
    if (column_.scale == 1 && column_.zero == 0) return;
    for (uint64_t i = 0; i < 2 * n; ++i) {
      double v;
      std::memcpy(&v, to + i * sizeof v, sizeof v);
      v *= column_.scale;
      if (i % 2 == 0) v += column_.zero;
      std::memcpy(to + i * sizeof v, &v, sizeof v);
    }
  }
  void put_logicals(const std::byte* raw, uint64_t n, uint64_t at, std::byte* to) {
    for (uint64_t i = 0; i < n; ++i) {
      const char c = static_cast<char>(raw[i]);
      to[i] = std::byte{c == 'T'};
      if (c != 'T' && c != 'F') mark_null(at + i);
    }
  }
  void put_bits(const std::byte* raw, uint64_t n, std::byte* to) {
    for (uint64_t i = 0; i < n; ++i) to[i] = (raw[i / 8] >> (7 - i % 8)) & std::byte{1};
  }

  const Column& column_;
  simd::Level level_;
  simd::Recipe recipe_;
  std::vector<uint8_t> marks_;
};

}  // namespace fitstream
