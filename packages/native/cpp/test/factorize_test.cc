#include "relation/factorize.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "relation_support.h"
#include "support.h"

namespace fitstream::relation {
namespace {

using namespace test;

// Groups by a map from the texts of all keys.
struct ReferenceGroups {
  std::vector<uint32_t> codes;
  std::vector<uint32_t> firsts;
};
ReferenceGroups groups_of(std::span<const Column> keys, size_t rows) {
  ReferenceGroups groups;
  std::map<std::vector<std::string>, uint32_t> codes;
  for (uint32_t row = 0; row < rows; ++row) {
    const auto [found, is_new] =
        codes.emplace(key_of(keys, row), static_cast<uint32_t>(codes.size()));
    if (is_new) groups.firsts.push_back(row);
    groups.codes.push_back(found->second);
  }
  return groups;
}

TEST(Factorize, NumbersGroupsInTheOrderOfTheirFirstRows) {
  std::mt19937_64 random(10);
  for (const auto kind : all_kinds())
    for (const Spread spread : kSpreads)
      for (const size_t rows : {0, 1, 1023, 1025, 30000})
        for (const bool has_nulls : {false, true}) {
          const OwnedColumn column = random_column(kind, spread, rows, has_nulls, random);
          const Column key = column.view();
          const auto groups = factorize({&key, 1}, rows, nullptr);
          const ReferenceGroups expected = groups_of({&key, 1}, rows);
          ASSERT_TRUE(groups);
          ASSERT_EQ(groups->codes, expected.codes);
          ASSERT_EQ(groups->firsts, expected.firsts);
        }
}

TEST(Factorize, GroupsBySeveralKeys) {
  std::mt19937_64 random(11);
  const auto kinds = all_kinds();
  for (int i = 0; i < 20; ++i) {
    const size_t rows = 5000;
    std::vector<OwnedColumn> columns;
    for (int k = 0; k < 3; ++k)
      columns.push_back(random_column(kinds[random() % kinds.size()], kSpreads[random() % 4], rows,
                                      random() % 2 == 0, random));
    std::vector<Column> keys;
    for (const OwnedColumn& column : columns) keys.push_back(column.view());
    const auto groups = factorize(keys, rows, nullptr);
    ASSERT_TRUE(groups);
    const ReferenceGroups expected = groups_of(keys, rows);
    ASSERT_EQ(groups->codes, expected.codes);
    ASSERT_EQ(groups->firsts, expected.firsts);
  }
}

TEST(Factorize, RefusesNoKeysAndStopsWhenCancelled) {
  EXPECT_EQ(factorize({}, 3, nullptr).error().code, ErrorCode::kBadArgument);
  const OwnedColumn column = column_of<int32_t>({1, 2, 3});
  const Column key = column.view();
  const std::atomic<int32_t> cancel = 1;
  EXPECT_EQ(factorize({&key, 1}, 3, &cancel).error().code, ErrorCode::kAborted);
}

}  // namespace
}  // namespace fitstream::relation
