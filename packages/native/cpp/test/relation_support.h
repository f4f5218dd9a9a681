// Columns of random values for the tests of the relational verbs, and what compares them.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "relation/column.h"

namespace fitstream::relation::test {

// How the values of a column lie.
enum class Spread { kFew, kDense, kWide, kSkewed };
inline constexpr Spread kSpreads[] = {Spread::kFew, Spread::kDense, Spread::kWide, Spread::kSkewed};

// A column that owns its memory.
struct OwnedColumn {
  std::optional<Dtype> dtype;
  std::vector<std::byte> data;
  std::vector<int32_t> offsets;
  std::vector<std::byte> validity;

  Column view() const { return {dtype, data, offsets, validity}; }
};

// With nulls by validity; floats also have NaN, both zeros and infinities.
OwnedColumn random_column(std::optional<Dtype> dtype, Spread spread, size_t rows, bool has_nulls,
                          std::mt19937_64& random);

template <typename T>
OwnedColumn column_of(const std::vector<T>& values, std::vector<std::byte> validity = {}) {
  const auto bytes = std::as_bytes(std::span(values));
  const auto dtype = [] {
    if constexpr (std::is_same_v<T, double>) return Dtype::kFloat64;
    if constexpr (std::is_same_v<T, float>) return Dtype::kFloat32;
    if constexpr (std::is_same_v<T, int64_t>) return Dtype::kInt64;
    if constexpr (std::is_same_v<T, uint64_t>) return Dtype::kUint64;
    if constexpr (std::is_same_v<T, int32_t>) return Dtype::kInt32;
    if constexpr (std::is_same_v<T, uint8_t>) return Dtype::kUint8;
  }();
  return {dtype, {bytes.begin(), bytes.end()}, {}, std::move(validity)};
}
OwnedColumn column_of(const std::vector<std::string>& values, std::vector<std::byte> validity = {});

// < 0, 0, > 0; neither is null.
int compare(const Column& column, size_t a, size_t b);
// A value as text: two are equal where their texts are; nulls too.
std::string text_of(const Column& column, size_t row);
// Those of all keys.
std::vector<std::string> key_of(std::span<const Column> keys, size_t row);

// Every dtype, and none: strings.
std::vector<std::optional<Dtype>> all_kinds();

}  // namespace fitstream::relation::test
