// Columns in memory, as the relational verbs take them.
#pragma once

#include <bit>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

#include "bytes.h"
#include "dtype.h"
#include "read_once.h"
#include "relation/bits.h"
#include "status.h"

namespace fitstream::relation {

// Row numbers are 32 bits wide; this one says "no row".
inline constexpr uint32_t kNoRow = 0xffffffff;

// One value a row: numbers, or strings of bytes. The memory is the caller's. Who changes it while a
// verb runs gets a result without meaning, but nothing outside of the arrays is touched: what is
// read again after it was checked or counted is checked again.
struct Column {
  std::optional<Dtype> dtype;        // none: strings
  ByteSpan data;                     // native byte order
  std::span<const int32_t> offsets;  // of strings, in bytes: rows + 1
  ByteSpan validity;                 // a bit per row, 0 for null; empty: all are valid

  bool is_string() const { return !dtype; }
  template <typename T>
  const T* values() const {
    return reinterpret_cast<const T*>(data.data());
  }
  std::string_view text(size_t row) const {
    const ItemRange bytes = items_of_row(offsets.data(), row, data.size());
    return {reinterpret_cast<const char*>(data.data()) + bytes.begin, bytes.length};
  }
  bool is_valid(size_t row) const { return validity.empty() || bit_at(validity.data(), row); }
  // Also of floats that are NaN, FITS's undefined value.
  bool is_null(size_t row) const;
  // Whether any row may be null; without it no row has to be asked.
  bool may_have_nulls() const { return !validity.empty() || (dtype && info(*dtype).is_float); }
};

// That the memory is as long as `rows` rows need, and offsets ascend inside it.
Status check_column(const Column& column, size_t rows);
// That row numbers below `rows` fit 32 bits beside kNoRow.
Status check_rows(uint64_t rows);
// That offsets are `rows` + 1, ascend from 0 or more, and end within `items`.
Status check_offsets(std::span<const int32_t> offsets, size_t rows, size_t items);
Error aborted();

// Calls `visit` with a null pointer to the C++ type of the dtype.
template <typename Visit>
decltype(auto) with_type(Dtype dtype, const Visit& visit) {
  switch (dtype) {
    case Dtype::kUint8:
      return visit(static_cast<const uint8_t*>(nullptr));
    case Dtype::kInt8:
      return visit(static_cast<const int8_t*>(nullptr));
    case Dtype::kUint16:
      return visit(static_cast<const uint16_t*>(nullptr));
    case Dtype::kInt16:
      return visit(static_cast<const int16_t*>(nullptr));
    case Dtype::kUint32:
      return visit(static_cast<const uint32_t*>(nullptr));
    case Dtype::kInt32:
      return visit(static_cast<const int32_t*>(nullptr));
    case Dtype::kUint64:
      return visit(static_cast<const uint64_t*>(nullptr));
    case Dtype::kInt64:
      return visit(static_cast<const int64_t*>(nullptr));
    case Dtype::kFloat32:
      return visit(static_cast<const float*>(nullptr));
    case Dtype::kFloat64:
      break;
  }
  return visit(static_cast<const double*>(nullptr));
}

// Calls `visit` with a function row -> bool, without a branch on the dtype in it.
template <typename Visit>
decltype(auto) with_null_test(const Column& column, const Visit& visit) {
  const auto test = [&]<typename T>(const T* values) {
    return [&column, values](size_t row) {
      return !column.is_valid(row) || values[row] != values[row];
    };
  };
  if (column.dtype == Dtype::kFloat64) return visit(test(column.values<double>()));
  if (column.dtype == Dtype::kFloat32) return visit(test(column.values<float>()));
  return visit([&column](size_t row) { return !column.is_valid(row); });
}

}  // namespace fitstream::relation
