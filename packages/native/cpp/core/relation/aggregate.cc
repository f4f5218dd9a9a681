#include "relation/aggregate.h"

#include <functional>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

#include "relation/accumulators.h"
#include "relation/fold.h"
#include "relation/quantile.h"

namespace fitstream::relation {
namespace {

// All aggregates of one column.
template <typename T>
class Aggregation {
 public:
  Aggregation(const Column& column, const GroupedRows& grouped, const FoldControl& control)
      : values_{column}, grouped_(grouped), control_(control) {
    counts_ = relation::fold<Count>(values_, grouped_, control_,
                                    [](Count& count, size_t, uint32_t) { ++count.n; });
    beyond_ = counts_.back().n;
    counts_.pop_back();
  }

  // That every value had a group when they were counted.
  Status check() const {
    if (beyond_ == 0) return ok();
    return Error::of(ErrorCode::kOutOfBounds, "a group that is not there",
                     "codes below " + std::to_string(grouped_.groups),
                     "others in " + std::to_string(beyond_) + " rows");
  }

  Result<AggregatedColumn> column(Statistic statistic) {
    switch (statistic) {
      case Statistic::kCount:
        return rows_of(counts_, [](const Count& count) { return count.n; });
      case Statistic::kMin:
        return extreme<std::less<T>>();
      case Statistic::kMax:
        return extreme<std::greater<T>>();
      case Statistic::kFirst:
        return rows_of(fold<FirstRow>([](FirstRow& first, size_t row, uint32_t) {
                         first.add(static_cast<uint32_t>(row));
                       }),
                       [](const FirstRow& first) { return first.row; });
      case Statistic::kLast:
        return rows_of(fold<LastRow>([](LastRow& last, size_t row, uint32_t) {
                         last.add(static_cast<uint32_t>(row));
                       }),
                       [](const LastRow& last) { return last.next - 1; });
      default:
        break;
    }
    if constexpr (std::is_arithmetic_v<T>) {
      if (statistic == Statistic::kSum) return sum();
      if (statistic == Statistic::kMean) return mean();
      return deviation();
    }
    return Error::of(ErrorCode::kBadArgument, "a statistic of numbers is asked of strings",
                     "count, min, max, first or last");
  }

  // Of all of them at once: the values are put in groups only once. `quantiles` ascend.
  std::vector<AggregatedColumn> quantiles(std::span<const double> quantiles) {
    std::vector<Array<double>> results;
    for (size_t q = 0; q < quantiles.size(); ++q) results.emplace_back(grouped_.groups);
    GroupedValues<T> grouped(values_, grouped_, counts_);
    constexpr size_t kGroups = 64;  // that one thread takes at a time
    run_parallel((grouped_.groups + kGroups - 1) / kGroups, control_.threads, [&](size_t task) {
      if (is_cancelled(control_.cancel)) return;
      const size_t end = std::min<size_t>(grouped_.groups, (task + 1) * kGroups);
      for (size_t g = task * kGroups; g < end; ++g) {
        size_t from = 0;
        for (size_t q = 0; q < quantiles.size(); ++q)
          results[q][g] = counts_[g].n == 0 ? kNan : quantile_of(grouped.of(g), quantiles[q], from);
      }
    });
    std::vector<AggregatedColumn> columns;
    for (Array<double>& result : results) columns.push_back({std::move(result), validity(1)});
    return columns;
  }

 private:
  static constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

  template <typename State, typename Add>
  std::vector<State> fold(const Add& add) const {
    auto states = relation::fold<State>(values_, grouped_, control_, add);
    states.pop_back();
    return states;
  }
  // Bits of the groups that have so many values; empty where all do.
  Array<std::byte> validity(uint32_t least) const {
    const auto has = [least](const Count& count) { return count.n >= least; };
    if (std::ranges::all_of(counts_, has)) return {};
    Array<std::byte> bits(bytes_of_bits(counts_.size()));
    BitWriter writer(bits.data());
    for (const Count& count : counts_) writer.put(has(count));
    return bits;
  }
  template <typename State, typename Row>
  static AggregatedColumn rows_of(const std::vector<State>& states, const Row& row) {
    Array<uint32_t> rows(states.size());
    std::ranges::transform(states, rows.begin(), row);
    return {std::move(rows), {}};
  }
  template <typename Better>
  AggregatedColumn extreme() const {
    using State = Extreme<T, Better>;
    return rows_of(fold<State>([this](State& state, size_t row, uint32_t) {
                     state.add(values_[row], static_cast<uint32_t>(row));
                   }),
                   [](const State& state) { return state.row; });
  }

