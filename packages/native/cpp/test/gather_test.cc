#include "relation/gather.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "relation_support.h"
#include "support.h"

namespace fitstream::relation {
namespace {

using namespace test;

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
