#include "row_encoder.h"

#include <algorithm>
#include <cmath>

#include "cell_check.h"
#include "cell_encoder.h"
#include "cell_values.h"

namespace fitstream {
namespace {

// Cells are encoded and handed out in pieces of about this many bytes.
constexpr uint64_t kPiece = uint64_t{1} << 20;

uint64_t heap_bytes(const Column& column, uint64_t elements) {
  if (column.kind == CellKind::kBit) return (elements + 7) / 8;
  return elements * size_of(column.stored) * (column.kind == CellKind::kComplex ? 2 : 1);
}

uint64_t count_at(const ColumnCells& cells, uint64_t row) {
  return static_cast<uint64_t>(cells.offsets[row + 1] - cells.offsets[row]);
}

// Offsets come from the caller: they must ascend, and stay within the values.
Status check_offsets(const Column& column, const ColumnCells& cells) {
  if (!column.is_variable && column.kind != CellKind::kString) {
    if (cells.offsets.empty()) return ok();
    return Error::of(ErrorCode::kBadArgument,
                     "column '" + column.name + "' has cells of fixed length", "no offsets");
  }
  double last = 0;
  for (const double offset : cells.offsets) {
    if (!(offset >= last) || offset != std::trunc(offset) || offset > 0x1p53)
      return Error::of(ErrorCode::kBadArgument,
                       "the offsets of column '" + column.name + "' do not ascend");
    last = offset;
  }
  // A column of strings has one element a byte of them.
  const uint64_t elements =
      cells.values.size() / (size_of(cells.dtype) * (column.kind == CellKind::kComplex ? 2 : 1));
  if (!cells.offsets.empty() && last <= static_cast<double>(elements)) return ok();
  return Error::of(ErrorCode::kBadArgument,
                   "the offsets of column '" + column.name + "' do not fit its values",
                   "one more than cells, none above " + std::to_string(elements),
                   std::to_string(cells.offsets.size()) + " of them, up to " +
                       std::to_string(static_cast<uint64_t>(last)));
}

// Rows that the cells make up; nothing where cells are empty and any number would fit.
Result<std::optional<uint64_t>> rows_of(const Column& column, const ColumnCells& cells) {
  if (column.is_variable) return std::optional<uint64_t>(cells.offsets.size() - 1);
  const uint64_t in_cell = elements_in_cell(column);
  const uint64_t n = elements_of(column, cells);
  if (in_cell == 0 && n == 0) return std::optional<uint64_t>();
  if (in_cell == 0 || n % in_cell != 0)
    return Error::of(ErrorCode::kBadArgument,
                     "the values of column '" + column.name + "' do not fill its cells",
                     "a multiple of " + std::to_string(in_cell), std::to_string(n));
  return std::optional<uint64_t>(n / in_cell);
}

// Width bytes each: small ones by moves of that size.
template <size_t Width>
void scatter(const std::byte* from, uint64_t count, std::byte* to, uint64_t step) {
  for (uint64_t i = 0; i < count; ++i) std::memcpy(to + i * step, from + i * Width, Width);
}
void scatter(const std::byte* from, uint64_t width, uint64_t count, std::byte* to, uint64_t step) {
  if (width == 1) return scatter<1>(from, count, to, step);
  if (width == 2) return scatter<2>(from, count, to, step);
  if (width == 4) return scatter<4>(from, count, to, step);
  if (width == 8) return scatter<8>(from, count, to, step);
  for (uint64_t i = 0; i < count; ++i) std::memcpy(to + i * step, from + i * width, width);
}

void put_descriptor(bool is_wide, uint64_t count, uint64_t offset, std::byte* to) {
  if (is_wide) {
    const uint64_t words[] = {swap_bytes(count), swap_bytes(offset)};
    std::memcpy(to, words, sizeof words);
  } else {
    const uint32_t words[] = {swap_bytes(static_cast<uint32_t>(count)),
                              swap_bytes(static_cast<uint32_t>(offset))};
    std::memcpy(to, words, sizeof words);
  }
}

}  // namespace

Result<RowEncoder> RowEncoder::make(TableLayout layout, const std::vector<ColumnCells>& cells,
                                    uint64_t heap_start) {
  RowEncoder encoder(std::move(layout));
  std::optional<uint64_t> rows;
  for (const ColumnCells& c : cells)
    if (Status s = encoder.add(c, rows); !s) return s.error();
  encoder.rows_ = rows.value_or(0);
  if (Status s = encoder.place_heap(heap_start); !s) return s.error();
  return encoder;
}

Status RowEncoder::add(const ColumnCells& cells, std::optional<uint64_t>& rows) {
  const auto is_free = [&](size_t i) {
    return std::none_of(columns_.begin(), columns_.end(),
                        [i](const Encoded& e) { return e.index == i; });
  };
  // Names may repeat: each takes the first column of its name that is left.
  size_t index = 0;
  while (index < layout_.columns.size() &&
         (layout_.columns[index].name != cells.name || !is_free(index)))
    ++index;
  if (index == layout_.columns.size())
    return Error::of(ErrorCode::kOutOfBounds, "the table has no such column, or it is given twice",
                     {}, cells.name);
  const Column& column = layout_.columns[index];
  if (column.defect) return *column.defect;
  if (Status s = check_offsets(column, cells); !s) return s;
  if (Status s = check_cells(column, layout_.is_ascii, cells); !s) return s;
  const auto own = rows_of(column, cells);
  if (!own) return own.error();
  if (*own && rows && **own != *rows)
    return Error::of(ErrorCode::kBadArgument,
                     "column '" + column.name + "' does not fill the rows of the first column",
                     std::to_string(*rows) + " rows", std::to_string(**own));
  if (*own) rows = *own;
  columns_.push_back({index, cells, 0});
  return ok();
}

Status RowEncoder::place_heap(uint64_t start) {
  uint64_t at = start;
  for (Encoded& e : columns_) {
    const Column& column = layout_.columns[e.index];
    if (!column.is_variable) continue;
    e.next_offset = at;
    uint64_t longest = 0;
    for (uint64_t row = 0; row < rows_; ++row) {
      at += heap_bytes(column, count_at(e.cells, row));
      longest = std::max(longest, count_at(e.cells, row));
    }
    const bool is_empty_form = column.width == 0;  // 0P: no room for a descriptor
    const bool is_far = !column.is_wide_descriptor && std::max(at, longest) > INT32_MAX;
    if (longest > 0 && (is_empty_form || is_far))
      return Error::of(ErrorCode::kBadArgument,
                       "the cells of column '" + column.name + "' are beyond its descriptors",
                       is_far ? "a heap of less than 2 GiB, or a column of form Q" : "no cells",
                       std::to_string(at) + " bytes");
  }
  heap_length_ = at - start;
  return ok();
}

std::vector<std::string> RowEncoder::missing() const {
  std::vector<std::string> names;
  for (size_t i = 0; i < layout_.columns.size(); ++i)
    if (std::none_of(columns_.begin(), columns_.end(),
                     [i](const Encoded& e) { return e.index == i; }))
      names.push_back(layout_.columns[i].name);
  return names;
}

void RowEncoder::encode_rows(uint64_t count, std::byte* rows) {
  for (Encoded& e : columns_) {
    const Column& column = layout_.columns[e.index];
    scratch_.resize(count * column.width);
    if (column.is_variable)
      encode_descriptors(e, count);
    else
      encode_cells(e, count);
    scatter(scratch_.data(), column.width, count, rows + column.offset, layout_.frame.row_length);
  }
  next_row_ += count;
}

void RowEncoder::encode_descriptors(Encoded& e, uint64_t count) {
  const Column& column = layout_.columns[e.index];
  for (uint64_t i = 0; i < count && column.width > 0; ++i) {
    const uint64_t n = count_at(e.cells, next_row_ + i);
    put_descriptor(column.is_wide_descriptor, n, n == 0 ? 0 : e.next_offset,
                   scratch_.data() + i * column.width);
    e.next_offset += heap_bytes(column, n);
  }
}

void RowEncoder::encode_cells(const Encoded& e, uint64_t count) {
  const Column& column = layout_.columns[e.index];
  const uint64_t n = elements_in_cell(column);
  if (column.kind == CellKind::kBit) {
    for (uint64_t i = 0; i < count; ++i)
      pack_bits(e.cells, (next_row_ + i) * n, n, scratch_.data() + i * column.width);
    return;
  }
  const bool is_filled =
      column.kind != CellKind::kString || n * column.string_width == column.width;
  if (is_filled)
    return encode_elements(column, layout_.is_ascii, e.cells, next_row_ * n, count * n,
                           scratch_.data());
  // TDIMn may leave a rest of the characters to no string.
  std::fill(scratch_.begin(), scratch_.end(), std::byte{' '});
  for (uint64_t i = 0; i < count; ++i)
    encode_elements(column, layout_.is_ascii, e.cells, (next_row_ + i) * n, n,
                    scratch_.data() + i * column.width);
}

ByteSpan RowEncoder::next_heap_piece() {
  for (; heap_column_ < columns_.size(); ++heap_column_, heap_row_ = 0) {
    const Encoded& e = columns_[heap_column_];
    const Column& column = layout_.columns[e.index];
    if (!column.is_variable || heap_row_ == rows_) continue;
    scratch_.clear();
    while (heap_row_ < rows_ && scratch_.size() < kPiece) {
      const uint64_t n = count_at(e.cells, heap_row_);
      const auto first = static_cast<uint64_t>(e.cells.offsets[heap_row_]);
      const size_t at = scratch_.size();
      scratch_.resize(at + heap_bytes(column, n));
      if (column.kind == CellKind::kBit)
        pack_bits(e.cells, first, n, scratch_.data() + at);
      else
        encode_elements(column, false, e.cells, first, n, scratch_.data() + at);
      ++heap_row_;
    }
    if (!scratch_.empty()) return scratch_;
  }
  return {};
}

}  // namespace fitstream
