#include "read.h"

#include <algorithm>

#include "kept_rows.h"
#include "scanner.h"
#include "search.h"

namespace fitstream::where {
namespace {

// The rows of a reader's blocks as a table.
TableLayout layout_of_blocks(const TableLayout& seen, const RowReader& rows,
                             const std::vector<size_t>& columns) {
  TableLayout layout = seen;
  for (const size_t c : columns) layout.columns[c].offset = rows.offset_of(seen.columns[c]);
  layout.frame.row_length = rows.stride();
  layout.frame.rows = rows.block_rows();
  return layout;
}

// The kept rows as a table.
TableLayout layout_of_kept(const TableLayout& table, const RowReader& rows,
                           const CellPacker& packer, const std::vector<size_t>& columns,
                           uint64_t count) {
  TableLayout layout = table;
  for (const size_t c : columns)
    layout.columns[c].offset = packer.place_of(rows.offset_of(table.columns[c]));
  layout.frame.row_length = packer.stride();
  layout.frame.rows = count;
  layout.frame.heap_offset = count * packer.stride();
  layout.data_length = layout.frame.heap_offset + table.data_length -
                       std::min(table.data_length, table.frame.heap_offset);
  return layout;
}

// Checks what is asked for, and returns the bytes that one hit becomes. That the columns of all
// rows would be too large is no error: who knows how many are hits.
Result<uint64_t> check(const TableLayout& layout, const TableBytes& bytes,
                       const TableRequest& request, const std::vector<size_t>& touched) {
  if (Status s = check_search(request); !s) return s.error();
  const RowSelection one{{0, std::min<uint64_t>(layout.frame.rows, 1)}, std::nullopt};
  for (const auto& checked : {check_request(layout, bytes, {}, request.rows, INT64_MAX),
                              check_request(layout, bytes, touched, one, INT64_MAX)})
    if (!checked) return checked.error();
  const auto width = check_request(layout, bytes, request.columns, one, INT64_MAX);
  if (!width) return width.error();
  return sizeof(double) + *width;
}

Result<Hits> read_rows(const TableLayout& layout, const TableBytes& bytes,
                       const TableRequest& request, const Condition& condition) {
  const auto expression = condition.compile();
  if (!expression) return expression.error();
  const std::vector<size_t>& searched = expression->program.columns;
  std::vector<size_t> touched = searched;
  touched.insert(touched.end(), request.columns.begin(), request.columns.end());
  const auto width = check(layout, bytes, request, touched);
  if (!width) return width.error();

  const RowReader rows(layout, bytes, touched, request.rows);
  const TableLayout of_blocks = layout_of_blocks(condition.layout, rows, searched);
  ScannerPool scanners(*expression, of_blocks, request.level);
  const CellPacker packer(layout, rows, request.columns);
  std::vector<BlockHits> blocks(rows.blocks());
  CellMemory memory;
  const auto find = [&](size_t i, BlockMemory& of_block) -> Result<uint64_t> {
    const auto block = rows.read(i, of_block);
    if (!block) return block.error();
    BlockHits& hits = blocks[i];
    const uint64_t first = request.rows.range.first + block->at;
    if (Status s = scanners.find(*block, first, hits.rows); !s) return s.error();
    const MutableByteSpan cells = memory.take(hits.rows.size() * packer.stride());
    packer.pack(*block, hits.rows, cells.data());
    hits.cells = cells;
    for (uint64_t& row : hits.rows) row += first;
    return hits.rows.size();
  };
  const auto count = search(rows.blocks(), options_of(request, condition.limit, *width), find);
  if (!count) return count.error();

  const TableLayout of_kept = layout_of_kept(layout, rows, packer, request.columns, *count);
  const KeptRows kept(bytes, layout.frame.heap_offset, blocks, *count, packer.stride());
  TableRequest request_of_kept = request;
  request_of_kept.rows.range = {0, *count};
  request_of_kept.max_bytes -= *count * sizeof(double);
  auto columns = read_columns(of_kept, kept, request_of_kept);
  if (!columns) return counted(columns.error(), "the first hit");
  return Hits{positions_of(blocks, *count), std::move(*columns)};
}

}  // namespace

Result<Hits> read_where(const TableLayout& layout, const TableBytes& bytes,
                        const TableRequest& request, const Condition& condition) {
  return checked(bytes, read_rows(layout, bytes, request, condition));
}

}  // namespace fitstream::where
