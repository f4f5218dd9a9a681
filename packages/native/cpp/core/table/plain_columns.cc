#include "../simd/columns.h"
#include "column_reader.h"
#include "element_decoder.h"

namespace fitstream {
namespace {

class PlainColumns final : public ColumnReader {
 public:
  PlainColumns(const std::vector<ColumnTask>& tasks, const ReadContext& context)
      : offset_(tasks[0].offset),
        width_(size_of(tasks[0].column.stored)),
        level_(context.level),
        streams_(context.streams) {
    for (const ColumnTask& task : tasks) {
      task.out.elements = context.rows;
      const simd::Recipe recipe = recipe_of(task.column);
      outs_.push_back(&task.out);
      targets_.push_back({task.out.values.data(), recipe.flips_sign});
      if (recipe.blank) nulls_.push_back(std::make_unique<Nulls>(task.out, recipe));
    }
    // What is written past the caches would have to be fetched again to be compared.
    if (!nulls_.empty()) streams_ = false;
  }

  Status take(const RowBlock& rows) override {
    std::vector<simd::ColumnTarget> targets = targets_;
    for (simd::ColumnTarget& target : targets) target.to += rows.at * width_;
    simd::take_columns({rows.data + offset_, rows.stride, rows.count, width_, rows.end}, targets,
                       streams_, level_);
    for (const auto& nulls : nulls_)
      nulls->marker.mark_equal(nulls->values + rows.at * width_, width_, nulls->bits, rows.count,
                               rows.at);
    return ok();
  }

 private:
  // Of a column with TNULLn.
  struct Nulls {
    Nulls(ColumnData& out, const simd::Recipe& recipe)
        : values(out.values.data()),
          bits(static_cast<uint64_t>(*recipe.blank) ^
               (recipe.flips_sign ? uint64_t{1} << (8 * size_of(recipe.stored) - 1) : 0)),
          marker(out) {}
    const std::byte* values;
    uint64_t bits;  // of the value that means null, as it comes out
    NullMarker marker;
  };

  uint64_t offset_;
  uint64_t width_;
  simd::Level level_;
  bool streams_;
  std::vector<ColumnData*> outs_;
  std::vector<simd::ColumnTarget> targets_;
  std::vector<std::unique_ptr<Nulls>> nulls_;
};

}  // namespace

bool is_plain(const Column& column) {
  if (column.is_variable || column.kind != CellKind::kNumber || column.repeat != 1) return false;
  return !recipe_of(column).is_scaled;
}

std::unique_ptr<ColumnReader> plain_columns(const std::vector<ColumnTask>& tasks,
                                            const ReadContext& context) {
  return std::make_unique<PlainColumns>(tasks, context);
}

}  // namespace fitstream
