// Tables made by hand.
#pragma once

#include <stdexcept>

#include "header.h"
#include "support.h"
#include "table/read.h"

namespace fitstream::test {

inline constexpr uint64_t kNoLimit = uint64_t{1} << 40;

// A table in memory: its layout, and its data unit.
struct Table {
  TableLayout layout;
  Bytes data;

  Result<std::vector<ColumnData>> read(const std::vector<size_t>& columns, RowRange rows,
                                       uint64_t max_bytes = kNoLimit) const {
    return read_columns(layout, TableMemory(data), columns, rows, max_bytes, simd::detected_level(),
                        nullptr);
  }
  // For all rows.
  TableRequest request(std::vector<size_t> columns) const {
    TableRequest out;
    out.columns = std::move(columns);
    out.rows.range = {0, layout.frame.rows};
    out.max_bytes = kNoLimit;
    out.level = simd::detected_level();
    return out;
  }
  // One whole column, which must be good.
  ColumnData column(size_t index) const {
    auto whole = read(index);
    if (!whole) throw std::runtime_error(describe(whole.error()));
    return std::move(*whole);
  }
  // One whole column.
  Result<ColumnData> read(size_t column) const {
    auto columns = read({column}, {0, layout.frame.rows});
    if (!columns) return columns.error();
    return std::move((*columns)[0]);
  }
};

// A table with these TFORMn. `more` adds the cards that describe its columns.
struct TableSpec {
  std::string xtension = "BINTABLE";
  uint64_t row_length = 0;
  uint64_t rows = 0;
  std::vector<std::string> forms;
  HeaderBuilder more;
  uint64_t heap_length = 0;
};
inline Table make_table(const TableSpec& spec, Bytes data) {
  HeaderBuilder header = extension_header(
      spec.xtension, 8, {static_cast<int64_t>(spec.row_length), static_cast<int64_t>(spec.rows)},
      static_cast<int64_t>(spec.heap_length));
  header.key("TFIELDS", static_cast<int64_t>(spec.forms.size()));
  for (size_t i = 0; i < spec.forms.size(); ++i)
    header.key("TFORM" + std::to_string(i + 1), "'" + spec.forms[i] + "'");
  const std::string records = header.records() + spec.more.records();
  const Hdu hdu = scan_one(records + card_of("END"), 1, 2880);
  auto layout = layout_of_table(hdu, parse_cards(records));
  EXPECT_TRUE(layout);
  return {std::move(*layout), std::move(data)};
}
// The same for one column.
inline Table one_column(const std::string& form, uint64_t row_length, const Bytes& rows,
                        const HeaderBuilder& more = {}) {
  return make_table(
      {"BINTABLE", row_length, row_length ? rows.size() / row_length : 0, {form}, more, 0}, rows);
}

inline std::vector<std::string> strings_of(const ColumnData& column) {
  std::vector<std::string> out;
  for (size_t i = 0; i + 1 < column.offsets.size(); ++i) {
    const auto begin = static_cast<size_t>(column.offsets[i]);
    const auto end = static_cast<size_t>(column.offsets[i + 1]);
    out.emplace_back(as_text(ByteSpan(column.values).subspan(begin, end - begin)));
  }
  return out;
}
// Indices of the elements that are null; checks the count that goes with them.
inline std::vector<size_t> nulls_of(const ColumnData& column) {
  std::vector<size_t> out;
  if (!column.validity.empty()) {
    EXPECT_EQ(column.validity.size(), (column.elements + 7) / 8);
    for (size_t i = 0; i < column.elements; ++i)
      if (!(column.validity[i / 8] >> (i % 8) & 1)) out.push_back(i);
  }
  EXPECT_EQ(out.size(), column.nulls);
  return out;
}

}  // namespace fitstream::test
