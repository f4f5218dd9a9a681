#include "value_set.h"

#include <algorithm>

#include "exact.h"

namespace fitstream::where {
namespace {

// So few are compared one after the other, which the compiler does for many rows at once.
constexpr size_t kFew = 8;

template <typename T>
std::vector<T> in_order(std::vector<T> values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

// Those of `values` that are exactly some T.
template <typename T, typename From>
ValueSet convert(const std::vector<From>& values) {
  std::vector<T> out;
  for (const From value : values)
    if (const auto exact = exactly<T>(value)) out.push_back(*exact);
  return in_order(std::move(out));
}

template <typename T>
void find_each(const std::vector<T>& set, const T* values, size_t n, Truth* __restrict to) {
  if (set.size() > kFew) {
    for (size_t i = 0; i < n; ++i)
      to[i] = std::binary_search(set.begin(), set.end(), values[i]) ? kTrue : kFalse;
    return;
  }
  std::memset(to, kFalse, n);
  for (const T value : set)
    for (size_t i = 0; i < n; ++i)
      to[i] = static_cast<Truth>(to[i] | (values[i] == value ? kTrue : kFalse));
}

void find_each(const std::vector<std::string>& set, const std::string_view* values, size_t n,
               Truth* to) {
  for (size_t i = 0; i < n; ++i)
    to[i] = std::binary_search(set.begin(), set.end(), values[i]) ? kTrue : kFalse;
}

}  // namespace

ValueSet value_set(const List& list, ValueType type) {
  return std::visit(
      [&](const auto& values) -> ValueSet {
        using T = typename std::decay_t<decltype(values)>::value_type;
        if constexpr (std::is_same_v<T, std::string>) {
          return in_order(values);
        } else if (type == ValueType::kInteger) {
          return convert<int64_t>(values);
        } else if (type == ValueType::kUnsigned) {
          return convert<uint64_t>(values);
        } else {
          return convert<double>(values);
        }
      },
      list);
}

void is_in(const ValueSet& set, const Vector& v, size_t n, Register& out) {
  Truth* to = out.values<Truth>();
  std::visit(
      [&](const auto& values) {
        using T = typename std::decay_t<decltype(values)>::value_type;
        if constexpr (std::is_same_v<T, std::string>) {
          find_each(values, v.as<std::string_view>(), n, to);
        } else {
          find_each(values, v.as<T>(), n, to);
          // A search for NaN finds anything.
          if constexpr (std::is_same_v<T, double>)
            for (size_t i = 0; i < n; ++i) to[i] = v.as<T>()[i] != v.as<T>()[i] ? kUnknown : to[i];
        }
      },
      set);
  apply_nulls(v, n, to);
}

}  // namespace fitstream::where
