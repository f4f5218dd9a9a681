// Numbers of different types compared as numbers: nothing is rounded to the type of the other.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

namespace fitstream::where {

inline constexpr double kTwo63 = 9223372036854775808.0;
inline constexpr double kTwo64 = 18446744073709551616.0;

// `value` as a T, where that is the same number.
template <typename T, typename From>
std::optional<T> exactly(From value) {
  if constexpr (std::is_same_v<T, From>) {
    if (value != value) return std::nullopt;
    return value;
  } else if constexpr (std::is_same_v<From, double>) {
    constexpr double kLow = std::is_signed_v<T> ? -kTwo63 : 0;
    constexpr double kEnd = std::is_signed_v<T> ? kTwo63 : kTwo64;
    if (!(value >= kLow && value < kEnd) || value != std::trunc(value)) return std::nullopt;
    return static_cast<T>(value);
  } else if constexpr (std::is_same_v<T, double>) {
    const auto rounded = static_cast<double>(value);
    if (exactly<From>(rounded) != value) return std::nullopt;
    return rounded;
  } else {
    if (!std::in_range<T>(value)) return std::nullopt;
    return static_cast<T>(value);
  }
}

// -1, 0 or 1 as `a` is less than `b`, the same, or greater; 2 where `b` is NaN.
inline int order_of(int64_t a, uint64_t b) {
  return std::cmp_less(a, b) ? -1 : static_cast<int>(std::cmp_greater(a, b));
}
template <typename Integer>
int order_of(Integer a, double b) {
  // Rounding keeps the order, but for numbers that it makes the same.
  const auto rounded = static_cast<double>(a);
  if (rounded < b) return -1;
  if (rounded > b) return 1;
  if (b != b) return 2;
  constexpr double kEnd = std::is_signed_v<Integer> ? kTwo63 : kTwo64;
  if (b == kEnd) return -1;
  const auto whole = static_cast<Integer>(b);
  return a < whole ? -1 : static_cast<int>(a > whole);
}

}  // namespace fitstream::where
