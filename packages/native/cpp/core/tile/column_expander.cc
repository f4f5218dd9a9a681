#include "column_expander.h"

#include <algorithm>

namespace fitstream {
namespace {

// Whatever ZCTYPn says about the elements (10.3.6).
constexpr ColumnCoding kDescriptorCoding{ColumnCodec::kGzip1, 1};

// Bytes that `n` elements of a variable-length cell take in a plain table.
std::optional<uint64_t> length_of(const Column& column, uint64_t n) {
  if (column.kind == CellKind::kBit) return n / 8 + (n % 8 > 0);
  return checked_mul(n, size_of(column.stored) * (column.kind == CellKind::kComplex ? 2 : 1));
}

void store_be(uint64_t value, std::byte* to) {
  value = swap_bytes(value);
  std::memcpy(to, &value, sizeof value);
}

// A variable-length cell, and where its stream lies.
struct VariableCell {
  uint64_t elements = 0;
  uint64_t length = 0;  // bytes of the elements
  HeapCell stream;
};

class ColumnExpander {
 public:
  ColumnExpander(const Column& column, const ColumnCoding& coding, const RowTiles& tiles,
                 StreamHeap& heap, uint64_t max_bytes, CancelFlag cancel)
      : column_(column),
        coding_(coding),
        tiles_(tiles),
        heap_(heap),
        max_bytes_(max_bytes),
        cancel_(cancel) {}

  // All streams, before memory is taken for rows.
  Status check(const std::vector<HeapCell>& streams) const {
    const ColumnCoding& coding = column_.is_variable ? kDescriptorCoding : coding_;
    for (uint64_t i = 0; i < streams.size(); ++i) {
      if (Status s = heap_.check(streams[i]); !s) return s;
      const auto length = content_of(tiles_.at(i));
      if (!length || *length > max_bytes_) return columns_too_large(max_bytes_);
      if (Status s = check_stream(coding, streams[i].count, *length); !s) return s;
    }
    return ok();
  }

  // The rows of a column whose cells are all of one length.
  Status fill_rows(const std::vector<HeapCell>& streams, MutableByteSpan data) {
    return for_each_tile(streams, [&](const TileRows& tile, ByteSpan stream) -> Status {
      const auto to = data.first(tile.asked * column_.width);
      data = data.subspan(to.size());
      if (tile.asked == tile.count) return decode_stream(coding_, stream, scratch_, to);
      content_.resize(*content_of(tile));
      if (Status s = decode_stream(coding_, stream, scratch_, content_); !s) return s;
      std::memcpy(to.data(), content_.data() + tile.first_asked * column_.width, to.size());
      return ok();
    });
  }

  // Reads the descriptors of variable-length cells; returns the bytes that these come to.
  Result<uint64_t> read_cells(const std::vector<HeapCell>& streams) {
    uint64_t total = 0;
    const Status read =
        for_each_tile(streams, [&](const TileRows& tile, ByteSpan stream) -> Status {
          content_.resize(*content_of(tile));
          if (Status s = decode_stream(kDescriptorCoding, stream, scratch_, content_); !s) return s;
          return read_cells(tile, total);
        });
    if (!read) return read.error();
    return total;
  }
  // A descriptor of type Q for each of those cells, and then their bytes.
  Status fill_cells(MutableByteSpan data) {
    std::byte* descriptor = data.data();
    MutableByteSpan heap = data.subspan(cells_.size() * kWideDescriptor);
    uint64_t at = 0;
    for (const VariableCell& cell : cells_) {
      store_be(cell.elements, descriptor);
      store_be(at, descriptor + 8);
      descriptor += kWideDescriptor;
      if (Status s = decode_cell(cell, heap.subspan(at, cell.length)); !s) return s;
      at += cell.length;
    }
    return ok();
  }

 private:
  // Bytes that a tile's stream expands to.
  std::optional<uint64_t> content_of(const TileRows& tile) const {
    return checked_mul(tile.count, column_.width + (column_.is_variable ? kWideDescriptor : 0));
  }

  template <typename Visit>
  Status for_each_tile(const std::vector<HeapCell>& streams, const Visit& visit) {
    for (uint64_t i = 0; i < streams.size(); ++i) {
      if (is_cancelled(cancel_)) return Error::of(ErrorCode::kAborted, "the read was aborted");
      const auto stream = heap_.read(streams[i]);
      if (!stream) return stream.error();
      if (Status s = visit(tiles_.at(i), *stream); !s) return s;
    }
    return ok();
  }

