#include "compare.h"

#include <array>

#include "exact.h"

#define KERNELS_NAMESPACE scalar
#include "compare_kernels.inc"
#undef KERNELS_NAMESPACE

namespace fitstream::where {

#if defined(FITSTREAM_X86)
namespace avx2 {
void compare(Op, const double*, const double*, bool, size_t, Truth*);
void compare(Op, const int64_t*, const int64_t*, bool, size_t, Truth*);
void compare(Op, const uint64_t*, const uint64_t*, bool, size_t, Truth*);
}  // namespace avx2
namespace avx512 {
void compare(Op, const double*, const double*, bool, size_t, Truth*);
void compare(Op, const int64_t*, const int64_t*, bool, size_t, Truth*);
void compare(Op, const uint64_t*, const uint64_t*, bool, size_t, Truth*);
}  // namespace avx512
#endif

namespace {

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

// `a` is of one value a row, unless both are constants.
template <typename T>
void compare_values(Op op, const Vector& a, const Vector& b, size_t n, simd::Level level,
                    Truth* out) {
#if defined(FITSTREAM_X86)
  if (level == simd::Level::kAvx512)
    return avx512::compare(op, a.as<T>(), b.as<T>(), b.is_constant, n, out);
  if (level == simd::Level::kAvx2)
    return avx2::compare(op, a.as<T>(), b.as<T>(), b.is_constant, n, out);
#endif
  scalar::compare(op, a.as<T>(), b.as<T>(), b.is_constant, n, out);
}

void compare_texts(Op op, const Vector& a, const Vector& b, size_t n, Truth* out) {
  const auto outcome = outcomes(op);
  with_values<std::string_view>(a, b, n, [&](auto x, auto y) {
    for (size_t i = 0; i < n; ++i) {
      const int order = x[i].compare(y[i]);
      out[i] = outcome[static_cast<size_t>((order > 0) - (order < 0) + 1)];
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

void compare_mixed(Op op, const Vector& a, const Vector& b, size_t n, Truth* out) {
  if (a.type == ValueType::kUnsigned) return compare_mixed<uint64_t, double>(op, a, b, n, out);
  if (b.type == ValueType::kUnsigned) return compare_mixed<int64_t, uint64_t>(op, a, b, n, out);
  return compare_mixed<int64_t, double>(op, a, b, n, out);
}

void compare_same(Op op, const Vector& a, const Vector& b, size_t n, simd::Level level,
                  Truth* out) {
  switch (a.type) {
    case ValueType::kBoolean:
      return compare_truths(op, a, b, n, out);
    case ValueType::kInteger:
      return compare_values<int64_t>(op, a, b, n, level, out);
    case ValueType::kUnsigned:
      return compare_values<uint64_t>(op, a, b, n, level, out);
    case ValueType::kNumber:
      return compare_values<double>(op, a, b, n, level, out);
    case ValueType::kText:
      return compare_texts(op, a, b, n, out);
  }
}

}  // namespace

void compare(Op op, const Vector& a, const Vector& b, size_t n, simd::Level level, Register& out) {
  // The earlier type comes first; of the same type, the one that is no constant.
  if (a.type > b.type || (a.type == b.type && a.is_constant && !b.is_constant))
    return compare(mirrored(op), b, a, n, level, out);
  Truth* to = out.values<Truth>();
  if (a.type == b.type)
    compare_same(op, a, b, n, level, to);
  else
    compare_mixed(op, a, b, n, to);
  apply_nulls(a, n, to);
  apply_nulls(b, n, to);
}

}  // namespace fitstream::where
