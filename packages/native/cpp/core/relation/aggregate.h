// Statistics of the values of each group. Nulls are left out.
#pragma once

#include <variant>
#include <vector>

#include "array.h"
#include "file.h"
#include "relation/column.h"

namespace fitstream::relation {

enum class Statistic : uint8_t {
  kCount,     // of values that are not null
  kSum,       // of integers exact; FITS_LIMIT where it leaves 64 bits
  kMean,      // of integers from the exact sum
  kStd,       // of a sample: by n - 1; null for fewer than two values
  kMin,       // its row, the first one of several
  kMax,       // the same
  kFirst,     // the first row that is not null
  kLast,      // the last one
  kMedian,    //
  kQuantile,  // interpolated linearly, as numpy's default
};

struct Aggregate {
  Statistic statistic = Statistic::kCount;
  double quantile = 0.5;  // of kQuantile: 0 to 1
};

// A value per group: counts and rows (kNoRow where there is none), sums of integers, or the rest.
struct AggregatedColumn {
  std::variant<Array<uint32_t>, Array<int64_t>, Array<double>> values;
  Array<std::byte> validity;  // of sums and the rest: a bit per group; empty: all have a value
};

// Which rows make a group.
struct GroupedRows {
  uint64_t rows = 0;
  // None: all rows are one group. Those of nulls are not looked at.
  std::optional<std::span<const uint32_t>> codes;
  uint64_t groups = 1;
};

// One column per aggregate. Strings have kCount, kMin, kMax, kFirst and kLast. The result, to the
// last bit, does not depend on the number of threads. Means, deviations and quantiles of integers
// beyond 2^53 are those of the nearest doubles.
Result<std::vector<AggregatedColumn>> aggregate(const Column& values, const GroupedRows& grouped,
                                                std::span<const Aggregate> aggregates,
                                                size_t threads, CancelFlag cancel);

}  // namespace fitstream::relation
