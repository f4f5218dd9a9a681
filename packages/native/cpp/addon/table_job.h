// Reads of a table, as JavaScript asks for them.
#pragma once

#include "compressed_table.h"
#include "promise_worker.h"
#include "table/read.h"

namespace fitstream::addon {

using Columns = std::vector<ColumnData>;

// What the header of a table says, parsed once for all reads.
struct OpenTable {
  uint64_t data_offset = 0;
  TableLayout layout;
  std::optional<Result<CompressedTable>> compressed;
};
using SharedTable = std::shared_ptr<const OpenTable>;

struct TableJob {
  SharedTable table;
  std::string path;
  std::optional<FileStamp> stamp;
  bool is_immutable = false;  // the file, see File::open_immutable
  ByteSpan data;              // instead of a path: bytes of the data unit, from byte `skipped` on
  uint64_t skipped = 0;
  TableRequest request;
  bool is_raw = false;    // stored values: no TSCAL and TZERO, logicals as their bytes
  bool as_bytes = false;  // strings with their padding

  TableLayout shown(TableLayout layout) const {
    if (is_raw) layout = as_stored(std::move(layout));
    if (as_bytes) layout = fitstream::as_bytes(std::move(layout));
    return layout;
  }
};

// { table, path?, stamp?, immutable?, data?, skipped?, raw, asBytes, columns, firstRow, rows,
// rowList?, maxBytes, threads, into?, offsetsInto?, cancel? }
TableJob table_job_from(const Napi::Value& value, Pins& pins);

// Calls read(bytes) with the bytes that the job reads from.
template <typename T, typename Read>
Result<T> with_bytes(const TableJob& job, const Read& read) {
  if (job.path.empty()) return read(TableMemory(job.data, job.skipped));
  const auto file = job.is_immutable ? File::open_immutable(job.path) : File::open(job.path);
  if (!file) return file.error();
  if (Status same = check_unchanged(*file, job.stamp); !same) return same.error();
  return read(TableFile(*file, job.table->data_offset));
}

// As RawColumnData in src/raw/table.ts.
Napi::Value to_js_columns(Napi::Env env, Columns& columns);

}  // namespace fitstream::addon
