#include "arithmetic.h"

#include <cmath>
#include <limits>

#include "../read_once.h"

namespace fitstream::where {
namespace {

bool is_null_at(const Vector& v, size_t i) {
  return v.nulls && v.nulls[v.is_constant ? 0 : i] != 0;
}

// Sets the nulls of `out`, an integer vector, to those of `a` and `b`.
void combine_nulls(const Vector& a, const Vector& b, size_t n, Register& out) {
  if (!a.nulls && !b.nulls) return;
  uint8_t* nulls = out.nulls();
  for (size_t i = 0; i < n; ++i) nulls[i] = is_null_at(a, i) || is_null_at(b, i);
}

// The first of the rows for which `leaves(i)` is true and the result is not null.
template <typename Leaves>
std::optional<size_t> first_overflow(const Vector& result, size_t n, const Leaves& leaves) {
  for (size_t i = 0; i < n; ++i)
    if (!is_null_at(result, i) && leaves(i)) return i;
  return std::nullopt;
}

// `compute(x, y, result)` is true where the result leaves 64 bits.
template <typename Compute>
std::optional<size_t> integers(const Vector& a, const Vector& b, size_t n, Register& out,
                               const Compute& compute) {
  combine_nulls(a, b, n, out);
  auto* __restrict to = out.values<int64_t>();
  std::optional<size_t> overflow;
  with_values<int64_t>(a, b, n, [&](auto x, auto y) {
    bool any = false;
    for (size_t i = 0; i < n; ++i) any |= compute(x[i], y[i], to + i);
    int64_t ignored;
    if (any)
      overflow =
          first_overflow(out.vector, n, [&](size_t i) { return compute(x[i], y[i], &ignored); });
  });
  return overflow;
}

// As C does; a remainder of nothing is null.
void integer_modulo(const Vector& a, const Vector& b, size_t n, Register& out) {
  auto* to = out.values<int64_t>();
  uint8_t* nulls = out.nulls();
  with_values<int64_t>(a, b, n, [&](auto x, auto y) {
    for (size_t i = 0; i < n; ++i) {
      const int64_t divisor = read_once(y[i]);  // which may lie in memory of others
      nulls[i] = divisor == 0 || is_null_at(a, i) || is_null_at(b, i);
      // The CPU traps on the lowest integer % -1, which is 0.
      to[i] = divisor == 0 || divisor == -1 ? 0 : x[i] % divisor;
    }
  });
}

std::optional<size_t> integer_arithmetic(Op op, const Vector& a, const Vector& b, size_t n,
                                         Register& out) {
  switch (op) {
    case Op::kAdd:
      return integers(a, b, n, out, [](int64_t x, int64_t y, int64_t* to) {
        return __builtin_add_overflow(x, y, to);
      });
    case Op::kSubtract:
      return integers(a, b, n, out, [](int64_t x, int64_t y, int64_t* to) {
        return __builtin_sub_overflow(x, y, to);
      });
    case Op::kMultiply:
      return integers(a, b, n, out, [](int64_t x, int64_t y, int64_t* to) {
        return __builtin_mul_overflow(x, y, to);
      });
    default:
      integer_modulo(a, b, n, out);
      return std::nullopt;
  }
}

// pow(1, NaN) and pow(NaN, 0) are 1 in C; here NaN is null, and what is made of it, too.
double power(double x, double y) {
  return x != x || y != y ? std::numeric_limits<double>::quiet_NaN() : std::pow(x, y);
}

void number_arithmetic(Op op, const Vector& a, const Vector& b, size_t n, Register& out) {
  auto* __restrict to = out.values<double>();
  with_values<double>(a, b, n, [&](auto x, auto y) {
    const auto each = [&](const auto& compute) {
      for (size_t i = 0; i < n; ++i) to[i] = compute(x[i], y[i]);
    };
    switch (op) {
      case Op::kAdd:
        return each([](double p, double q) { return p + q; });
      case Op::kSubtract:
        return each([](double p, double q) { return p - q; });
      case Op::kMultiply:
        return each([](double p, double q) { return p * q; });
      case Op::kDivide:
        return each([](double p, double q) { return p / q; });
      case Op::kModulo:
        return each([](double p, double q) { return std::fmod(p, q); });
      default:
        return each(power);
    }
  });
}

}  // namespace

std::optional<size_t> arithmetic(Op op, const Vector& a, const Vector& b, size_t n, Register& out) {
  if (a.type == ValueType::kInteger) return integer_arithmetic(op, a, b, n, out);
  number_arithmetic(op, a, b, n, out);
  return std::nullopt;
}

std::optional<size_t> integer_function(Op op, const Vector& v, size_t n, Register& out) {
  const auto* from = v.as<int64_t>();
  auto* __restrict to = out.values<int64_t>();
  if (v.nulls) std::memcpy(out.nulls(), v.nulls, n);
  for (size_t i = 0; i < n; ++i) {
    const auto negated = static_cast<int64_t>(-static_cast<uint64_t>(from[i]));
    to[i] = op == Op::kAbs && from[i] >= 0 ? from[i] : negated;
  }
  return first_overflow(out.vector, n, [&](size_t i) { return from[i] == INT64_MIN; });
}

void number_function(Op op, const Vector& v, size_t n, Register& out) {
  const auto* from = v.as<double>();
  auto* __restrict to = out.values<double>();
  const auto each = [&](const auto& compute) {
    for (size_t i = 0; i < n; ++i) to[i] = compute(from[i]);
  };
  constexpr double kDegree = 0.017453292519943295;
  switch (op) {
    case Op::kNegate:
      return each([](double x) { return -x; });
    case Op::kAbs:
      return each([](double x) { return std::fabs(x); });
    case Op::kSqrt:
      return each([](double x) { return std::sqrt(x); });
    case Op::kLog10:
      return each([](double x) { return std::log10(x); });
    case Op::kLn:
      return each([](double x) { return std::log(x); });
    case Op::kExp:
      return each([](double x) { return std::exp(x); });
    case Op::kFloor:
      return each([](double x) { return std::floor(x); });
    case Op::kCeil:
      return each([](double x) { return std::ceil(x); });
    case Op::kRound:  // halves to even, as numpy does
      return each([](double x) { return std::nearbyint(x); });
    case Op::kSin:
      return each([](double x) { return std::sin(x); });
    case Op::kCos:
      return each([](double x) { return std::cos(x); });
    case Op::kTan:
      return each([](double x) { return std::tan(x); });
    case Op::kRadians:
      return each([](double x) { return x * kDegree; });
    default:
      return each([](double x) { return x * 57.29577951308232; });
  }
}

void to_number(const Vector& v, size_t n, Register& out) {
  auto* __restrict to = out.values<double>();
  const auto convert = [&](const auto* from) {
    for (size_t i = 0; i < n; ++i) to[i] = static_cast<double>(from[i]);
  };
  if (v.type == ValueType::kUnsigned)
    convert(v.as<uint64_t>());
  else
    convert(v.as<int64_t>());
  if (!v.nulls) return;
  for (size_t i = 0; i < n; ++i)
    to[i] = v.nulls[i] ? std::numeric_limits<double>::quiet_NaN() : to[i];
}

std::optional<size_t> to_integer(const Vector& v, size_t n, Register& out) {
  auto* to = out.values<int64_t>();
  std::memcpy(to, v.values, n * sizeof *to);
  if (v.nulls) std::memcpy(out.nulls(), v.nulls, n);
  return first_overflow(v, n, [&](size_t i) { return to[i] < 0; });
}

}  // namespace fitstream::where
