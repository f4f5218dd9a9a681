#include "compare.h"

#include <array>

#include "exact.h"

namespace fitstream::where {
namespace {

// For NaN all are false, also kNotEqual: it is null, not another number.
template <Op op, typename T>
bool holds(T a, T b) {
  if constexpr (op == Op::kEqual) return a == b;
  if constexpr (op == Op::kNotEqual) return std::is_same_v<T, double> ? (a < b) | (a > b) : a != b;
  if constexpr (op == Op::kLess) return a < b;
  if constexpr (op == Op::kLessEqual) return a <= b;
  if constexpr (op == Op::kGreater) return a > b;
  if constexpr (op == Op::kGreaterEqual) return a >= b;
}

template <Op op, typename A, typename B>
void compare_each(A a, B b, size_t n, Truth* __restrict out) {
  using T = decltype(a[0]);
  for (size_t i = 0; i < n; ++i) {
    const auto truth = static_cast<Truth>(holds<op, T>(a[i], b[i]) ? kTrue : kFalse);
    if constexpr (std::is_same_v<T, double>)
      out[i] = static_cast<Truth>(truth | (a[i] != a[i]) | (b[i] != b[i]));
    else
      out[i] = truth;
  }
}

template <typename T>
void compare_same(Op op, const Vector& a, const Vector& b, size_t n, Truth* out) {
  with_values<T>(a, b, n, [&](auto x, auto y) {
    switch (op) {
      case Op::kEqual:
        return compare_each<Op::kEqual>(x, y, n, out);
      case Op::kNotEqual:
        return compare_each<Op::kNotEqual>(x, y, n, out);
      case Op::kLess:
        return compare_each<Op::kLess>(x, y, n, out);
      case Op::kLessEqual:
        return compare_each<Op::kLessEqual>(x, y, n, out);
      case Op::kGreater:
        return compare_each<Op::kGreater>(x, y, n, out);
      default:
        return compare_each<Op::kGreaterEqual>(x, y, n, out);
    }
  });
}

void compare_truths(Op op, const Vector& a, const Vector& b, size_t n, Truth* out) {
  const Truth same = op == Op::kEqual ? kTrue : kFalse;
  with_values<Truth>(a, b, n, [&](auto x, auto y) {
    for (size_t i = 0; i < n; ++i) {
      const Truth truth = x[i] == y[i] ? same : static_cast<Truth>(kTrue - same);
      out[i] = x[i] == kUnknown || y[i] == kUnknown ? kUnknown : truth;
    }
  });
}

// What an order (exact.h) means for an operation, from that of -1 on.
std::array<Truth, 4> outcomes(Op op) {
  switch (op) {
    case Op::kEqual:
      return {kFalse, kTrue, kFalse, kUnknown};
    case Op::kNotEqual:
      return {kTrue, kFalse, kTrue, kUnknown};
    case Op::kLess:
      return {kTrue, kFalse, kFalse, kUnknown};
    case Op::kLessEqual:
      return {kTrue, kTrue, kFalse, kUnknown};
    case Op::kGreater:
      return {kFalse, kFalse, kTrue, kUnknown};
    default:
      return {kFalse, kTrue, kTrue, kUnknown};
  }
}

template <typename A, typename B>
void compare_mixed(Op op, const Vector& a, const Vector& b, size_t n, Truth* out) {
  const auto outcome = outcomes(op);
  with_values<A>(a, n, [&](auto x) {
    with_values<B>(b, n, [&](auto y) {
      for (size_t i = 0; i < n; ++i)
        out[i] = outcome[static_cast<size_t>(order_of(x[i], y[i]) + 1)];
    });
  });
}

// The operation that says the same of swapped operands.
Op mirrored(Op op) {
  switch (op) {
    case Op::kLess:
      return Op::kGreater;
    case Op::kLessEqual:
      return Op::kGreaterEqual;
    case Op::kGreater:
      return Op::kLess;
    case Op::kGreaterEqual:
      return Op::kLessEqual;
    default:
      return op;
  }
}

// `a` is no later type than `b`.
void compare_types(Op op, const Vector& a, const Vector& b, size_t n, Truth* out) {
  if (a.type != b.type) {
    if (a.type == ValueType::kUnsigned) return compare_mixed<uint64_t, double>(op, a, b, n, out);
    if (b.type == ValueType::kUnsigned) return compare_mixed<int64_t, uint64_t>(op, a, b, n, out);
    return compare_mixed<int64_t, double>(op, a, b, n, out);
  }
  switch (a.type) {
    case ValueType::kBoolean:
      return compare_truths(op, a, b, n, out);
    case ValueType::kInteger:
      return compare_same<int64_t>(op, a, b, n, out);
    case ValueType::kUnsigned:
      return compare_same<uint64_t>(op, a, b, n, out);
    case ValueType::kNumber:
      return compare_same<double>(op, a, b, n, out);
    case ValueType::kText:
      return compare_same<std::string_view>(op, a, b, n, out);
  }
}

}  // namespace

void compare(Op op, const Vector& a, const Vector& b, size_t n, Register& out) {
  Truth* to = out.values<Truth>();
  if (a.type <= b.type)
    compare_types(op, a, b, n, to);
  else
    compare_types(mirrored(op), b, a, n, to);
  apply_nulls(a, n, to);
  apply_nulls(b, n, to);
}

}  // namespace fitstream::where
