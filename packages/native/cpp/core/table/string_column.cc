#include <cstring>
#include <functional>
#include <numeric>

#include "column_reader.h"

namespace fitstream {
namespace {

class StringReader final : public ColumnReader {
 public:
  StringReader(const Column& column, uint64_t row_length, uint64_t rows)
      : column_(column), row_length_(row_length) {
    per_row_ = strings_per_row(column);
    data_.offsets.reserve(rows * per_row_ + 1);
    data_.offsets.push_back(0);
  }

  Status take(const std::byte* rows, uint64_t n) override {
    for (uint64_t i = 0; i < n; ++i)
      for (uint64_t k = 0; k < per_row_; ++k)
        add(rows + i * row_length_ + column_.offset + k * column_.string_width);
    return ok();
  }
  ColumnData release() override { return std::move(data_); }

 private:
  void add(const std::byte* text) {
    const void* nul = column_.string_width ? std::memchr(text, 0, column_.string_width) : nullptr;
    size_t length =
        nul ? static_cast<size_t>(static_cast<const std::byte*>(nul) - text) : column_.string_width;
    while (length > 0 && text[length - 1] == std::byte{' '}) --length;
    data_.values.insert(data_.values.end(), text, text + length);
    data_.offsets.push_back(static_cast<double>(data_.values.size()));
    ++data_.elements;
  }

  const Column& column_;
  uint64_t row_length_;
  uint64_t per_row_;
  ColumnData data_;
};

}  // namespace

uint64_t strings_per_row(const Column& column) {
  return std::accumulate(column.cell_shape.begin(), column.cell_shape.end(), uint64_t{1},
                         std::multiplies());
}

std::unique_ptr<ColumnReader> string_column(const Column& column, uint64_t row_length,
                                            uint64_t rows) {
  return std::make_unique<StringReader>(column, row_length, rows);
}

}  // namespace fitstream
