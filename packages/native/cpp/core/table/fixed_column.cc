#include <algorithm>
#include <array>
#include <cstring>

#include "column_reader.h"
#include "element_decoder.h"

namespace fitstream {
namespace {

// Cells that are brought together before they are decoded: few enough to stay in the L1 cache.
constexpr uint64_t kGathered = 4096;

template <size_t kWidth>
void gather(const RowBlock& rows, uint64_t offset, uint64_t first, uint64_t n, std::byte* to) {
  const std::byte* from = rows.data + first * rows.stride + offset;
  for (uint64_t i = 0; i < n; ++i) std::memcpy(to + i * kWidth, from + i * rows.stride, kWidth);
}

class FixedColumn final : public ColumnReader {
 public:
  FixedColumn(const ColumnTask& task, const ReadContext& context)
      : column_(task.column),
        offset_(task.offset),
        decoder_(task.column, context.level),
        out_(task.out),
        nulls_(task.out) {
    out_.elements = context.rows * column_.repeat;
  }

  Status take(const RowBlock& rows) override {
    if (column_.repeat == 0) return ok();
    if (column_.kind == CellKind::kBytes) {  // nothing is decoded
      gather_cells(rows, column_.repeat, 0, rows.count,
                   out_.values.data() + rows.at * column_.repeat);
      return ok();
    }
    // The last byte of bits may not be full: each row begins at a byte of its own.
    const bool is_packed = column_.kind != CellKind::kBit || column_.repeat % 8 == 0;
    if (rows.stride == column_.width && is_packed)
      decode(rows.data, rows.count, rows.at);
    else if (column_.width * 2 > kGathered || !is_packed)
      for (uint64_t i = 0; i < rows.count; ++i)
        decode(rows.data + i * rows.stride + offset_, 1, rows.at + i);
    else
      decode_gathered(rows);
    return ok();
  }

 private:
  void decode_gathered(const RowBlock& rows) {
    alignas(64) std::array<std::byte, kGathered> cells;
    const uint64_t step = kGathered / column_.width;
    for (uint64_t first = 0; first < rows.count; first += step) {
      const uint64_t n = std::min(step, rows.count - first);
      gather_cells(rows, column_.width, first, n, cells.data());
      decode(cells.data(), n, rows.at + first);
    }
  }
  // Widths that are known when this is compiled are loads and stores; others are calls.
  void gather_cells(const RowBlock& rows, uint64_t width, uint64_t first, uint64_t n,
                    std::byte* to) const {
    switch (width) {
      case 1:
        return gather<1>(rows, offset_, first, n, to);
      case 2:
        return gather<2>(rows, offset_, first, n, to);
      case 4:
        return gather<4>(rows, offset_, first, n, to);
      case 8:
        return gather<8>(rows, offset_, first, n, to);
      case 12:
        return gather<12>(rows, offset_, first, n, to);
      case 16:
        return gather<16>(rows, offset_, first, n, to);
      case 24:
        return gather<24>(rows, offset_, first, n, to);
      case 32:
        return gather<32>(rows, offset_, first, n, to);
      default:
        for (uint64_t i = 0; i < n; ++i)
          std::memcpy(to + i * width, rows.data + (first + i) * rows.stride + offset_, width);
    }
  }
  // Cells of `n` rows, one behind the other.
  void decode(const std::byte* cells, uint64_t n, uint64_t row) {
    const uint64_t at = row * column_.repeat;
    decoder_.decode(cells, n * column_.repeat, out_.values.data() + at * decoder_.out_size(), at,
                    nulls_);
  }

  const Column& column_;
  uint64_t offset_;
  ElementDecoder decoder_;
  ColumnData& out_;
  NullMarker nulls_;
};

}  // namespace

std::unique_ptr<ColumnReader> fixed_column(const ColumnTask& task, const ReadContext& context) {
  return std::make_unique<FixedColumn>(task, context);
}

}  // namespace fitstream
