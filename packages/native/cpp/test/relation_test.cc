#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "relation/argsort.h"
#include "relation/gather.h"
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
  const size_t rows = 150000;
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

std::vector<uint32_t> random_indices(size_t count, size_t rows, bool has_none,
                                     std::mt19937_64& random) {
  std::vector<uint32_t> indices(count);
  for (uint32_t& i : indices)
    i = has_none && random() % 5 == 0 ? kNoRow : static_cast<uint32_t>(random() % rows);
  return indices;
}

TEST(GatherFixed, TakesCellsAndTheirValidity) {
  std::mt19937_64 random(5);
  for (size_t d = 0; d < kDtypes.size(); ++d)
    for (const size_t length : {0, 1, 2, 3, 7})
      for (const bool has_nulls : {false, true})
        for (const bool has_none : {false, true}) {
          const auto dtype = static_cast<Dtype>(d);
          const size_t rows = 501, size = size_of(dtype);
          const OwnedColumn column =
              random_column(dtype, Spread::kWide, rows * length, has_nulls, random);
          const auto indices = random_indices(70001, rows, has_none, random);
          const auto out = gather_fixed({dtype, column.data, length, column.validity}, indices,
                                        1 + random() % 4, nullptr);
          ASSERT_TRUE(out);
          ASSERT_EQ(out->data.size(), indices.size() * length * size);
          ASSERT_EQ(out->validity.empty(), length == 0 || (!has_nulls && !has_none));
          for (size_t i = 0; i < indices.size() * length; ++i) {
            const uint32_t row = indices[i / length];
            const size_t from = row * length + i % length;
            const std::byte* const cell = out->data.data() + i * size;
            const bool is_valid =
                row != kNoRow && (!has_nulls || bit_at(column.validity.data(), from));
            if (!out->validity.empty()) {
              ASSERT_EQ(bit_at(out->validity.data(), i), is_valid);
            }
            if (row != kNoRow) {
              ASSERT_EQ(std::memcmp(cell, &column.data[from * size], size), 0);
            } else {
              with_type(dtype, [&]<typename T>(const T*) {
                T value;
                std::memcpy(&value, cell, size);
                if constexpr (std::is_floating_point_v<T>)
                  ASSERT_TRUE(std::isnan(value));
                else
                  ASSERT_EQ(value, 0);
              });
            }
          }
        }
}

TEST(GatherRagged, TakesStringsAndNullRows) {
  const OwnedColumn column = column_of({"one", "", "three"}, {std::byte{0b101}});
  const std::vector<uint32_t> indices{2, kNoRow, 0, 1, 2};
  const auto out =
      gather_ragged({column.data, 1, column.offsets, {}, column.validity}, indices, 2, nullptr);
  ASSERT_TRUE(out);
  EXPECT_EQ(fitstream::test::as_text({out->data.data(), out->data.size()}), "threeonethree");
  EXPECT_EQ(out->offsets, (std::vector<int32_t>{0, 5, 5, 8, 8, 13}));
  EXPECT_EQ(out->row_validity, (std::vector<std::byte>{std::byte{0b10101}}));
  EXPECT_TRUE(out->item_validity.empty());
}

TEST(GatherRagged, TakesItemsAndTheirValidity) {
  std::mt19937_64 random(6);
  const size_t rows = 400;
  std::vector<int32_t> offsets{3};
  for (size_t i = 0; i < rows; ++i)
    offsets.push_back(offsets.back() + static_cast<int32_t>(random() % 5));
  const auto items = static_cast<size_t>(offsets.back());
  const OwnedColumn data = random_column(Dtype::kFloat32, Spread::kWide, items * 2, true, random);
  const auto indices = random_indices(66000, rows, true, random);
  const auto out = gather_ragged({data.data, 8, offsets, data.validity, {}}, indices, 3, nullptr);
  ASSERT_TRUE(out);
  size_t item = 0;
  for (size_t i = 0; i < indices.size(); ++i) {
    ASSERT_EQ(static_cast<size_t>(out->offsets[i]), item);
    ASSERT_EQ(bit_at(out->row_validity.data(), i), indices[i] != kNoRow);
    if (indices[i] == kNoRow) continue;
    for (auto from = static_cast<size_t>(offsets[indices[i]]);
         from < static_cast<size_t>(offsets[indices[i] + size_t{1}]); ++from, ++item) {
      ASSERT_EQ(std::memcmp(out->data.data() + item * 8, &data.data[from * 8], 8), 0);
      ASSERT_EQ(bit_at(out->item_validity.data(), item), bit_at(data.validity.data(), from));
    }
  }
  EXPECT_EQ(out->data.size(), item * 8);
}

TEST(Gather, RefusesRowsThatAreNotThere) {
  const OwnedColumn column = column_of<int32_t>({1, 2, 3});
  const std::vector<uint32_t> indices{0, 3};
  const auto out = gather_fixed({Dtype::kInt32, column.data, 1, {}}, indices, 1, nullptr);
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().code, ErrorCode::kOutOfBounds);
  EXPECT_EQ(out.error().found, "3");
  const OwnedColumn strings = column_of(std::vector<std::string>{"a", "b"});
  const std::vector<uint32_t> last{kNoRow - 1};
  const auto ragged = gather_ragged({strings.data, 1, strings.offsets, {}, {}}, last, 1, nullptr);
  ASSERT_FALSE(ragged);
  EXPECT_EQ(ragged.error().code, ErrorCode::kOutOfBounds);
}

TEST(Gather, RefusesMoreItemsThanOffsetsCanSay) {
  const std::vector<std::byte> data(1 << 20);
  const std::vector<int32_t> offsets{0, 1 << 20};
  const std::vector<uint32_t> indices(2048);
  const auto out = gather_ragged({data, 1, offsets, {}, {}}, indices, 1, nullptr);
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().code, ErrorCode::kLimit);
}

TEST(SelectRows, FindsBytesThatAreNotZero) {
  std::mt19937_64 random(7);
  for (const size_t rows : {0, 1, 7, 8, 9, 1000, 1003})
    for (const unsigned share : {0, 1, 50, 99, 100}) {
      std::vector<uint8_t> mask(rows);
      for (uint8_t& m : mask)
        m = random() % 100 < share ? static_cast<uint8_t>(1 + random() % 255) : uint8_t{0};
      std::vector<uint32_t> expected;
      for (uint32_t i = 0; i < rows; ++i)
        if (mask[i] != 0) expected.push_back(i);
      const auto found = select_rows(mask);
      ASSERT_TRUE(found);
      ASSERT_EQ(*found, expected);
    }
}

}  // namespace
}  // namespace fitstream::relation
