#include "relation/join.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "relation_support.h"
#include "support.h"

namespace fitstream::relation {
namespace {

using namespace test;

// Pairs by comparing all rows with all.
std::vector<std::pair<uint32_t, uint32_t>> pairs_of(const JoinSide& left, const JoinSide& right,
                                                    JoinKind kind) {
  std::vector<std::pair<uint32_t, uint32_t>> pairs;
  std::vector<bool> is_met(right.rows);
  const auto keys = [](const JoinSide& side) {
    std::vector<std::vector<std::string>> out;
    for (size_t row = 0; row < side.rows; ++row) out.push_back(key_of(side.keys, row));
    return out;
  };
  const auto lefts = keys(left), rights = keys(right);
  for (uint32_t l = 0; l < left.rows; ++l) {
    bool has_partner = false;
    for (uint32_t r = 0; r < right.rows; ++r) {
      if (lefts[l] != rights[r] || std::ranges::count(lefts[l], "null") > 0) continue;
      has_partner = is_met[r] = true;
      if (kind != JoinKind::kSemi && kind != JoinKind::kAnti) pairs.emplace_back(l, r);
    }
    if (kind == JoinKind::kSemi && has_partner) pairs.emplace_back(l, 0);
    if (kind == JoinKind::kAnti && !has_partner) pairs.emplace_back(l, 0);
    if ((kind == JoinKind::kLeft || kind == JoinKind::kOuter) && !has_partner)
      pairs.emplace_back(l, kNoRow);
  }
  for (uint32_t r = 0; r < right.rows; ++r)
    if (kind == JoinKind::kOuter && !is_met[r]) pairs.emplace_back(kNoRow, r);
  return pairs;
}

void expect_joined(const JoinSide& left, const JoinSide& right) {
  for (const JoinKind kind :
       {JoinKind::kInner, JoinKind::kLeft, JoinKind::kOuter, JoinKind::kSemi, JoinKind::kAnti}) {
    const auto joined = join_rows(left, right, kind, 1 << 30, nullptr);
    ASSERT_TRUE(joined);
    const bool has_right = kind != JoinKind::kSemi && kind != JoinKind::kAnti;
    ASSERT_EQ(joined->right.size(), has_right ? joined->left.size() : 0);
    std::vector<std::pair<uint32_t, uint32_t>> pairs;
    for (size_t i = 0; i < joined->left.size(); ++i)
      pairs.emplace_back(joined->left[i], has_right ? joined->right[i] : 0);
    ASSERT_EQ(pairs, pairs_of(left, right, kind));
  }
}

TEST(JoinRows, PairsRowsOfEqualKeys) {
  std::mt19937_64 random(15);
  for (const auto kind : all_kinds())
    for (const Spread spread : kSpreads)
      for (const size_t rows : {0, 1, 250}) {
        const OwnedColumn a = random_column(kind, spread, rows, random() % 2 == 0, random);
        const OwnedColumn b = random_column(kind, spread, 200, random() % 2 == 0, random);
        const Column left = a.view(), right = b.view();
        expect_joined({{&left, 1}, rows}, {{&right, 1}, 200});
        expect_joined({{&right, 1}, 200}, {{&left, 1}, rows});
      }
}

TEST(JoinRows, PairsRowsBySeveralKeys) {
  std::mt19937_64 random(16);
  const auto kinds = all_kinds();
  for (int i = 0; i < 20; ++i) {
    std::vector<OwnedColumn> columns;
    std::vector<Column> left, right;
    for (int k = 0; k < 3; ++k) {
      const auto kind = kinds[random() % kinds.size()];
      for (int side = 0; side < 2; ++side)
        columns.push_back(random_column(kind, Spread::kFew, 150, random() % 2 == 0, random));
    }
    for (size_t c = 0; c < columns.size(); ++c)
      (c % 2 == 0 ? left : right).push_back(columns[c].view());
    expect_joined({left, 150}, {right, 150});
  }
}

std::vector<uint32_t> partners_of(const OwnedColumn& a, size_t rows, const OwnedColumn& b,
                                  size_t right_rows) {
  const Column left = a.view(), right = b.view();
  const auto joined =
      join_rows({{&left, 1}, rows}, {{&right, 1}, right_rows}, JoinKind::kLeft, 100, nullptr);
  if (!joined) return {};
  return {joined->right.begin(), joined->right.end()};
}

TEST(JoinRows, ComparesIntegersAndFloatsOfAnyTypesByValue) {
  const OwnedColumn large = column_of<uint64_t>({UINT64_MAX, 1, uint64_t{1} << 63});
  const OwnedColumn negative = column_of<int64_t>({-1, 1, INT64_MIN});
  using Rows = std::vector<uint32_t>;
  // Dense and hashed tables, on either side.
  EXPECT_EQ(partners_of(large, 3, negative, 3), (Rows{kNoRow, 1, kNoRow}));
  EXPECT_EQ(partners_of(negative, 3, large, 3), (Rows{kNoRow, 1, kNoRow}));
  EXPECT_EQ(partners_of(negative, 3, column_of<uint8_t>({1, 255}), 2), (Rows{kNoRow, 0, kNoRow}));
  EXPECT_EQ(partners_of(column_of<uint64_t>({UINT64_MAX}), 1, column_of<int32_t>({-1, 0}), 2),
            (Rows{kNoRow}));
  EXPECT_EQ(partners_of(column_of<int32_t>({-1, 7}), 2, column_of<uint64_t>({UINT64_MAX}), 1),
            (Rows{kNoRow, kNoRow}));
  EXPECT_EQ(
      partners_of(column_of<float>({0.5f, 0.1f, -0.0f}), 3, column_of<double>({0, 0.1, 0.5}), 3),
      (Rows{2, kNoRow, 0}));
}

TEST(JoinRows, RefusesWhatDoesNotFit) {
  const OwnedColumn ints = column_of<int32_t>({1, 1, 1});
  const OwnedColumn floats = column_of<float>({1, 1, 1});
  const OwnedColumn strings = column_of(std::vector<std::string>{"1", "1", "1"});
  const auto error = [](std::vector<Column> left, std::vector<Column> right, uint64_t most) {
    const auto joined = join_rows({left, 3}, {right, 3}, JoinKind::kInner, most, nullptr);
    return joined ? ErrorCode::kIo : joined.error().code;
  };
  EXPECT_EQ(error({ints.view()}, {floats.view()}, 100), ErrorCode::kBadArgument);
  EXPECT_EQ(error({ints.view()}, {strings.view()}, 100), ErrorCode::kBadArgument);
  EXPECT_EQ(error({ints.view()}, {ints.view(), ints.view()}, 100), ErrorCode::kBadArgument);
  EXPECT_EQ(error({}, {}, 100), ErrorCode::kBadArgument);
  EXPECT_EQ(error({ints.view()}, {ints.view()}, 8), ErrorCode::kLimit);
  EXPECT_EQ(error({ints.view()}, {ints.view()}, 9), ErrorCode::kIo);
  const Column key = ints.view();
  const std::atomic<int32_t> cancel = 1;
  const auto joined = join_rows({{&key, 1}, 3}, {{&key, 1}, 3}, JoinKind::kInner, 9, &cancel);
  ASSERT_FALSE(joined);
  EXPECT_EQ(joined.error().code, ErrorCode::kAborted);
}

}  // namespace
}  // namespace fitstream::relation
