// The rows that were found, with the cells that are wanted, as a table of their own.
#pragma once

#include <mutex>
#include <vector>

#include "../table/bytes.h"
#include "../table/rows.h"
#include "hits.h"

namespace fitstream::where {

// Cells that are taken out of rows, and lie without gaps in those that are kept.
class CellPacker {
 public:
  // `rows` says where the columns lie in the rows of a block.
  CellPacker(const TableLayout& layout, const RowReader& rows, const std::vector<size_t>& columns);

  uint64_t stride() const { return stride_; }
  // Where a cell at `offset` in the rows of a block lies in those that are kept.
  uint64_t place_of(uint64_t offset) const;
  void pack(const RowBlock& block, const std::vector<uint64_t>& rows, std::byte* to) const;

 private:
  struct Piece {
    uint64_t begin = 0;
    uint64_t end = 0;
    uint64_t at = 0;  // in the kept rows
  };
  std::vector<Piece> pieces_;
  uint64_t stride_ = 0;
};

// Memory for cells that are kept, of several threads. Large pieces of it, on huge pages: to touch
// small pages for the first time costs more than to fill them.
class CellMemory {
 public:
  MutableByteSpan take(size_t bytes);

 private:
  std::mutex mutex_;
  std::vector<Array<std::byte>> pieces_;
  MutableByteSpan free_;  // of the last one
};

// The kept rows, and behind them the heap of the table that they come from.
class KeptRows final : public TableBytes {
 public:
  KeptRows(const TableBytes& table, uint64_t heap_offset, const std::vector<BlockHits>& blocks,
           uint64_t rows, uint64_t stride);
  Status read(uint64_t offset, MutableByteSpan to) const override;
  std::optional<ByteSpan> view(uint64_t offset, uint64_t length) const override;
  uint64_t length() const override;

 private:
  const TableBytes& table_;
  uint64_t table_heap_;
  uint64_t rows_length_;
  const std::vector<BlockHits>& blocks_;
  std::vector<uint64_t> ends_;  // of the blocks' cells, in bytes
};

}  // namespace fitstream::where
