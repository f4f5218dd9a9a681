// Tables of noise, and what is read of them: plain ones and compressed ones alike.
#pragma once

#include <string>
#include <vector>

#include "compressed_table.h"
#include "support.h"

namespace fitstream::test {

using Columns = std::vector<ColumnData>;

// A table in a file, after an empty primary HDU.
struct TableInFile {
  Bytes file;
  Hdu hdu;
  std::vector<Card> cards;

  explicit TableInFile(Bytes bytes);
  ByteSpan data() const { return ByteSpan(file).subspan(hdu.data_offset); }
  std::vector<size_t> all_columns() const;

  // What the table holds, or expands to.
  Result<Columns> read(const std::vector<size_t>& columns, RowRange rows,
                       uint64_t max_bytes = uint64_t{1} << 30) const;
  // The same, with the data from elsewhere.
  Result<Columns> read(const TableBytes& bytes, const std::vector<size_t>& columns, RowRange rows,
                       uint64_t max_bytes = uint64_t{1} << 30) const;
  Result<Columns> read_all() const { return read(all_columns(), {0, hdu.table->rows}); }

  // The same file with one card changed.
  TableInFile with(std::string_view keyword, std::string_view value) const;
};

// A table with columns of these TFORMn, of noise and of numbers that are easy to compress. `more`
// adds cards.
TableInFile make_table(const std::vector<std::string>& forms, uint64_t rows, Random& random,
                       const HeaderBuilder& more = {});

void expect_same(const Result<Columns>& found, const Result<Columns>& expected,
                 std::string_view what = "");

}  // namespace fitstream::test
