#include <algorithm>
#include <cstring>
#include <mutex>

#include "../simd/text.h"
#include "column_reader.h"

namespace fitstream {
namespace {

class StringColumn final : public ColumnReader {
 public:
  StringColumn(const ColumnTask& task, const ReadContext& context)
      : offset_(task.offset),
        width_(task.column.string_width),
        per_row_(strings_per_row(task.column)),
        level_(context.level),
        is_in_order_(context.blocks.threads <= 1),
        out_(task.out) {
    out_.elements = context.rows * per_row_;
    out_.offsets[0] = 0;
  }

  Status take(const RowBlock& rows) override {
    const simd::TextRows text{
        rows.data + offset_, rows.stride, rows.count, per_row_, width_, rows.end};
    const uint64_t first = rows.at * per_row_;
    if (is_in_order_) {
      length_ += trim(text, first, length_);
      return ok();
    }
    // How long the strings before these are is not known: they go where they would without a gap,
    // and are brought together at the end.
    const Piece piece{first, rows.count * per_row_, trim(text, first, first * width_)};
    const std::lock_guard lock(mutex_);
    pieces_.push_back(piece);
    return ok();
  }

  Status finish(uint64_t& /*left*/) override {
    join_pieces();
    out_.values.truncate(length_);
    return ok();
  }

 private:
  // Strings that were taken together.
  struct Piece {
    uint64_t first = 0;
    uint64_t count = 0;
    uint64_t length = 0;  // bytes
  };

  uint64_t trim(const simd::TextRows& text, uint64_t first, uint64_t at) {
    return simd::trim_strings(text, out_.values.data() + at, out_.offsets.data() + first + 1, at,
                              level_);
  }

  void join_pieces() {
    std::sort(pieces_.begin(), pieces_.end(),
              [](const Piece& a, const Piece& b) { return a.first < b.first; });
    for (const Piece& piece : pieces_) {
      const uint64_t at = piece.first * width_;
      if (piece.length > 0 && at != length_)
        std::memmove(out_.values.data() + length_, out_.values.data() + at, piece.length);
      int32_t* ends = out_.offsets.data() + piece.first + 1;
      for (uint64_t i = 0; i < piece.count; ++i) ends[i] -= static_cast<int32_t>(at - length_);
      length_ += piece.length;
    }
  }

  uint64_t offset_;
  uint64_t width_;
  uint64_t per_row_;
  simd::Level level_;
  bool is_in_order_;
  ColumnData& out_;
  uint64_t length_ = 0;  // bytes of the strings that are where they belong
  std::mutex mutex_;
  std::vector<Piece> pieces_;
};

}  // namespace

std::unique_ptr<ColumnReader> string_column(const ColumnTask& task, const ReadContext& context) {
  return std::make_unique<StringColumn>(task, context);
}

}  // namespace fitstream
