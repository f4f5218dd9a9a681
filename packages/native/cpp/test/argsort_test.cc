#include "relation/argsort.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "relation_support.h"
#include "support.h"

namespace fitstream::relation {
namespace {

using namespace test;

// The order that std::stable_sort gives.
std::vector<uint32_t> stable_order(std::span<const SortKey> keys, size_t rows) {
  std::vector<uint32_t> order(rows);
  std::iota(order.begin(), order.end(), 0u);
  std::ranges::stable_sort(order, [&](uint32_t a, uint32_t b) {
    for (const SortKey& key : keys) {
      const bool a_null = key.column.is_null(a), b_null = key.column.is_null(b);
      if (a_null != b_null) return a_null == key.nulls_first;
      if (a_null) continue;
      const int c = compare(key.column, a, b);
      if (c != 0) return key.is_descending ? c > 0 : c < 0;
    }
    return false;
  });
  return order;
}

void expect_sorted(std::span<const SortKey> keys, size_t rows) {
  const std::vector<uint32_t> expected = stable_order(keys, rows);
  for (const size_t threads : {1, 2, 4}) {
    const auto order = argsort(keys, rows, threads, nullptr);
    ASSERT_TRUE(order);
    ASSERT_TRUE(*order == expected) << threads << " threads";
  }
}

TEST(Argsort, OrdersEveryKindAsAStableSort) {
  std::mt19937_64 random(1);
  for (const auto kind : all_kinds())
    for (const Spread spread : kSpreads)
      for (const size_t rows : {0, 1, 2, 100, 5000})
        for (const bool has_nulls : {false, true}) {
          const OwnedColumn column = random_column(kind, spread, rows, has_nulls, random);
          for (const bool is_descending : {false, true}) {
            const SortKey key{column.view(), is_descending, random() % 2 == 0};
            expect_sorted({&key, 1}, rows);
          }
        }
}

TEST(Argsort, OrdersLongColumns) {
  std::mt19937_64 random(2);
  const size_t rows = 80000;
  for (const auto kind : all_kinds())
    for (const Spread spread : kSpreads) {
      const OwnedColumn column = random_column(kind, spread, rows, random() % 2 == 0, random);
      const SortKey key{column.view(), random() % 2 == 0, random() % 2 == 0};
      expect_sorted({&key, 1}, rows);
    }
}

TEST(Argsort, OrdersMoreRowsThanOneThreadSplits) {
  std::mt19937_64 random(3);
  const size_t rows = 1200000;
  const OwnedColumn few = random_column(Dtype::kInt16, Spread::kFew, rows, true, random);
  const OwnedColumn wide = random_column(Dtype::kFloat64, Spread::kWide, rows, false, random);
  const SortKey keys[] = {{few.view(), true, false}, {wide.view(), false, true}};
  expect_sorted(keys, rows);
  expect_sorted({keys + 1, 1}, rows);
}

TEST(Argsort, OrdersBySeveralKeys) {
  std::mt19937_64 random(4);
  const auto kinds = all_kinds();
  for (const size_t rows : {300, 100000})
    for (int i = 0; i < 12; ++i) {
      std::vector<OwnedColumn> columns;
      for (int k = 0; k < 3; ++k)
        columns.push_back(random_column(kinds[random() % kinds.size()],
                                        k < 2 ? Spread::kFew : kSpreads[random() % 4], rows,
                                        random() % 2 == 0, random));
      std::vector<SortKey> keys;
      for (const OwnedColumn& column : columns)
        keys.push_back({column.view(), random() % 2 == 0, random() % 2 == 0});
      expect_sorted(keys, rows);
    }
}

TEST(Argsort, KeepsTheOrderWithoutKeys) {
  const auto order = argsort({}, 3, 1, nullptr);
  ASSERT_TRUE(order);
  EXPECT_EQ(*order, (std::vector<uint32_t>{0, 1, 2}));
}

TEST(Argsort, OrdersStringsThatBeginEachOther) {
  std::vector<std::string> texts;
  for (size_t length = 0; length < 3000; ++length) texts.emplace_back(length * 7919 % 3000, 'x');
  const OwnedColumn column = column_of(texts);
  const SortKey key{column.view()};
  expect_sorted({&key, 1}, texts.size());
}

TEST(Argsort, RefusesColumnsThatDoNotFit) {
  std::mt19937_64 random(8);
  OwnedColumn numbers = column_of<int32_t>({1, 2, 3});
  const auto error = [](const OwnedColumn& column, uint64_t rows) {
    const SortKey key{column.view()};
    const auto order = argsort({&key, 1}, rows, 1, nullptr);
    return order ? ErrorCode::kIo : order.error().code;
  };
  EXPECT_EQ(error(numbers, 4), ErrorCode::kBadArgument);
  EXPECT_EQ(error(numbers, 2), ErrorCode::kBadArgument);
  EXPECT_EQ(error(numbers, kNoRow), ErrorCode::kLimit);
  numbers = random_column(Dtype::kInt8, Spread::kFew, 9, false, random);
  numbers.validity.resize(1);
  EXPECT_EQ(error(numbers, 9), ErrorCode::kBadArgument);
  OwnedColumn strings = column_of(std::vector<std::string>{"a", "bc"});
  for (const std::vector<int32_t>& offsets :
       {std::vector<int32_t>{0, 1}, {0, 2, 1}, {-1, 1, 2}, {0, 1, 4}, {}}) {
    strings.offsets = offsets;
    EXPECT_EQ(error(strings, 2), ErrorCode::kBadArgument);
  }
}

TEST(Argsort, StopsWhenCancelled) {
  const OwnedColumn column = column_of<double>(std::vector<double>(200000, 1));
  const SortKey key{column.view()};
  const std::atomic<int32_t> cancel = 1;
  const auto order = argsort({&key, 1}, 200000, 2, &cancel);
  ASSERT_FALSE(order);
  EXPECT_EQ(order.error().code, ErrorCode::kAborted);
}

}  // namespace
}  // namespace fitstream::relation
