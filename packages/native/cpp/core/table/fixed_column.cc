#include "column_reader.h"
#include "elements.h"

namespace fitstream {
namespace {

class FixedReader final : public ColumnReader {
 public:
  FixedReader(const Column& column, uint64_t row_length, uint64_t rows, simd::Level level)
      : column_(column), row_length_(row_length), appender_(column, level) {
    appender_.data.values.resize(rows * column.repeat * appender_.out_size());
  }

  Status take(const std::byte* rows, uint64_t n) override {
    // Bits do not fill their last byte: each row starts at a byte of its own.
    if (column_.kind == CellKind::kBit) {
      for (uint64_t i = 0; i < n; ++i)
        appender_.append(rows + i * row_length_ + column_.offset, column_.repeat);
      return ok();
    }
    gathered_.resize(std::max<size_t>(gathered_.size(), n * column_.width));
    for (uint64_t i = 0; i < n && column_.width > 0; ++i)
      std::memcpy(gathered_.data() + i * column_.width, rows + i * row_length_ + column_.offset,
                  column_.width);
    appender_.append(gathered_.data(), n * column_.repeat);
    return ok();
  }
  ColumnData release() override { return std::move(appender_.data); }

 private:
  const Column& column_;
  uint64_t row_length_;
  Appender appender_;
  std::vector<std::byte> gathered_;
};

}  // namespace

std::unique_ptr<ColumnReader> fixed_column(const Column& column, uint64_t row_length, uint64_t rows,
                                           simd::Level level) {
  return std::make_unique<FixedReader>(column, row_length, rows, level);
}

}  // namespace fitstream
