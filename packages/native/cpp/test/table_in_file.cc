#include "table_in_file.h"

#include <numeric>

#include "header.h"

namespace fitstream::test {
namespace {

// Elements as they are stored: noise, or numbers that are easy to compress.
Bytes make_elements(const Column& column, uint64_t n, Random& random) {
  if (column.kind == CellKind::kBit) return random.bytes((n + 7) / 8);
  Bytes out;
  const bool is_noise = random.chance(0.3);
  if (column.kind == CellKind::kComplex) n *= 2;
  for (uint64_t i = 0; i < n; ++i) {
    if (column.kind == CellKind::kLogical) {
      out.push_back(random.pick(as_bytes(std::string_view("TF\0", 3))));
    } else if (column.kind == CellKind::kString) {
      out.push_back(static_cast<std::byte>(random.between('a', 'c')));
    } else if (is_noise) {
      append(out, random.bytes(size_of(column.stored)));
    } else {
      with_type(column.stored, [&](auto zero) {
        put_be(out, static_cast<decltype(zero)>(20 + 3 * random.gaussian()));
      });
    }
  }
  return out;
}

}  // namespace

TableInFile::TableInFile(Bytes bytes) : file(std::move(bytes)) {
  const std::string_view text = as_text(file).substr(kBlock);
  hdu = scan_one(text, 1, kBlock);
  cards = parse_cards(text);
}

std::vector<size_t> TableInFile::all_columns() const {
  std::vector<size_t> all(hdu.table->columns);
  std::iota(all.begin(), all.end(), size_t{0});
  return all;
}

Result<Columns> TableInFile::read(const std::vector<size_t>& columns, RowRange rows,
                                  uint64_t max_bytes) const {
  return read(TableMemory(data()), columns, rows, max_bytes);
}

Result<Columns> TableInFile::read(const TableBytes& bytes, const std::vector<size_t>& columns,
                                  RowRange rows, uint64_t max_bytes) const {
  const auto level = simd::detected_level();
  if (hdu.table && hdu.table->is_compressed) {
    const auto table = compressed_table_of(hdu, cards);
    if (!table) return table.error();
    return read_columns(*table, bytes, columns, rows, max_bytes, level, nullptr);
  }
  const auto layout = layout_of_table(hdu, cards);
  if (!layout) return layout.error();
  return read_columns(*layout, bytes, columns, rows, max_bytes, level, nullptr);
}

TableInFile TableInFile::with(std::string_view keyword, std::string_view value) const {
  Bytes changed = file;
  replace_card(changed, keyword, HeaderBuilder().key(keyword, value).records(), kBlock);
  return TableInFile(std::move(changed));
}

TableInFile make_table(const std::vector<std::string>& forms, uint64_t rows, Random& random,
                       const HeaderBuilder& more) {
  const auto header_of = [&](uint64_t row_length, size_t heap) {
    HeaderBuilder header = extension_header(
        "BINTABLE", 8, {static_cast<int64_t>(row_length), static_cast<int64_t>(rows)},
        static_cast<int64_t>(heap));
    header.key("TFIELDS", static_cast<int64_t>(forms.size()));
    for (size_t i = 0; i < forms.size(); ++i)
      header.key("TFORM" + std::to_string(i + 1), "'" + forms[i] + "'");
    return blocks_of(header.records() + more.records() + card_of("END"));
  };
  const std::string probe = header_of(uint64_t{1} << 20, 0);
  const auto columns = layout_of_table(scan_one(probe, 1, kBlock), parse_cards(probe))->columns;
  Bytes cells, heap;
  for (uint64_t row = 0; row < rows; ++row) {
    for (const Column& column : columns) {
      if (!column.is_variable) {
        append(cells, make_elements(column, column.repeat, random));
        continue;
      }
      const uint64_t n = random.chance(0.3) ? 0 : random.between(1, 60);
      if (column.is_wide_descriptor) {
        put_be(cells, n);
        put_be(cells, static_cast<uint64_t>(heap.size()));
      } else {
        put_be(cells, static_cast<uint32_t>(n));
        put_be(cells, static_cast<uint32_t>(heap.size()));
      }
      append(heap, make_elements(column, n, random));
    }
  }
  Bytes file = as_bytes(primary_header(8, {}).done());
  append(file, as_bytes(header_of(rows ? cells.size() / rows : 0, heap.size())));
  append(file, cells);
  append(file, heap);
  file.resize(*padded_to_block(file.size()));
  return TableInFile(std::move(file));
}

void expect_same(const Result<Columns>& found, const Result<Columns>& expected,
                 std::string_view what) {
  ASSERT_OK(expected);
  ASSERT_TRUE(found) << what << " " << describe(found.error());
  ASSERT_EQ(found->size(), expected->size());
  for (size_t c = 0; c < found->size(); ++c) {
    const ColumnData& a = (*found)[c];
    const ColumnData& b = (*expected)[c];
    EXPECT_TRUE(a.values == b.values) << what << " values of column " << c;
    EXPECT_EQ(a.offsets, b.offsets) << what << " column " << c;
    EXPECT_EQ(a.validity, b.validity) << what << " column " << c;
    EXPECT_EQ(a.elements, b.elements) << what << " column " << c;
    EXPECT_EQ(a.nulls, b.nulls) << what << " column " << c;
  }
}

}  // namespace fitstream::test
