// What is kept of the values of one group. Each adds values, and merges with another one.
#pragma once

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "relation/column.h"

namespace fitstream::relation {

struct Count {
  uint32_t n = 0;
  void merge(const Count& other) { n += other.n; }
};

// Exact.
struct IntegerSum {
  __extension__ using Wide = __int128;
  Wide sum = 0;
  void add(Wide value) { sum += value; }
  void merge(const IntegerSum& other) { sum += other.sum; }
  double value() const { return static_cast<double>(sum); }
};

// With what rounding lost (Knuth's TwoSum).
struct FloatSum {
  double sum = 0;
  double lost = 0;
  void add(double value) {
    const double next = sum + value;
    const double part = next - sum;
    lost += (sum - (next - part)) + (value - part);
    sum = next;
  }
  void merge(const FloatSum& other) {
    add(other.sum);
    lost += other.lost;
  }
  // What is lost of infinity is NaN.
  double value() const { return std::isfinite(sum) ? sum + lost : sum; }
};

template <typename T>
using SumOf = std::conditional_t<std::is_integral_v<T>, IntegerSum, FloatSum>;

// Squares of distances from the mean; the sum of the distances corrects what the mean was rounded
// by.
struct Deviations {
  double squares = 0;
  double sum = 0;
  void add(double distance) {
    squares += distance * distance;
    sum += distance;
  }
  void merge(const Deviations& other) {
    squares += other.squares;
    sum += other.sum;
  }
  double variance(double n) const { return std::max(0.0, squares - sum * sum / n) / (n - 1); }
};

// The first row of the best value.
template <typename T, typename Better>
struct Extreme {
  T best{};
  uint32_t row = kNoRow;
  void add(const T& value, uint32_t at) {
    if (row == kNoRow || Better()(value, best) || (value == best && at < row))
      best = value, row = at;
  }
  void merge(const Extreme& other) {
    if (other.row != kNoRow) add(other.best, other.row);
  }
};

struct FirstRow {
  uint32_t row = kNoRow;
  void add(uint32_t at) { row = std::min(row, at); }
  void merge(const FirstRow& other) { add(other.row); }
};
// Rows + 1: 0 is none.
struct LastRow {
  uint32_t next = 0;
  void add(uint32_t at) { next = std::max(next, at + 1); }
  void merge(const LastRow& other) { next = std::max(next, other.next); }
};

}  // namespace fitstream::relation
