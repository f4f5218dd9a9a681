// Quantiles of the values of each group.
#pragma once

#include "relation/accumulators.h"
#include "relation/fold.h"

namespace fitstream::relation {

// The values that are not null, group after group.
template <typename T>
struct GroupedValues {
  std::vector<T> values;
  std::vector<size_t> starts;  // group -> its first value; groups + 1

  GroupedValues(const Values<T>& all, const GroupedRows& grouped, const std::vector<Count>& counts)
      : starts(counts.size() + 1) {
    for (size_t g = 0; g < counts.size(); ++g) starts[g + 1] = starts[g] + counts[g].n;
    values.resize(starts.back());
    std::vector<size_t> next(starts.begin(), starts.end() - 1);
    for (size_t row = 0; row < grouped.rows; ++row) {
      // Also NaN, which must not be among values that are compared.
      const T value = read_once(all.column.template values<T>()[row]);
      if (all.is_null(row, value)) continue;
      const uint32_t group = grouped.codes ? read_once((*grouped.codes)[row]) : 0;
      // Other codes and more values than were counted have no place.
      if (group < next.size() && next[group] < starts[group + size_t{1}])
        values[next[group]++] = value;
    }
  }
  std::span<T> of(size_t group) {
    return {values.data() + starts[group], starts[group + 1] - starts[group]};
  }
};

// Between the two values around it, as numpy's default ("linear"), to the last bit. Brings the
// values in another order: those from `from` on are at least those before, and stay so for the
// place that is returned in it.
template <typename T>
double quantile_of(std::span<T> values, double q, size_t& from) {
  const double place = static_cast<double>(values.size() - 1) * q;
  const auto low = static_cast<size_t>(place);
  const double share = place - static_cast<double>(low);
  const auto nth = values.begin() + static_cast<ptrdiff_t>(low);
  std::nth_element(values.begin() + static_cast<ptrdiff_t>(from), nth, values.end());
  from = low;
  const auto a = static_cast<double>(*nth);
  if (share == 0) return a;
  const auto b = static_cast<double>(*std::min_element(nth + 1, values.end()));
  if (a == b) return a;  // also of infinities
  return share < 0.5 ? a + (b - a) * share : b - (b - a) * (1 - share);
}

}  // namespace fitstream::relation
