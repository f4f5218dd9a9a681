#include <algorithm>
#include <numeric>

#include "column_reader.h"
#include "descriptors.h"
#include "elements.h"
#include "rows.h"

namespace fitstream {
namespace {

// Heap bytes read at a time.
constexpr uint64_t kHeapBlock = uint64_t{1} << 20;
class VariableReader final : public ColumnReader {
 public:
  VariableReader(const Column& column, const TableLayout& layout, const TableBytes& bytes,
                 uint64_t rows, uint64_t max_bytes, simd::Level level, CancelFlag cancel)
      : column_(column),
        layout_(layout),
        bytes_(bytes),
        max_bytes_(max_bytes),
        cancel_(cancel),
        appender_(column, level) {
    cells_.reserve(rows);
  }

  Status take(const std::byte* rows, uint64_t n) override {
    for (uint64_t i = 0; i < n; ++i) {
      const std::byte* at = rows + i * layout_.frame.row_length + column_.offset;
      HeapCell cell;
      if (column_.repeat == 0) {
        // 0P: no descriptor, no elements
      } else if (column_.is_wide_descriptor) {
        cell = {load_be<uint64_t>(at), load_be<uint64_t>(at + 8)};
      } else {
        // Heaps above 2 GiB written with P exist: the numbers are taken as unsigned.
        cell = {load_be<uint32_t>(at), load_be<uint32_t>(at + 4)};
      }
      const Status inside = check(cell);
      if (!inside) return inside;
      cells_.push_back(cell);
    }
    return ok();
  }

  Status finish(uint64_t& left) override {
    ColumnData& data = appender_.data;
    std::optional<uint64_t> total = 0;
    uint64_t heap_end = 0;
    data.offsets.push_back(0);
    for (const HeapCell& cell : cells_) {
      total = total ? checked_add(*total, cell.count) : total;
      if (!total || !checked_mul(*total, appender_.out_size()) ||
          *total * appender_.out_size() > left)
        return columns_too_large(max_bytes_);
      data.offsets.push_back(static_cast<double>(*total));
      if (cell.count > 0) heap_end = std::max(heap_end, layout_.frame.heap_offset + end_of(cell));
    }
    // Before memory is asked for: a heap that is declared must be there.
    if (heap_end > bytes_.length())
      return Error::of(ErrorCode::kTruncated, "the file is shorter than its header says",
                       std::to_string(heap_end) + " bytes of table and heap",
                       std::to_string(bytes_.length()));
    data.elements = *total;
    data.values.resize(*total * appender_.out_size());
    left -= data.values.size();
    return read_heap();
  }
  ColumnData release() override { return std::move(appender_.data); }
  std::vector<HeapCell> release_descriptors() { return std::move(cells_); }

 private:
  uint64_t heap_length() const {
    return layout_.data_length - std::min(layout_.data_length, layout_.frame.heap_offset);
  }
  Status check(const HeapCell& cell) const {
    if (cell.count == 0) return ok();  // the offset of an empty cell means nothing
    const uint64_t per_element = column_.kind == CellKind::kBit ? 1 : appender_.stored_length(1);
    const bool fits = cell.count <= INT64_MAX / 16 / per_element && cell.offset <= heap_length() &&
                      appender_.stored_length(cell.count) <= heap_length() - cell.offset;
    if (fits) return ok();
    return Error::of(ErrorCode::kCorrupt, "a descriptor points outside the heap",
                     "bytes within a heap of " + std::to_string(heap_length()),
                     std::to_string(cell.count) + " elements at byte " +
                         std::to_string(cell.offset) + ", row " + std::to_string(cells_.size()));
  }

  Status read_heap() {
    std::vector<uint64_t> order(cells_.size());
    std::iota(order.begin(), order.end(), uint64_t{0});
    std::sort(order.begin(), order.end(),
              [&](uint64_t a, uint64_t b) { return cells_[a].offset < cells_[b].offset; });
    std::vector<std::byte> block;
    for (size_t i = 0; i < order.size();) {
      if (is_cancelled(cancel_)) return Error::of(ErrorCode::kAborted, "the read was aborted");
      if (cells_[order[i]].count == 0) {
        ++i;
        continue;
      }
      const uint64_t begin = cells_[order[i]].offset;
      uint64_t end = end_of(cells_[order[i]]);
      size_t next = i + 1;
      for (; next < order.size(); ++next) {
        const HeapCell& cell = cells_[order[next]];
        if (cell.count == 0) continue;
        const uint64_t extended = std::max(end, end_of(cell));
        if (extended - begin > kHeapBlock) break;
        end = extended;
      }
      block.resize(end - begin);
      const Status read = bytes_.read(layout_.frame.heap_offset + begin, block);
      if (!read) return read;
      for (; i < next; ++i) {
        const HeapCell& cell = cells_[order[i]];
        if (cell.count == 0) continue;
        appender_.put(block.data() + (cell.offset - begin), cell.count,
                      static_cast<uint64_t>(appender_.data.offsets[order[i]]));
      }
    }
    return ok();
  }
  uint64_t end_of(const HeapCell& cell) const {
    return cell.offset + appender_.stored_length(cell.count);
  }

  const Column& column_;
  const TableLayout& layout_;
  const TableBytes& bytes_;
  uint64_t max_bytes_;
  CancelFlag cancel_;
  Appender appender_;
  std::vector<HeapCell> cells_;
};

}  // namespace

std::unique_ptr<ColumnReader> variable_column(const Column& column, const TableLayout& layout,
                                              const TableBytes& bytes, uint64_t rows,
                                              uint64_t max_bytes, simd::Level level,
                                              CancelFlag cancel) {
  return std::make_unique<VariableReader>(column, layout, bytes, rows, max_bytes, level, cancel);
}

Result<std::vector<HeapCell>> read_descriptors(const TableLayout& layout, const TableBytes& bytes,
                                               size_t column) {
  const RowRange rows{0, layout.frame.rows};
  const auto checked = check_request(layout, bytes, {column}, rows, INT64_MAX);
  if (!checked) return checked.error();
  // 0P: rows of no bytes, of which a header can declare any number.
  if (layout.columns[column].width == 0) return std::vector<HeapCell>();
  VariableReader reader(layout.columns[column], layout, bytes, rows.count, 0, simd::Level::kScalar,
                        nullptr);
  const Status walked =
      for_each_row_block(layout, bytes, rows, nullptr,
                         [&](const std::byte* block, uint64_t n) { return reader.take(block, n); });
  if (!walked) return walked.error();
  return reader.release_descriptors();
}

}  // namespace fitstream
