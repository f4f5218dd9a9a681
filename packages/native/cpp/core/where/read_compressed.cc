#include <algorithm>
#include <atomic>

#include "hits.h"
#include "join.h"
#include "read.h"
#include "scanner.h"

namespace fitstream::where {
namespace {

// Bytes of rows that are expanded at a time, where tiles are smaller.
constexpr uint64_t kChunk = uint64_t{8} << 20;

// A range of rows, cut where tiles end.
class Chunks {
 public:
  Chunks(const CompressedTable& table, RowRange rows) : rows_(rows) {
    const uint64_t table_rows = std::max<uint64_t>(table.layout.frame.rows, 1);
    const uint64_t tile = std::clamp<uint64_t>(table.tile_rows, 1, table_rows);
    const uint64_t row_length = std::max<uint64_t>(table.layout.frame.row_length, 1);
    step_ = std::max<uint64_t>(kChunk / row_length / tile, 1) * tile;
  }
  size_t count() const {
    return rows_.count == 0 ? 0 : (end() - 1) / step_ - rows_.first / step_ + 1;
  }
  RowRange at(size_t i) const {
    const uint64_t begin = (rows_.first / step_ + i) * step_;
    const uint64_t first = std::max(begin, rows_.first);
    return {first, std::min(begin + step_, end()) - first};
  }

 private:
  uint64_t end() const { return rows_.first + rows_.count; }
  RowRange rows_;
  uint64_t step_ = 1;
};

uint64_t length_of(const std::vector<ColumnData>& columns) {
  uint64_t length = 0;
  for (const ColumnData& column : columns)
    length +=
        column.values.size() + column.validity.size() + column.offsets.size() * sizeof(int32_t);
  return length;
}

// Leaves the first `count` rows of all blocks, and no block without rows.
void keep_first(std::vector<BlockHits>& blocks, uint64_t count) {
  for (BlockHits& block : blocks) {
    block.rows.resize(std::min<uint64_t>(block.rows.size(), count));
    count -= block.rows.size();
  }
  std::erase_if(blocks, [](const BlockHits& block) { return block.rows.empty(); });
}

// The columns of those rows.
Result<std::vector<ColumnData>> read_hits(const CompressedTable& table, const TableBytes& bytes,
                                          const TableRequest& request,
                                          std::vector<BlockHits> blocks) {
  TableRequest common = request;
  common.threads = 1;
  if (blocks.empty()) {
    common.rows.range.count = 0;
    return read_columns(table, bytes, common);
  }
  std::vector<std::vector<ColumnData>> parts(blocks.size());
  std::atomic<uint64_t> length = 0;
  const Status read = for_each_block(
      blocks.size(), {request.threads, request.cancel}, [&](size_t i, BlockMemory&) -> Status {
        TableRequest of_block = common;
        of_block.rows.list = std::move(blocks[i].rows);
        auto columns = read_columns(table, bytes, of_block);
        if (!columns) return columns.error();
        parts[i] = std::move(*columns);
        length += length_of(parts[i]);
        return length > request.max_bytes ? columns_too_large(request.max_bytes) : ok();
      });
  if (!read) return read.error();
  return join_columns(std::move(parts));
}

Result<Hits> read_tiles(const CompressedTable& table, const TableBytes& bytes,
                        const TableRequest& request, const Condition& condition) {
  const auto expression = condition.compile();
  if (!expression) return expression.error();
  if (Status s = check_search(request); !s) return s.error();
  const auto range = range_of(request.rows, table.layout.frame.rows);
  if (!range) return range.error();
  CompressedTable seen = table;
  seen.layout = condition.layout;
  TableRequest of_condition = request;
  of_condition.columns = expression->program.columns;
  of_condition.threads = 1;

  const Chunks chunks(table, *range);
  std::vector<BlockHits> blocks(chunks.count());
  const auto find = [&](size_t i, BlockMemory&) -> Result<uint64_t> {
    TableRequest of_chunk = of_condition;
    of_chunk.rows.range = chunks.at(i);
    const auto columns = read_columns(seen, bytes, of_chunk);
    if (!columns) return columns.error();
    const RowRange& rows = of_chunk.rows.range;
    std::vector<uint64_t>& hits = blocks[i].rows;
    Evaluator evaluator(*expression, request.level);
    const auto operands = operands_of(*expression, seen.layout, *columns);
    const Status found = find_hits(evaluator, operands, rows.count, rows.first, hits);
    if (!found) return found.error();
    for (uint64_t& row : hits) row += rows.first;
    return hits.size();
  };
  const SearchOptions options = options_of(request, condition.limit, sizeof(double));
  const auto count = search(blocks.size(), options, find);
  if (!count) return count.error();
  keep_first(blocks, *count);
  Hits out{positions_of(blocks, *count), {}};
  TableRequest of_hits = request;
  of_hits.max_bytes -= *count * sizeof(double);
  auto columns = read_hits(table, bytes, of_hits, std::move(blocks));
  if (!columns) return columns.error();
  out.columns = std::move(*columns);
  return out;
}

}  // namespace

Result<Hits> read_where(const CompressedTable& table, const TableBytes& bytes,
                        const TableRequest& request, const Condition& condition) {
  return checked(bytes, read_tiles(table, bytes, request, condition));
}

}  // namespace fitstream::where
