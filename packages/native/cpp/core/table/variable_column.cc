#include <algorithm>

#include "column_reader.h"
#include "descriptors.h"
#include "element_decoder.h"

namespace fitstream {
namespace {

// Heap bytes read at a time, and how far apart two cells may lie to be read together.
constexpr uint64_t kHeapBlock = uint64_t{512} << 10;
constexpr uint64_t kHeapGap = uint64_t{16} << 10;

class VariableColumn final : public ColumnReader {
 public:
  VariableColumn(const ColumnTask& task, const ReadContext& context)
      : task_(task),
        column_(task.column),
        context_(context),
        decoder_(task.column, context.level),
        out_(task.out),
        nulls_(task.out),
        cells_(context.rows) {}

  Status take(const RowBlock& rows) override {
    return take_descriptors(context_.layout, column_, task_.offset, rows, cells_.data());
  }

  Status finish(uint64_t& left) override {
    if (Status counted = count_elements(left); !counted) return counted;
    const uint64_t length = out_.elements * decoder_.out_size();
    left -= length;
    if (Status allotted = allot_values(task_, length); !allotted) return allotted;
    return read_heap();
  }

 private:
  // Elements that follow each other in the heap and in the column.
  struct Run {
    uint64_t offset = 0;  // in the heap, bytes
    uint64_t count = 0;
    uint64_t at = 0;  // element of the column
  };
  // Runs that are read together.
  struct Span {
    size_t first = 0;
    size_t last = 0;  // one behind
    uint64_t begin = 0;
    uint64_t end = 0;
  };

  // Sets the offsets and the number of elements.
  Status count_elements(uint64_t left) {
    // The sum of less than 2^62 bytes of cells cannot overflow before it is found to be too large.
    const uint64_t most = left / decoder_.out_size();
    uint64_t total = 0;
    uint64_t heap_end = 0;
    if (Status allotted = allot_offsets(task_, cells_.size() + 1); !allotted) return allotted;
    out_.offsets[0] = 0;
    for (size_t row = 0; row < cells_.size(); ++row) {
      const HeapCell& cell = cells_[row];
      total += cell.count;
      if (cell.count > most || total > most) return columns_too_large(context_.max_bytes);
      out_.offsets[row + 1] = static_cast<int32_t>(total);
      if (cell.count > 0)
        heap_end = std::max(heap_end, cell.offset + decoder_.stored_length(cell.count));
    }
    // Before memory is asked for: a heap that is declared must be there.
    const uint64_t end = heap_end == 0 ? 0 : context_.layout.frame.heap_offset + heap_end;
    if (end > context_.bytes.length())
      return Error::of(ErrorCode::kTruncated, "the file is shorter than its header says",
                       std::to_string(end) + " bytes of table and heap",
                       std::to_string(context_.bytes.length()));
    if (total > kMostElements) return column_too_long();
    out_.elements = total;
    return ok();
  }

  // A cell that begins where the one before it ends continues its run: as most writers leave them,
  // the cells of a whole column are one. Runs that would fill more than a block are cut.
  std::vector<Run> find_runs() const {
    const bool is_bits = column_.kind == CellKind::kBit;  // each cell begins at a byte of its own
    const uint64_t width = decoder_.stored_length(1);
    const uint64_t most = is_bits ? 8 * kHeapBlock : kHeapBlock / width;
    std::vector<Run> runs;
    uint64_t at = 0;
    for (const HeapCell& cell : cells_) {
      for (uint64_t done = 0; done < cell.count;) {
        const uint64_t offset = cell.offset + decoder_.stored_length(done);
        Run* last = runs.empty() || is_bits ? nullptr : &runs.back();
        if (!last || last->offset + last->count * width != offset || last->count == most)
          last = &runs.emplace_back(Run{offset, 0, at});
        const uint64_t n = std::min(cell.count - done, most - last->count);
        last->count += n;
        done += n;
        at += n;
      }
    }
    const auto by_offset = [](const Run& a, const Run& b) { return a.offset < b.offset; };
    if (!std::is_sorted(runs.begin(), runs.end(), by_offset))
      std::sort(runs.begin(), runs.end(), by_offset);
    return runs;
  }

  std::vector<Span> find_spans(const std::vector<Run>& runs) const {
    std::vector<Span> spans;
    for (size_t i = 0; i < runs.size(); ++i) {
      const uint64_t begin = runs[i].offset;
      const uint64_t end = begin + decoder_.stored_length(runs[i].count);
      const bool is_near = !spans.empty() && begin <= spans.back().end + kHeapGap &&
                           end - spans.back().begin <= kHeapBlock;
      if (!is_near) spans.push_back({i, i, begin, end});
      spans.back().last = i + 1;
      spans.back().end = std::max(spans.back().end, end);
    }
    return spans;
  }

  Status read_heap() {
    const std::vector<Run> runs = find_runs();
    const std::vector<Span> spans = find_spans(runs);
    return for_each_block(spans.size(), context_.blocks, [&](size_t i, BlockMemory& memory) {
      const Span& span = spans[i];
      const uint64_t offset = context_.layout.frame.heap_offset + span.begin;
      const uint64_t length = span.end - span.begin;
      auto bytes = context_.bytes.view(offset, length);
      if (!bytes) {
        std::byte* to = memory.of_size(length);
        if (Status read = context_.bytes.read(offset, {to, length}); !read) return read;
        bytes = {to, length};
      }
      for (size_t k = span.first; k < span.last; ++k)
        decoder_.decode(bytes->data() + (runs[k].offset - span.begin), runs[k].count,
                        out_.values.data() + runs[k].at * decoder_.out_size(), runs[k].at, nulls_);
      return ok();
    });
  }

  ColumnTask task_;
  const Column& column_;
  const ReadContext& context_;
  ElementDecoder decoder_;
  ColumnData& out_;
  NullMarker nulls_;
  Array<HeapCell> cells_;
};

}  // namespace

std::unique_ptr<ColumnReader> variable_column(const ColumnTask& task, const ReadContext& context) {
  return std::make_unique<VariableColumn>(task, context);
}

}  // namespace fitstream
