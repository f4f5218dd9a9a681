#include "rows.h"

#include <algorithm>
#include <cstring>

namespace fitstream {
namespace {

// Rows that are asked for in no order of the file: the more at a time, the nearer their neighbours.
constexpr uint64_t kUnorderedBlock = uint64_t{16} << 20;
// Reading this much more costs what another system call does.
constexpr uint64_t kReadGap = uint64_t{16} << 10;
// Blocks are whole cache lines of every column, so that no line is written by two threads.
constexpr uint64_t kRowStep = 64;

}  // namespace

Error columns_too_large(uint64_t max_bytes) {
  return Error::of(ErrorCode::kLimit, "the columns are larger than the limit",
                   "at most " + std::to_string(max_bytes) + " bytes");
}

Error column_too_long() {
  return Error::of(ErrorCode::kLimit,
                   "a column is too long for one read; read fewer rows at a time",
                   "at most " + std::to_string(kMostElements) +
                       " bytes of text with its padding, or elements in cells of variable length");
}

uint64_t value_width(const Column& column) {
  if (column.is_variable) return 0;
  switch (column.kind) {
    case CellKind::kNumber:
      return column.repeat * size_of(column.natural_dtype());
    case CellKind::kComplex:
      return column.repeat * 2 * size_of(column.natural_dtype());
    case CellKind::kString:
      return column.width;
    default:
      return column.repeat;
  }
}

Result<RowRange> range_of(const RowSelection& rows, uint64_t table_rows) {
  const auto outside = [&](std::string found) {
    return Error::of(ErrorCode::kOutOfBounds, "the table has no such rows",
                     "rows within 0 to " + std::to_string(table_rows), std::move(found));
  };
  if (rows.list) {
    const auto [first, last] = std::minmax_element(rows.list->begin(), rows.list->end());
    if (first == rows.list->end()) return RowRange{};
    if (*last >= table_rows) return outside(std::to_string(*last));
    return RowRange{*first, *last - *first + 1};
  }
  const RowRange& range = rows.range;
  if (range.first > table_rows || range.count > table_rows - range.first)
    return outside(std::to_string(range.first) + " to " +
                   std::to_string(range.first + range.count));
  return range;
}

Result<uint64_t> check_request(const TableLayout& layout, const TableBytes& bytes,
                               const std::vector<size_t>& columns, const RowSelection& rows,
                               uint64_t max_bytes) {
  const auto range = range_of(rows, layout.frame.rows);
  if (!range) return range.error();
  std::optional<uint64_t> width = 0;
  uint64_t text_width = 0;
  for (const size_t c : columns) {
    if (c >= layout.columns.size())
      return Error::of(ErrorCode::kOutOfBounds, "the table has no such column",
                       std::to_string(layout.columns.size()) + " columns", std::to_string(c));
    const Column& column = layout.columns[c];
    if (column.defect) return *column.defect;
    // And an offset a row, also where there is none: cells without bytes are limited by it, too.
    if (column.kind == CellKind::kString && !column.is_variable)
      text_width = std::max(text_width, value_width(column));
    const uint64_t offsets = column.kind == CellKind::kString ? strings_per_row(column) : 0;
    if (width) width = checked_add(*width, value_width(column) + (offsets + 1) * sizeof(int32_t));
  }
  // Before any memory is asked for: rows that are declared must be there.
  const uint64_t bytes_end = (range->first + range->count) * layout.frame.row_length;
  if (bytes_end > bytes.length())
    return Error::of(ErrorCode::kTruncated, "the file is shorter than its header says",
                     std::to_string(bytes_end) + " bytes of rows", std::to_string(bytes.length()));
  const auto out = width ? checked_mul(*width, rows.count()) : width;
  if (!out || *out > max_bytes) return columns_too_large(max_bytes);
  if (text_width * rows.count() > kMostElements) return column_too_long();
  return *out;
}

RowReader::RowReader(const TableLayout& layout, const TableBytes& bytes,
                     const std::vector<size_t>& columns, const RowSelection& rows)
    : layout_(layout), bytes_(bytes), rows_(rows), stride_(layout.frame.row_length) {
  if (rows.count() == 0) return;
  const bool is_in_memory = bytes.view(row_at(0) * layout.frame.row_length, 0).has_value();
  if (!is_in_memory) choose_pieces(columns);
  const bool is_ordered = !rows.list || std::is_sorted(rows.list->begin(), rows.list->end());
  block_rows_ = (is_ordered ? kRowBlock : kUnorderedBlock) / std::max<uint64_t>(stride_, 1);
  if (block_rows_ > kRowStep) block_rows_ -= block_rows_ % kRowStep;
  block_rows_ = std::max<uint64_t>(block_rows_, 1);
}

// The parts of a row that hold the columns, where they are few in a long row; none otherwise.
void RowReader::choose_pieces(const std::vector<size_t>& columns) {
  std::vector<Piece> cells;
  for (const size_t c : columns) {
    const Column& column = layout_.columns[c];
    if (column.width > 0) cells.push_back({column.offset, column.offset + column.width, 0});
  }
  std::sort(cells.begin(), cells.end(),
            [](const Piece& a, const Piece& b) { return a.begin < b.begin; });
  std::vector<Piece> pieces;
  for (const Piece& cell : cells) {
    if (!pieces.empty() && cell.begin <= pieces.back().end + kReadGap)
      pieces.back().end = std::max(pieces.back().end, cell.end);
    else
      pieces.push_back(cell);
  }
  uint64_t length = 0;
  for (Piece& piece : pieces) {
    piece.at = length;
    length += piece.end - piece.begin;
  }
  if (pieces.empty() || layout_.frame.row_length - length <= kReadGap) return;
  pieces_ = std::move(pieces);
  stride_ = length;
}

size_t RowReader::blocks() const { return (rows_.count() + block_rows_ - 1) / block_rows_; }

uint64_t RowReader::offset_of(const Column& column) const {
  for (const Piece& piece : pieces_)
    if (column.offset >= piece.begin && column.offset + column.width <= piece.end)
      return piece.at + (column.offset - piece.begin);
  return is_whole() ? column.offset : 0;
}

Result<RowBlock> RowReader::read(size_t index, BlockMemory& memory) const {
  RowBlock block;
  block.stride = stride_;
  block.at = index * block_rows_;
  block.count = std::min(block_rows_, rows_.count() - block.at);
  const uint64_t length = block.count * stride_;
  if (is_whole() && !rows_.list) {
    const uint64_t offset = row_at(block.at) * stride_;
    if (const auto view = bytes_.view(offset, length)) {
      block.data = view->data();
    } else {
      std::byte* to = memory.of_size(length);
      if (Status read = bytes_.read(offset, {to, length}); !read) return read.error();
      block.data = to;
    }
  } else {
    std::byte* to = memory.of_size(length);
    if (Status gathered = gather(block, to); !gathered) return gathered.error();
    block.data = to;
  }
  block.end = block.data + length;
  return block;
}

Status RowReader::gather(const RowBlock& block, std::byte* to) const {
  std::vector<RowPlace> order(block.count);
  for (uint64_t i = 0; i < block.count; ++i) order[i] = {row_at(block.at + i), i};
  std::sort(order.begin(), order.end(),
            [](const RowPlace& a, const RowPlace& b) { return a.row < b.row; });
  if (!is_whole()) return read_pieces(order, to);
  std::vector<std::byte> span;
  for (size_t begin = 0; begin < order.size();) {
    size_t end = begin + 1;
    while (end < order.size() && is_near(order[begin], order[end - 1], order[end])) ++end;
    const Status read = read_span({order.data() + begin, end - begin}, to, span);
    if (!read) return read;
    begin = end;
  }
  return ok();
}

Status RowReader::read_pieces(std::span<const RowPlace> rows, std::byte* to) const {
  for (const RowPlace& row : rows)
    for (const Piece& piece : pieces_) {
      const Status read =
          bytes_.read(row.row * layout_.frame.row_length + piece.begin,
                      {to + row.place * stride_ + piece.at, piece.end - piece.begin});
      if (!read) return read;
    }
  return ok();
}

// Whether `next` is to be read together with the rows from `first` to `last`.
bool RowReader::is_near(const RowPlace& first, const RowPlace& last, const RowPlace& next) const {
  return (next.row - last.row) * stride_ <= stride_ + kReadGap &&
         (next.row - first.row + 1) * stride_ <= kRowBlock;
}

// Reads all from the first row to the last, and puts each where it belongs.
Status RowReader::read_span(std::span<const RowPlace> rows, std::byte* to,
                            std::vector<std::byte>& memory) const {
  const uint64_t begin = rows.front().row * stride_;
  const uint64_t length = (rows.back().row + 1) * stride_ - begin;
  const std::byte* from;
  if (const auto view = bytes_.view(begin, length)) {
    from = view->data();
  } else {
    if (rows.size() == 1) return bytes_.read(begin, {to + rows[0].place * stride_, length});
    memory.resize(std::max<size_t>(memory.size(), length));
    if (Status read = bytes_.read(begin, {memory.data(), length}); !read) return read;
    from = memory.data();
  }
  for (const RowPlace& row : rows)
    if (stride_ > 0)
      std::memcpy(to + row.place * stride_, from + (row.row * stride_ - begin), stride_);
  return ok();
}

}  // namespace fitstream
