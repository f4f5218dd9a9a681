#include "kept_rows.h"

#include <algorithm>
#include <cstring>

namespace fitstream::where {
namespace {

constexpr size_t kFirstPiece = size_t{64} << 10;
constexpr size_t kLargestPiece = size_t{16} << 20;

template <size_t kWidth>
void copy(const std::byte* from, uint64_t from_stride, const std::vector<uint64_t>& rows,
          std::byte* to, uint64_t to_stride) {
  for (const uint64_t row : rows) {
    std::memcpy(to, from + row * from_stride, kWidth);
    to += to_stride;
  }
}

// Widths that are known when this is compiled are loads and stores; others are calls.
void copy(uint64_t width, const std::byte* from, uint64_t from_stride,
          const std::vector<uint64_t>& rows, std::byte* to, uint64_t to_stride) {
  switch (width) {
    case 4:
      return copy<4>(from, from_stride, rows, to, to_stride);
    case 8:
      return copy<8>(from, from_stride, rows, to, to_stride);
    case 16:
      return copy<16>(from, from_stride, rows, to, to_stride);
    case 32:
      return copy<32>(from, from_stride, rows, to, to_stride);
    default:
      for (const uint64_t row : rows) {
        std::memcpy(to, from + row * from_stride, width);
        to += to_stride;
      }
  }
}

}  // namespace

CellPacker::CellPacker(const TableLayout& layout, const RowReader& rows,
                       const std::vector<size_t>& columns) {
  std::vector<Piece> cells;
  for (const size_t c : columns) {
    const uint64_t begin = rows.offset_of(layout.columns[c]);
    const uint64_t width = layout.columns[c].width;
    if (width > 0) cells.push_back({begin, begin + width, 0});
  }
  std::sort(cells.begin(), cells.end(),
            [](const Piece& a, const Piece& b) { return a.begin < b.begin; });
  for (const Piece& cell : cells) {
    if (!pieces_.empty() && cell.begin <= pieces_.back().end)
      pieces_.back().end = std::max(pieces_.back().end, cell.end);
    else
      pieces_.push_back(cell);
  }
  for (Piece& piece : pieces_) {
    piece.at = stride_;
    stride_ += piece.end - piece.begin;
  }
}

uint64_t CellPacker::place_of(uint64_t offset) const {
  for (const Piece& piece : pieces_)
    if (offset >= piece.begin && offset < piece.end) return piece.at + (offset - piece.begin);
  return 0;  // of cells without bytes
}

void CellPacker::pack(const RowBlock& block, const std::vector<uint64_t>& rows,
                      std::byte* to) const {
  for (const Piece& piece : pieces_)
    copy(piece.end - piece.begin, block.data + piece.begin, block.stride, rows, to + piece.at,
         stride_);
}

MutableByteSpan CellMemory::take(size_t bytes) {
  const std::lock_guard lock(mutex_);
  if (bytes > free_.size()) {
    const size_t last = pieces_.empty() ? 0 : pieces_.back().size();
    pieces_.emplace_back(std::max(bytes, std::clamp(2 * last, kFirstPiece, kLargestPiece)));
    free_ = {pieces_.back().data(), pieces_.back().size()};
  }
  const MutableByteSpan taken = free_.first(bytes);
  free_ = free_.subspan(bytes);
  return taken;
}

KeptRows::KeptRows(const TableBytes& table, uint64_t heap_offset,
                   const std::vector<BlockHits>& blocks, uint64_t rows, uint64_t stride)
    : table_(table), table_heap_(heap_offset), rows_length_(rows * stride), blocks_(blocks) {
  uint64_t end = 0;
  for (const BlockHits& block : blocks) ends_.push_back(end += block.cells.size());
}

uint64_t KeptRows::length() const {
  return rows_length_ + table_.length() - std::min(table_.length(), table_heap_);
}

Status KeptRows::read(uint64_t offset, MutableByteSpan to) const {
  if (offset >= rows_length_) return table_.read(offset - rows_length_ + table_heap_, to);
  auto i =
      static_cast<size_t>(std::upper_bound(ends_.begin(), ends_.end(), offset) - ends_.begin());
  for (; !to.empty(); ++i) {
    const ByteSpan cells = blocks_[i].cells;
    const uint64_t skipped = offset - (ends_[i] - cells.size());
    const size_t n = std::min<size_t>(to.size(), cells.size() - skipped);
    if (n > 0) std::memcpy(to.data(), cells.data() + skipped, n);
    to = to.subspan(n);
    offset += n;
  }
  return ok();
}

std::optional<ByteSpan> KeptRows::view(uint64_t offset, uint64_t length) const {
  if (offset < rows_length_) return std::nullopt;
  return table_.view(offset - rows_length_ + table_heap_, length);
}

}  // namespace fitstream::where
