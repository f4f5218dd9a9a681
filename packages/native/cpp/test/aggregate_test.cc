#include "relation/aggregate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "relation_support.h"
#include "support.h"

namespace fitstream::relation {
namespace {

using namespace test;

// Values that are not null, by group, with their rows.
std::vector<std::vector<uint32_t>> rows_by_group(const Column& column,
                                                 std::span<const uint32_t> codes, size_t groups) {
  std::vector<std::vector<uint32_t>> rows(groups);
  for (uint32_t row = 0; row < codes.size(); ++row)
    if (!column.is_null(row)) rows[codes[row]].push_back(row);
  return rows;
}

std::vector<uint32_t> random_codes(size_t rows, size_t groups, std::mt19937_64& random) {
  std::vector<uint32_t> codes(rows);
  // The last group has no rows.
  for (uint32_t& code : codes)
    code = static_cast<uint32_t>(random() % std::max<size_t>(groups - 1, 1));
  return codes;
}

bool has_value(const AggregatedColumn& column, size_t group) {
  return column.validity.empty() || bit_at(column.validity.data(), group);
}

TEST(Aggregate, FindsRowsOfEveryKind) {
  std::mt19937_64 random(12);
  const std::vector<Aggregate> asked{{Statistic::kCount},
                                     {Statistic::kMin},
                                     {Statistic::kMax},
                                     {Statistic::kFirst},
                                     {Statistic::kLast}};
  for (const auto kind : all_kinds())
    for (const size_t rows : {1, 100, 300000})
      for (const size_t groups : {1, 2, 50}) {
        const OwnedColumn owned = random_column(kind, kSpreads[random() % 4], rows, true, random);
        const Column column = owned.view();
        const std::vector<uint32_t> codes = random_codes(rows, groups, random);
        GroupedRows grouped{rows, codes, groups};
        if (groups == 1 && random() % 2 == 0) grouped.codes.reset();
        const auto found = aggregate(column, grouped, asked, 1 + random() % 4, nullptr);
        ASSERT_TRUE(found);
        const auto expected = rows_by_group(column, codes, groups);
        for (size_t g = 0; g < groups; ++g) {
          const auto row = [&](size_t i) { return std::get<0>((*found)[i].values)[g]; };
          const std::vector<uint32_t>& all = expected[g];
          ASSERT_EQ(row(0), all.size());
          if (all.empty()) {
            for (size_t i = 1; i < 5; ++i) ASSERT_EQ(row(i), kNoRow);
            continue;
          }
          const auto less = [&](uint32_t a, uint32_t b) { return compare(column, a, b) < 0; };
          ASSERT_EQ(row(1), *std::ranges::min_element(all, less));
          ASSERT_EQ(row(2), *std::ranges::max_element(all, less));
          ASSERT_EQ(row(3), all.front());
          ASSERT_EQ(row(4), all.back());
        }
      }
}

// numpy's quantile of sorted values.
double sorted_quantile(const std::vector<double>& sorted, double q) {
  const double place = static_cast<double>(sorted.size() - 1) * q;
  const auto low = static_cast<size_t>(place);
  const double share = place - std::floor(place);
  if (share == 0 || sorted[low] == sorted[low + 1]) return sorted[low];
  const double a = sorted[low], b = sorted[low + 1];
  return share < 0.5 ? a + (b - a) * share : b - (b - a) * (1 - share);
}

TEST(Aggregate, ComputesStatisticsOfNumbers) {
  std::mt19937_64 random(13);
  const std::vector<Aggregate> asked{{Statistic::kSum},           {Statistic::kMean},
                                     {Statistic::kStd},           {Statistic::kMedian},
                                     {Statistic::kQuantile, 0.9}, {Statistic::kQuantile, 0},
                                     {Statistic::kQuantile, 1},   {Statistic::kQuantile, 0.25}};
  for (size_t d = 0; d < kDtypes.size(); ++d)
    for (const size_t rows : {0, 1, 100, 300000})
      for (const size_t groups : {1, 7, 60}) {
        const auto dtype = static_cast<Dtype>(d);
        // Without infinities: those have a test of their own.
        OwnedColumn owned = random_column(dtype, Spread::kDense, rows, true, random);
        with_type(dtype, [&]<typename T>(const T*) {
          if constexpr (std::is_floating_point_v<T>) {
            T* const values = reinterpret_cast<T*>(owned.data.data());
            for (size_t i = 0; i < rows; ++i)
              if (std::isinf(values[i])) values[i] = 3;
          }
        });
        const Column column = owned.view();
        const std::vector<uint32_t> codes = random_codes(rows, groups, random);
        GroupedRows grouped{rows, codes, groups};
        if (groups == 1) grouped.codes.reset();
        const auto found = aggregate(column, grouped, asked, 1 + random() % 4, nullptr);
        ASSERT_TRUE(found);
        const auto expected = rows_by_group(column, codes, groups);
        for (size_t g = 0; g < groups; ++g) {
          std::vector<double> values;
          with_type(dtype, [&]<typename T>(const T*) {
            for (const uint32_t row : expected[g])
              values.push_back(static_cast<double>(column.values<T>()[row]));
          });
          const size_t n = values.size();
          for (size_t i = 0; i < asked.size(); ++i)
            ASSERT_EQ(has_value((*found)[i], g), n >= (i == 2 ? 2u : 1u));
          if (n == 0) continue;
          const auto number = [&](size_t i) { return std::get<2>((*found)[i].values)[g]; };
          const long double sum = std::accumulate(values.begin(), values.end(), 0.0L);
          if (info(dtype).is_float)
            ASSERT_NEAR(number(0), static_cast<double>(sum), 1e-14 * static_cast<double>(n));
          else
            ASSERT_EQ(std::get<1>((*found)[0].values)[g], static_cast<int64_t>(sum));
          ASSERT_NEAR(number(1), static_cast<double>(sum / n), 1e-13);
          if (n > 1) {
            long double squares = 0;
            for (const double v : values) squares += (v - sum / n) * (v - sum / n);
            const auto deviation = static_cast<double>(std::sqrt(squares / (n - 1)));
            ASSERT_NEAR(number(2), deviation, 1e-12 * (1 + deviation));
          }
          std::ranges::sort(values);
          ASSERT_EQ(number(3), sorted_quantile(values, 0.5));
          ASSERT_EQ(number(4), sorted_quantile(values, 0.9));
          ASSERT_EQ(number(5), values.front());
          ASSERT_EQ(number(6), values.back());
          ASSERT_EQ(number(7), sorted_quantile(values, 0.25));
        }
      }
}

TEST(Aggregate, RoundsTheSameForAnyNumberOfThreads) {
  std::mt19937_64 random(14);
  const size_t rows = 500000;
  const OwnedColumn owned = random_column(Dtype::kFloat64, Spread::kWide, rows, true, random);
  const std::vector<uint32_t> codes = random_codes(rows, 5, random);
  const std::vector<Aggregate> asked{{Statistic::kSum}, {Statistic::kMean}, {Statistic::kStd}};
  for (const bool is_grouped : {false, true}) {
    GroupedRows grouped{rows, {}, 1};
    if (is_grouped) grouped.codes = codes, grouped.groups = 5;
    const auto one = aggregate(owned.view(), grouped, asked, 1, nullptr);
    const auto four = aggregate(owned.view(), grouped, asked, 4, nullptr);
    ASSERT_TRUE(one && four);
    for (size_t i = 0; i < asked.size(); ++i) {
      const auto& a = std::get<2>((*one)[i].values);
      const auto& b = std::get<2>((*four)[i].values);
      EXPECT_EQ(std::memcmp(a.data(), b.data(), a.size() * sizeof(double)), 0);
    }
  }
}

Result<std::vector<AggregatedColumn>> of_one_group(const OwnedColumn& column, size_t rows,
                                                   std::vector<Aggregate> asked) {
  return aggregate(column.view(), {rows, {}, 1}, asked, 1, nullptr);
}

TEST(Aggregate, SumsIntegersExactly) {
  constexpr int64_t kMost = INT64_MAX;
  const auto sum = of_one_group(column_of<int64_t>({kMost, kMost, -kMost, -5}), 4,
                                {{Statistic::kSum}, {Statistic::kMean}});
  ASSERT_TRUE(sum);
  EXPECT_EQ(std::get<1>((*sum)[0].values)[0], kMost - 5);
  EXPECT_EQ(std::get<2>((*sum)[1].values)[0], static_cast<double>(kMost - 5) / 4);
  const auto signed_sum = of_one_group(column_of<int64_t>({kMost, 1}), 2, {{Statistic::kSum}});
  ASSERT_FALSE(signed_sum);
  EXPECT_EQ(signed_sum.error().code, ErrorCode::kLimit);
  const auto unsigned_sum = of_one_group(column_of<uint64_t>({UINT64_MAX}), 1, {{Statistic::kSum}});
  ASSERT_FALSE(unsigned_sum);
  EXPECT_EQ(unsigned_sum.error().code, ErrorCode::kLimit);
}

TEST(Aggregate, SumsFloatsWithWhatRoundingLost) {
  const auto sum = of_one_group(column_of<double>({1, 1e100, 1, -1e100}), 4, {{Statistic::kSum}});
  ASSERT_TRUE(sum);
  EXPECT_EQ(std::get<2>((*sum)[0].values)[0], 2);
  const std::vector<double> close(1000, 1e9 + 0.5);
  const auto deviation = of_one_group(column_of(close), close.size(), {{Statistic::kStd}});
  ASSERT_TRUE(deviation);
  EXPECT_EQ(std::get<2>((*deviation)[0].values)[0], 0);
}

TEST(Aggregate, KeepsInfinities) {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  const auto found = of_one_group(column_of<double>({1, kInf, kInf}), 3,
                                  {{Statistic::kSum}, {Statistic::kMean}, {Statistic::kMedian}});
  ASSERT_TRUE(found);
  for (const AggregatedColumn& column : *found) EXPECT_EQ(std::get<2>(column.values)[0], kInf);
}

TEST(Aggregate, RefusesWhatDoesNotFit) {
  const OwnedColumn numbers = column_of<double>({1, 2});
  const OwnedColumn strings = column_of(std::vector<std::string>{"a", "b"});
  const std::vector<uint32_t> codes{0, 2};
  const auto error = [&](const OwnedColumn& column, GroupedRows grouped, Aggregate asked) {
    const auto found = aggregate(column.view(), grouped, {&asked, 1}, 1, nullptr);
    return found ? ErrorCode::kIo : found.error().code;
  };
  EXPECT_EQ(error(numbers, {2, codes, 2}, {}), ErrorCode::kOutOfBounds);
  EXPECT_EQ(error(numbers, {2, codes, 3}, {}), ErrorCode::kIo);
  EXPECT_EQ(error(numbers, {2, std::span(codes).first(1), 2}, {}), ErrorCode::kBadArgument);
  EXPECT_EQ(error(numbers, {2, {}, 2}, {}), ErrorCode::kBadArgument);
  EXPECT_EQ(error(numbers, {3, {}, 1}, {}), ErrorCode::kBadArgument);
  for (const double q : {-0.1, 1.1, std::nan("")})
    EXPECT_EQ(error(numbers, {2, {}, 1}, {Statistic::kQuantile, q}), ErrorCode::kBadArgument);
  for (const Statistic s : {Statistic::kSum, Statistic::kMean, Statistic::kStd, Statistic::kMedian})
    EXPECT_EQ(error(strings, {2, {}, 1}, {s}), ErrorCode::kBadArgument);
}

TEST(Aggregate, StopsWhenCancelled) {
  const OwnedColumn numbers = column_of(std::vector<double>(300000, 1));
  const std::atomic<int32_t> cancel = 1;
  const std::vector<Aggregate> asked{{Statistic::kMedian}, {Statistic::kStd}};
  const auto found = aggregate(numbers.view(), {300000, {}, 1}, asked, 2, &cancel);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kAborted);
}

}  // namespace
}  // namespace fitstream::relation
