// Values of some rows, as an expression computes them.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

#include "value_type.h"

namespace fitstream::where {

// Rows that are evaluated at a time: a few columns of them stay in the L1 cache.
inline constexpr size_t kStep = 2048;

// In this order AND is the minimum and OR the maximum (Kleene's logic), and NOT turns it round.
using Truth = uint8_t;
inline constexpr Truth kFalse = 0;
inline constexpr Truth kUnknown = 1;
inline constexpr Truth kTrue = 2;

// One value a row, or one that stands for all rows. Numbers are null where they are NaN, truths
// where they are unknown; integers and texts where nulls[i] is 1.
struct Vector {
  ValueType type = ValueType::kBoolean;
  bool is_constant = false;
  const void* values = nullptr;
  const uint8_t* nulls = nullptr;  // nothing: none is null

  template <typename T>
  const T* as() const {
    return static_cast<const T*>(values);
  }
};

// A vector with memory of its own.
class Register {
 public:
  Vector vector;

  template <typename T>
  T* values() {
    const size_t bytes = kStep * sizeof(T);
    if (bytes > capacity_) values_ = std::make_unique<std::byte[]>(capacity_ = bytes);
    vector.values = values_.get();
    return reinterpret_cast<T*>(values_.get());
  }
  uint8_t* nulls() {
    if (!nulls_) nulls_ = std::make_unique<uint8_t[]>(kStep);
    vector.nulls = nulls_.get();
    return nulls_.get();
  }

 private:
  std::unique_ptr<std::byte[]> values_;
  std::unique_ptr<uint8_t[]> nulls_;
  size_t capacity_ = 0;
};

// How loops see a vector: constants stay in a register of the CPU.
template <typename T>
struct Each {
  const T* values;
  T operator[](size_t i) const { return values[i]; }
};
template <typename T>
struct Same {
  T value;
  T operator[](size_t) const { return value; }
};

// Calls use(values) for a vector of which `n` values are wanted.
template <typename T, typename Use>
void with_values(const Vector& v, size_t n, const Use& use) {
  if (v.is_constant && n > 1)
    use(Same<T>{*v.as<T>()});
  else
    use(Each<T>{v.as<T>()});
}
template <typename T, typename Use>
void with_values(const Vector& a, const Vector& b, size_t n, const Use& use) {
  with_values<T>(a, n, [&](auto x) { with_values<T>(b, n, [&](auto y) { use(x, y); }); });
}

// Marks in `out`, which has `n` truths, those unknown for which `v` is null.
inline void apply_nulls(const Vector& v, size_t n, Truth* out) {
  if (!v.nulls) return;
  if (v.is_constant) {
    if (v.nulls[0]) std::memset(out, kUnknown, n);
    return;
  }
  for (size_t i = 0; i < n; ++i) out[i] = v.nulls[i] ? kUnknown : out[i];
}

}  // namespace fitstream::where
