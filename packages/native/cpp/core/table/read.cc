#include "read.h"

#include <algorithm>
#include <numeric>

#include "../simd/columns.h"
#include "column_reader.h"

namespace fitstream {
namespace {

// Columns that are larger together than the caches are written past them.
constexpr uint64_t kStreamed = uint64_t{16} << 20;

// From here on a column has huge pages of its own.
constexpr uint64_t kLargeColumn = uint64_t{4} << 20;
constexpr uint64_t kCacheLine = 64;

using Readers = std::vector<std::unique_ptr<ColumnReader>>;

// Bytes of the values of a column whose rows all give the same number of them; of strings, with
// their padding.
uint64_t length_of(const TableLayout& layout, const TableRequest& request, size_t i) {
  return value_width(layout.columns[request.columns[i]]) * request.rows.count();
}

Status check_memory(const ColumnTask& task, uint64_t bytes) {
  if (!task.has_memory || task.out.values.size() >= bytes) return ok();
  return Error::of(ErrorCode::kBadArgument, "the memory for a column is too small",
                   std::to_string(bytes) + " bytes", std::to_string(task.out.values.size()));
}

// New memory for the values of columns: small ones share it, so that it lies on huge pages although
// each alone would be too small for one.
void allot_together(const TableLayout& layout, const TableRequest& request,
                    std::vector<ColumnData>& out) {
  const auto part_of = [&](size_t i) {
    const uint64_t length = length_of(layout, request, i);
    const bool has_memory = i < request.into.size() && request.into[i];
    const bool is_small = !has_memory && length < kLargeColumn;
    return is_small ? (length + kCacheLine - 1) / kCacheLine * kCacheLine : 0;
  };
  uint64_t total = 0;
  for (size_t i = 0; i < out.size(); ++i) total += part_of(i);
  if (total < kLargeColumn) return;
  Array<std::byte> memory(total);
  std::byte* next = memory.data();
  for (size_t i = 0; i < out.size(); ++i)
    if (const uint64_t length = part_of(i)) {
      out[i].values = Array<std::byte>::over({next, length}, memory.owner());
      next += length;
    }
}

// Plain columns that lie side by side are taken together.
std::vector<std::vector<ColumnTask>> neighbours(std::vector<ColumnTask> plain) {
  std::vector<size_t> order(plain.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return plain[a].offset < plain[b].offset; });
  std::vector<std::vector<ColumnTask>> groups;
  for (const size_t i : order) {
    const ColumnTask& task = plain[i];
    const ColumnTask* last = groups.empty() ? nullptr : &groups.back().back();
    const bool continues = last && last->column.width == task.column.width &&
                           last->offset + last->column.width == task.offset;
    if (!continues) groups.emplace_back();
    groups.back().push_back(task);
  }
  return groups;
}

Readers make_readers(const std::vector<ColumnTask>& tasks, const ReadContext& context) {
  Readers readers;
  std::vector<ColumnTask> plain;
  for (const ColumnTask& task : tasks) {
    const Column& column = task.column;
    if (column.is_variable)
      readers.push_back(variable_column(task, context));
    else if (column.kind == CellKind::kString)
      readers.push_back(string_column(task, context));
    else if (context.layout.is_ascii && column.kind == CellKind::kNumber)
      readers.push_back(ascii_column(task, context));
    else if (is_plain(column))
      plain.push_back(task);
    else
      readers.push_back(fixed_column(task, context));
  }
  for (const auto& group : neighbours(std::move(plain)))
    readers.push_back(plain_columns(group, context));
  return readers;
}

// Shows the rows of a block to all readers, no more at a time than stay in the L2 cache.
Status take_rows(const RowBlock& block, const Readers& readers) {
  const uint64_t step = std::max<uint64_t>(2 * kRowBlock / std::max<uint64_t>(block.stride, 1), 64);
  for (uint64_t first = 0; first < block.count; first += step) {
    RowBlock rows = block;
    rows.data += first * block.stride;
    rows.count = std::min(step, block.count - first);
    rows.at += first;
    for (const auto& reader : readers)
      if (Status taken = reader->take(rows); !taken) return taken;
  }
  return ok();
}

// What is to become of each column, with memory for those whose length is known.
Result<std::vector<ColumnTask>> make_tasks(const TableLayout& layout, const TableRequest& request,
                                           const RowReader& rows, std::vector<ColumnData>& out) {
  allot_together(layout, request, out);
  std::vector<ColumnTask> tasks;
  for (size_t i = 0; i < out.size(); ++i) {
    const Column& column = layout.columns[request.columns[i]];
    const bool has_memory = i < request.into.size() && request.into[i];
    if (has_memory) out[i].values = Array<std::byte>::over(*request.into[i]);
    const bool has_offsets = i < request.offsets_into.size() && request.offsets_into[i];
    if (has_offsets) out[i].offsets = Array<int32_t>::over(*request.offsets_into[i]);
    tasks.push_back({column, rows.offset_of(column), out[i], has_memory, has_offsets});
    if (column.is_variable) continue;
    Status allotted = allot_values(tasks.back(), length_of(layout, request, i));
    if (allotted && column.kind == CellKind::kString)
      allotted = allot_offsets(tasks.back(), request.rows.count() * strings_per_row(column) + 1);
    if (!allotted) return allotted.error();
  }
  return tasks;
}

Result<std::vector<ColumnData>> read_rows(const TableLayout& layout, const TableBytes& bytes,
                                          const TableRequest& request) {
  const auto from_rows =
      check_request(layout, bytes, request.columns, request.rows, request.max_bytes);
  if (!from_rows) return from_rows.error();

  const RowReader rows(layout, bytes, request.columns, request.rows);
  std::vector<ColumnData> out(request.columns.size());
  const auto tasks = make_tasks(layout, request, rows, out);
  if (!tasks) return tasks.error();
  const ReadContext context{layout,
                            bytes,
                            request.rows.count(),
                            request.max_bytes,
                            request.level,
                            {request.threads, request.cancel},
                            *from_rows > kStreamed};
  const Readers readers = make_readers(*tasks, context);
  const Status walked = for_each_block(out.empty() ? 0 : rows.blocks(), context.blocks,
                                       [&](size_t i, BlockMemory& s) {
                                         const auto block = rows.read(i, s);
                                         if (!block) return Status(block.error());
                                         Status taken = take_rows(*block, readers);
                                         if (context.streams) simd::end_streams();
                                         return taken;
                                       });
  if (!walked) return walked.error();
  uint64_t left = request.max_bytes - *from_rows;
  for (const auto& reader : readers)
    if (Status finished = reader->finish(left); !finished) return finished.error();
  return out;
}

}  // namespace

Status allot_values(const ColumnTask& task, uint64_t bytes) {
  if (Status checked = check_memory(task, bytes); !checked) return checked;
  if (task.out.values.data())
    task.out.values.truncate(bytes);
  else
    task.out.values = Array<std::byte>(bytes);
  return ok();
}

Status allot_offsets(const ColumnTask& task, uint64_t count) {
  Array<int32_t>& offsets = task.out.offsets;
  if (!task.has_memory_for_offsets)
    offsets = Array<int32_t>(count);
  else if (offsets.size() < count)
    return Error::of(ErrorCode::kBadArgument, "the memory for the offsets of a column is too small",
                     std::to_string(count) + " offsets", std::to_string(offsets.size()));
  else
    offsets.truncate(count);
  return ok();
}

Result<std::vector<ColumnData>> read_columns(const TableLayout& layout, const TableBytes& bytes,
                                             const TableRequest& request) {
  return checked(bytes, read_rows(layout, bytes, request));
}

}  // namespace fitstream
