// Keys as words: unsigned 64-bit numbers in the order of the values. A number is one word. A string
// is as many as it needs, each of 7 of its bytes and how many are left from there on (8 for more
// than 7), so that equal words mean equal bytes, and a string comes before those that it begins.
#pragma once

#include <algorithm>
#include <type_traits>

#include "relation/column.h"

namespace fitstream::relation {

struct SortKey {
  Column column;
  bool is_descending = false;
  bool nulls_first = false;
};

inline constexpr size_t kTextStep = 7;

// Of floats: bits in the order of the values, with -0 as +0.
template <typename T>
uint64_t ordered_word(T value) {
  if constexpr (std::is_floating_point_v<T>) {
    using Bits = std::conditional_t<sizeof(T) == 8, int64_t, int32_t>;
    using Word = std::make_unsigned_t<Bits>;
    const auto bits = std::bit_cast<Bits>(value + T{0});
    constexpr Word kSign = Word{1} << (8 * sizeof(T) - 1);
    return static_cast<Word>(bits) ^ (static_cast<Word>(bits >> (8 * sizeof(T) - 1)) | kSign);
  } else if constexpr (std::is_signed_v<T>) {
    return static_cast<uint64_t>(int64_t{value}) ^ uint64_t { 1 } << 63;
  } else {
    return value;
  }
}

inline uint64_t text_word(std::string_view text, size_t depth) {
  const std::string_view rest = text.substr(std::min(depth, text.size()));
  uint64_t word = 0;
  if (rest.size() >= 8)
    std::memcpy(&word, rest.data(), 8);
  else if (!rest.empty())
    std::memcpy(&word, rest.data(), rest.size());
  return (swap_bytes(word) & ~uint64_t{0xff}) | std::min(rest.size(), kTextStep + 1);
}

// Calls `visit` with a function row -> word; of strings, with the word that starts at `depth`.
template <typename Visit>
void with_words(const SortKey& key, size_t depth, const Visit& visit) {
  const uint64_t flip = key.is_descending ? ~uint64_t{0} : 0;
  const Column& column = key.column;
  if (column.is_string())
    return visit(
        [&column, depth, flip](uint32_t row) { return text_word(column.text(row), depth) ^ flip; });
  with_type(*column.dtype, [&]<typename T>(const T*) {
    visit([values = column.values<T>(), flip](uint32_t row) {
      return ordered_word(values[row]) ^ flip;
    });
  });
}

}  // namespace fitstream::relation
