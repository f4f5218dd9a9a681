#include "descriptors.h"

#include <algorithm>

#include "element_decoder.h"

namespace fitstream {
namespace {

// What a descriptor can point at.
class Heap {
 public:
  Heap(const TableLayout& layout, const Column& column)
      : length_(layout.data_length - std::min(layout.data_length, layout.frame.heap_offset)) {
    const ElementDecoder decoder(column, simd::Level::kScalar);
    is_bits_ = column.kind == CellKind::kBit;
    width_ = decoder.stored_length(1);
  }

  bool holds(const HeapCell& cell) const {
    if (cell.count == 0) return true;  // the offset of an empty cell means nothing
    const uint64_t count = is_bits_ ? cell.count / 8 + (cell.count % 8 != 0) : cell.count;
    const auto length = checked_mul(count, width_);
    return length && cell.offset <= length_ && *length <= length_ - cell.offset;
  }

  Error error_of(const HeapCell& cell, uint64_t row) const {
    return Error::of(ErrorCode::kCorrupt, "a descriptor points outside the heap",
                     "bytes within a heap of " + std::to_string(length_),
                     std::to_string(cell.count) + " elements at byte " +
                         std::to_string(cell.offset) + ", row " + std::to_string(row));
  }

 private:
  uint64_t length_;
  bool is_bits_;
  uint64_t width_;  // of an element, bytes
};

// Heaps above 2 GiB written with P exist: the numbers are taken as unsigned.
template <typename T>
HeapCell cell_at(const std::byte* descriptor) {
  return {load_be<T>(descriptor), load_be<T>(descriptor + sizeof(T))};
}

template <typename T>
Status take(const Heap& heap, uint64_t offset, const RowBlock& rows, HeapCell* cells) {
  for (uint64_t i = 0; i < rows.count; ++i) {
    const HeapCell cell = cell_at<T>(rows.data + i * rows.stride + offset);
    if (!heap.holds(cell)) return heap.error_of(cell, rows.at + i);
    cells[rows.at + i] = cell;
  }
  return ok();
}

}  // namespace

Status take_descriptors(const TableLayout& layout, const Column& column, uint64_t offset,
                        const RowBlock& rows, HeapCell* cells) {
  if (column.width == 0) {  // 0P: no descriptor, no elements
    std::fill_n(cells + rows.at, rows.count, HeapCell{});
    return ok();
  }
  const Heap heap(layout, column);
  return column.is_wide_descriptor ? take<uint64_t>(heap, offset, rows, cells)
                                   : take<uint32_t>(heap, offset, rows, cells);
}

Result<std::vector<HeapCell>> read_descriptors(const TableLayout& layout, const TableBytes& bytes,
                                               size_t column) {
  const RowSelection rows{{0, layout.frame.rows}, std::nullopt};
  const auto checked = check_request(layout, bytes, {column}, rows, INT64_MAX);
  if (!checked) return checked.error();
  const Column& described = layout.columns[column];
  // 0P: rows of no bytes, of which a header can declare any number.
  if (described.width == 0) return std::vector<HeapCell>();
  const RowReader reader(layout, bytes, {column}, rows);
  std::vector<HeapCell> cells(rows.count());
  const Status read = for_each_block(reader.blocks(), {}, [&](size_t i, BlockMemory& memory) {
    const auto block = reader.read(i, memory);
    if (!block) return Status(block.error());
    return take_descriptors(layout, described, reader.offset_of(described), *block, cells.data());
  });
  if (!read) return read.error();
  return cells;
}

}  // namespace fitstream
