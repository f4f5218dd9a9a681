#include "logic.h"

#include <algorithm>

namespace fitstream::where {

void logic(Op op, const Vector& a, const Vector& b, size_t n, Register& out) {
  Truth* __restrict to = out.values<Truth>();
  with_values<Truth>(a, b, n, [&](auto x, auto y) {
    if (op == Op::kAnd)
      for (size_t i = 0; i < n; ++i) to[i] = std::min<Truth>(x[i], y[i]);
    else
      for (size_t i = 0; i < n; ++i) to[i] = std::max<Truth>(x[i], y[i]);
  });
}

void negate_truths(const Vector& v, size_t n, Register& out) {
  Truth* __restrict to = out.values<Truth>();
  const Truth* from = v.as<Truth>();
  for (size_t i = 0; i < n; ++i) to[i] = static_cast<Truth>(kTrue - from[i]);
}

void is_null(const Vector& v, size_t n, Register& out) {
  Truth* __restrict to = out.values<Truth>();
  if (v.type == ValueType::kNumber) {
    const auto* values = v.as<double>();
    for (size_t i = 0; i < n; ++i) to[i] = values[i] != values[i] ? kTrue : kFalse;
  } else if (v.type == ValueType::kBoolean) {
    const auto* values = v.as<Truth>();
    for (size_t i = 0; i < n; ++i) to[i] = values[i] == kUnknown ? kTrue : kFalse;
  } else if (v.nulls) {
    for (size_t i = 0; i < n; ++i) to[i] = v.nulls[i] ? kTrue : kFalse;
  } else {
    std::memset(to, kFalse, n);
  }
}

}  // namespace fitstream::where
