// Which rows and columns are asked for, and the rows' bytes.
#pragma once

#include <optional>
#include <vector>

#include "blocks.h"
#include "bytes.h"
#include "layout.h"

namespace fitstream {

// Rows are read in blocks of so many bytes, which stay in the L2 cache while one column after the
// other is taken out of them. Smaller ones were slower on every table that was measured, also in
// the L1 cache; so was 1 MiB, on rows of 20 columns.
inline constexpr uint64_t kRowBlock = uint64_t{512} << 10;

struct RowRange {
  uint64_t first = 0;
  uint64_t count = 0;
};

// Rows in the order in which they come out.
struct RowSelection {
  RowRange range;
  // Instead of the range: any rows, in any order, also more than once.
  std::optional<std::vector<uint64_t>> list;

  uint64_t count() const { return list ? list->size() : range.count; }
};

Error columns_too_large(uint64_t max_bytes);

// What the offsets of one column can count: bytes of text with its padding, elements of cells of
// variable length.
inline constexpr uint64_t kMostElements = INT32_MAX;
Error column_too_long();

// The rows from the first to the last one that is asked for; kOutOfBounds where the table has
// fewer.
Result<RowRange> range_of(const RowSelection& rows, uint64_t table_rows);

// Checks what is asked for, and returns the bytes that come out of the rows.
Result<uint64_t> check_request(const TableLayout& layout, const TableBytes& bytes,
                               const std::vector<size_t>& columns, const RowSelection& rows,
                               uint64_t max_bytes);

// Bytes that the values of a row of this column become, at most; the elements of a variable-length
// cell are counted when the descriptors are known.
uint64_t value_width(const Column& column);

// Rows in memory.
struct RowBlock {
  const std::byte* data = nullptr;
  uint64_t stride = 0;  // bytes from row to row
  uint64_t count = 0;
  uint64_t at = 0;                 // what the first one is in the result
  const std::byte* end = nullptr;  // of the memory that may be read
};

// Brings rows into memory, a block of them at a time. Rows that are asked for one by one are read
// in the order of the file, near ones together; of rows much longer than the columns that are asked
// for, only these are read.
class RowReader {
 public:
  RowReader(const TableLayout& layout, const TableBytes& bytes, const std::vector<size_t>& columns,
            const RowSelection& rows);

  size_t blocks() const;
  // Rows in a block, at most, and bytes from one to the next.
  uint64_t block_rows() const { return block_rows_; }
  uint64_t stride() const { return stride_; }
  // The rows of a block. They stay where they are until `memory` is used again.
  Result<RowBlock> read(size_t block, BlockMemory& memory) const;
  // Where a column that was asked for lies in the rows of a block.
  uint64_t offset_of(const Column& column) const;

 private:
  // A part of every row.
  struct Piece {
    uint64_t begin = 0;
    uint64_t end = 0;
    uint64_t at = 0;  // in the rows of a block
  };

  // A row of the table, and which one of a block it becomes.
  struct RowPlace {
    uint64_t row = 0;
    uint64_t place = 0;
  };

  void choose_pieces(const std::vector<size_t>& columns);
  Status gather(const RowBlock& block, std::byte* to) const;
  Status read_pieces(std::span<const RowPlace> rows, std::byte* to) const;
  bool is_near(const RowPlace& first, const RowPlace& last, const RowPlace& next) const;
  Status read_span(std::span<const RowPlace> rows, std::byte* to,
                   std::vector<std::byte>& memory) const;
  uint64_t row_at(uint64_t i) const {
    return rows_.list ? (*rows_.list)[i] : rows_.range.first + i;
  }
  // Whether every row is read whole, with its neighbours.
  bool is_whole() const { return pieces_.empty(); }

  const TableLayout& layout_;
  const TableBytes& bytes_;
  const RowSelection& rows_;
  std::vector<Piece> pieces_;
  uint64_t stride_ = 0;  // of a block's rows
  uint64_t block_rows_ = 1;
};

}  // namespace fitstream