  // The cells of a tile's asked rows. The content is two descriptors for each row of the tile:
  // first all those of the plain table, then all those of the streams. So do all known writers,
  // CFITSIO and nom.tam.fits; the text of the standard has the two in the other order (10.3.6).
  Status read_cells(const TileRows& tile, uint64_t& total) {
    const std::byte* plain = content_.data();
    const std::byte* streams = plain + tile.count * column_.width;
    for (uint64_t row = tile.first_asked; row < tile.first_asked + tile.asked; ++row) {
      const uint64_t elements =
          load_descriptor(plain + row * column_.width, column_.is_wide_descriptor).count;
      const auto length = length_of(column_, elements);
      const VariableCell cell{elements, length.value_or(0),
                              load_descriptor(streams + row * kWideDescriptor, true)};
      if (length)
        if (Status s = check_cell(cell); !s) return s;
      // Many cells may name one stream, and become more than the file could hold.
      const auto sum = length ? checked_add(total, *length) : length;
      if (!sum || *sum > max_bytes_) return columns_too_large(max_bytes_);
      total = *sum;
      cells_.push_back(cell);
    }
    return ok();
  }

  Status check_cell(const VariableCell& cell) const {
    if (cell.length == 0) return ok();
    if (Status s = heap_.check(cell.stream); !s) return s;
    return check_stream(coding_of(cell), cell.stream.count, cell.length);
  }
  Status decode_cell(const VariableCell& cell, MutableByteSpan to) {
    if (cell.length == 0) return ok();
    const auto stream = heap_.read(cell.stream);
    if (!stream) return stream.error();
    return decode_stream(coding_of(cell), *stream, scratch_, to);
  }
  // Writers leave a cell as it is where coding makes it no shorter.
  ColumnCoding coding_of(const VariableCell& cell) const {
    return cell.stream.count == cell.length ? ColumnCoding{ColumnCodec::kNone, 1} : coding_;
  }

  const Column& column_;
  const ColumnCoding& coding_;
  const RowTiles& tiles_;
  StreamHeap& heap_;
  uint64_t max_bytes_;
  CancelFlag cancel_;
  ColumnScratch scratch_;
  std::vector<std::byte> content_;  // of a tile's stream
  std::vector<VariableCell> cells_;
};

}  // namespace

RowTiles::RowTiles(uint64_t table_rows, uint64_t tile_rows, RowRange rows)
    : table_rows_(table_rows), tile_rows_(std::min(tile_rows, table_rows)), rows_(rows) {
  if (rows.count == 0) return;
  touched_.first = rows.first / tile_rows_;
  touched_.count = (rows.first + rows.count - 1) / tile_rows_ - touched_.first + 1;
}

TileRows RowTiles::at(uint64_t index) const {
  const uint64_t begin = (touched_.first + index) * tile_rows_;
  const uint64_t end = std::min(begin + tile_rows_, table_rows_);
  const uint64_t first = std::max(begin, rows_.first);
  return {end - begin, first - begin, std::min(end, rows_.first + rows_.count) - first};
}

Result<PlainColumn> expand_column(const Column& column, const ColumnCoding& coding,
                                  const RowTiles& tiles, const std::vector<HeapCell>& streams,
                                  StreamHeap& heap, uint64_t max_bytes, CancelFlag cancel) {
  PlainColumn out;
  Column& plain = out.layout.columns.emplace_back(column);
  plain.offset = 0;
  const bool has_cells = column.is_variable && column.width > 0;
  if (has_cells) {
    plain.is_wide_descriptor = true;
    plain.width = kWideDescriptor;
  }
  const auto rows_length = checked_mul(plain.width, tiles.asked());
  if (!rows_length || *rows_length > max_bytes) return columns_too_large(max_bytes);
  out.layout.frame = {
      .row_length = plain.width, .rows = tiles.asked(), .columns = 1, .heap_offset = *rows_length};

  ColumnExpander expander(column, coding, tiles, heap, max_bytes, cancel);
  if (Status s = expander.check(streams); !s) return s.error();
  const Result<uint64_t> cells = has_cells ? expander.read_cells(streams) : uint64_t{0};
  if (!cells) return cells.error();
  out.layout.data_length = *rows_length + *cells;
  out.data = std::make_unique_for_overwrite<std::byte[]>(out.layout.data_length);
  const MutableByteSpan data(out.data.get(), out.layout.data_length);
  const Status filled = has_cells ? expander.fill_cells(data) : expander.fill_rows(streams, data);
  if (!filled) return filled.error();
  return out;
}

}  // namespace fitstream
