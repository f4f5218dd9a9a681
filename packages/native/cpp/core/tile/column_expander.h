// Tiles of a compressed table's column, put together (FITS Standard 4.0, section 10.3).
#pragma once

#include <memory>
#include <vector>

#include "../table/rows.h"
#include "column_coding.h"
#include "stream_heap.h"

namespace fitstream {

// The rows of one tile, and those of them that are asked for.
struct TileRows {
  uint64_t count = 0;
  uint64_t first_asked = 0;  // in the tile
  uint64_t asked = 0;
};

// Which tiles a range of rows touches. The range lies in the table; tiles have rows.
class RowTiles {
 public:
  RowTiles(uint64_t table_rows, uint64_t tile_rows, RowRange rows);

  RowRange touched() const { return touched_; }
  uint64_t asked() const { return rows_.count; }
  // Of the touched ones.
  TileRows at(uint64_t index) const;

 private:
  uint64_t table_rows_;
  uint64_t tile_rows_;
  RowRange rows_;
  RowRange touched_;
};

// The asked rows of one column as a plain table of its own. Descriptors in it are of type Q.
struct PlainColumn {
  TableLayout layout;
  std::unique_ptr<std::byte[]> data;  // not a vector: it would be cleared before it is filled

  ByteSpan bytes() const { return {data.get(), layout.data_length}; }
};

// `streams` are the column's cells in the touched tiles; none where its rows have no bytes.
// `max_bytes` bounds what the rows take, and each tile that is touched.
Result<PlainColumn> expand_column(const Column& column, const ColumnCoding& coding,
                                  const RowTiles& tiles, const std::vector<HeapCell>& streams,
                                  StreamHeap& heap, uint64_t max_bytes, CancelFlag cancel);

}  // namespace fitstream
