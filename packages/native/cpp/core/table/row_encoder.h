// Cells of columns to the bytes of rows and heap: what read.h reads, the other way round. FITS
// Standard 4.0, sections 7.2 (ASCII) and 7.3 (binary).
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../bytes.h"
#include "../status.h"
#include "layout.h"

namespace fitstream {

// Cells of one column in native order, laid out as read_columns gives them.
struct ColumnCells {
  std::string name{};
  bool is_string = false;
  Dtype dtype = Dtype::kFloat64;  // of numbers, and of the halves of complex ones
  // Logicals and bits: one byte each, 0 or not. Strings: their bytes.
  ByteSpan values{};
  // Strings: where each begins in `values`, and where the last ends. Variable-length columns: where
  // each row begins, in elements, and the total.
  std::span<const double> offsets{};
  ByteSpan validity{};  // one bit an element, least significant first; empty: none is null
};

// Turns cells into rows. All that can be wrong with them is found by `make`: encoding cannot fail.
class RowEncoder {
 public:
  // The cells must make up the same number of rows in all columns. Those of variable-length columns
  // go to the heap, column after column, from byte `heap_start` of it on.
  static Result<RowEncoder> make(TableLayout layout, const std::vector<ColumnCells>& cells,
                                 uint64_t heap_start);

  const TableLayout& layout() const { return layout_; }
  uint64_t rows() const { return rows_; }
  uint64_t heap_length() const { return heap_length_; }
  // Names of the columns that have no cells.
  std::vector<std::string> missing() const;

  // Puts the cells of the next `count` rows into `rows`, which are as long as the table's; bytes of
  // other columns stay.
  void encode_rows(uint64_t count, std::byte* rows);
  // The next piece of the heap, empty at its end. Valid until the next call of this encoder.
  ByteSpan next_heap_piece();

 private:
  struct Encoded {
    size_t index = 0;  // in the layout
    ColumnCells cells;
    uint64_t next_offset = 0;  // variable-length: in the heap, of the next row's cell
  };

  explicit RowEncoder(TableLayout layout) : layout_(std::move(layout)) {}
  Status add(const ColumnCells& cells, std::optional<uint64_t>& rows);
  Status place_heap(uint64_t start);
  void encode_descriptors(Encoded& column, uint64_t count);
  void encode_cells(const Encoded& column, uint64_t count);

  TableLayout layout_;
  std::vector<Encoded> columns_;
  uint64_t rows_ = 0;
  uint64_t heap_length_ = 0;
  uint64_t next_row_ = 0;
  size_t heap_column_ = 0;  // next_heap_piece is at this row of this one of columns_
  uint64_t heap_row_ = 0;
  std::vector<std::byte> scratch_;
};

}  // namespace fitstream