  // The sums, folded when they are first asked for.
  const std::vector<SumOf<T>>& sums() {
    if (sums_.empty())
      sums_ =
          fold<SumOf<T>>([this](SumOf<T>& sum, size_t row, uint32_t) { sum.add(values_[row]); });
    return sums_;
  }
  Result<AggregatedColumn> sum() {
    if constexpr (std::is_floating_point_v<T>) {
      return doubles(1, [this](size_t g) { return sums()[g].value(); });
    } else {
      Array<int64_t> out(counts_.size());
      for (size_t g = 0; g < out.size(); ++g) {
        out[g] = static_cast<int64_t>(sums()[g].sum);
        if (out[g] != sums()[g].sum)
          return Error::of(ErrorCode::kLimit,
                           "the sum of group " + std::to_string(g) + " leaves 64 bits");
      }
      return AggregatedColumn{std::move(out), validity(1)};
    }
  }
  double mean_of(size_t g) { return sums()[g].value() / counts_[g].n; }
  AggregatedColumn mean() {
    return doubles(1, [this](size_t g) { return mean_of(g); });
  }
  AggregatedColumn deviation() {
    std::vector<double> means(counts_.size() + 1);
    for (size_t g = 0; g < counts_.size(); ++g) means[g] = mean_of(g);
    const auto states =
        fold<Deviations>([this, &means](Deviations& state, size_t row, uint32_t group) {
          state.add(static_cast<double>(values_[row]) - means[group]);
        });
    return doubles(2, [&](size_t g) { return std::sqrt(states[g].variance(counts_[g].n)); });
  }
  // `value(group)` of the groups that have at least so many values.
  template <typename Value>
  AggregatedColumn doubles(uint32_t least, const Value& value) {
    Array<double> out(counts_.size());
    for (size_t g = 0; g < out.size(); ++g) out[g] = counts_[g].n < least ? kNan : value(g);
    return {std::move(out), validity(least)};
  }

  Values<T> values_;
  const GroupedRows& grouped_;
  FoldControl control_;
  std::vector<Count> counts_;
  uint32_t beyond_ = 0;
  std::vector<SumOf<T>> sums_;
};

bool is_quantile(const Aggregate& aggregate) {
  return aggregate.statistic == Statistic::kQuantile || aggregate.statistic == Statistic::kMedian;
}
double quantile_asked(const Aggregate& aggregate) {
  return aggregate.statistic == Statistic::kMedian ? 0.5 : aggregate.quantile;
}

template <typename T>
Result<std::vector<AggregatedColumn>> all_of(const Column& values, const GroupedRows& grouped,
                                             std::span<const Aggregate> aggregates,
                                             const FoldControl& control) {
  Aggregation<T> aggregation(values, grouped, control);
  if (Status fits = aggregation.check(); !fits) return fits.error();
  std::vector<AggregatedColumn> columns(aggregates.size());
  std::vector<size_t> quantiles;
  for (size_t i = 0; i < aggregates.size(); ++i) {
    if (is_cancelled(control.cancel)) return aborted();
    if (std::is_arithmetic_v<T> && is_quantile(aggregates[i])) {
      quantiles.push_back(i);
      continue;
    }
    auto column = aggregation.column(aggregates[i].statistic);
    if (!column) return column.error();
    columns[i] = std::move(*column);
  }
  if constexpr (std::is_arithmetic_v<T>)
    if (!quantiles.empty()) {
      const auto asked = [&](size_t i) { return quantile_asked(aggregates[i]); };
      std::ranges::stable_sort(quantiles, {}, asked);
      std::vector<double> ascending(quantiles.size());
      std::ranges::transform(quantiles, ascending.begin(), asked);
      auto found = aggregation.quantiles(ascending);
      for (size_t q = 0; q < quantiles.size(); ++q) columns[quantiles[q]] = std::move(found[q]);
    }
  if (is_cancelled(control.cancel)) return aborted();
  return columns;
}

Status check_groups(const GroupedRows& grouped) {
  if (Status fits = check_rows(grouped.rows); !fits) return fits;
  if (Status fits = check_rows(grouped.groups); !fits) return fits;
  if (!grouped.codes) {
    if (grouped.groups == 1) return ok();
    return Error::of(ErrorCode::kBadArgument, "rows without codes are one group", "1 group",
                     std::to_string(grouped.groups));
  }
  if (grouped.codes->size() != grouped.rows)
    return Error::of(ErrorCode::kBadArgument, "the codes of groups do not fit the rows",
                     std::to_string(grouped.rows) + " of them",
                     std::to_string(grouped.codes->size()));
  return ok();
}

}  // namespace

Result<std::vector<AggregatedColumn>> aggregate(const Column& values, const GroupedRows& grouped,
                                                std::span<const Aggregate> aggregates,
                                                size_t threads, CancelFlag cancel) {
  if (Status fits = check_groups(grouped); !fits) return fits.error();
  if (Status fits = check_column(values, grouped.rows); !fits) return fits.error();
  for (const Aggregate& asked : aggregates)
    if (asked.statistic == Statistic::kQuantile && !(asked.quantile >= 0 && asked.quantile <= 1))
      return Error::of(ErrorCode::kBadArgument, "a quantile that is none", "0 to 1",
                       std::to_string(asked.quantile));
  const FoldControl control{threads, cancel};
  if (values.is_string()) return all_of<std::string_view>(values, grouped, aggregates, control);
  return with_type(*values.dtype, [&]<typename T>(const T*) {
    return all_of<T>(values, grouped, aggregates, control);
  });
}

}  // namespace fitstream::relation
