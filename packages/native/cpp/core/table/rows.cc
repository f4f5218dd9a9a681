#include "rows.h"

#include "column_reader.h"

namespace fitstream {
namespace {

// Bytes that a row of this column becomes, at most; the elements of a variable-length cell are
// counted when the descriptors are known.
uint64_t out_width(const Column& column) {
  if (column.is_variable) return 0;
  switch (column.kind) {
    case CellKind::kNumber:
      return column.repeat * size_of(column.natural_dtype());
    case CellKind::kComplex:
      return column.repeat * 2 * size_of(column.natural_dtype());
    case CellKind::kString:
      return column.width + strings_per_row(column) * sizeof(double);
    default:
      return column.repeat;
  }
}

}  // namespace

Error columns_too_large(uint64_t max_bytes) {
  return Error::of(ErrorCode::kLimit, "the columns are larger than the limit",
                   "at most " + std::to_string(max_bytes) + " bytes");
}

Result<uint64_t> check_request(const TableLayout& layout, const TableBytes& bytes,
                               const std::vector<size_t>& columns, RowRange rows,
                               uint64_t max_bytes) {
  if (rows.first > layout.frame.rows || rows.count > layout.frame.rows - rows.first)
    return Error::of(ErrorCode::kOutOfBounds, "the table has no such rows",
                     "rows within 0 to " + std::to_string(layout.frame.rows),
                     std::to_string(rows.first) + " to " + std::to_string(rows.first + rows.count));
  std::optional<uint64_t> width = 0;
  for (const size_t c : columns) {
    if (c >= layout.columns.size())
      return Error::of(ErrorCode::kOutOfBounds, "the table has no such column",
                       std::to_string(layout.columns.size()) + " columns", std::to_string(c));
    if (layout.columns[c].defect) return *layout.columns[c].defect;
    // And an offset a row, also where there is none: cells without bytes are limited by it, too.
    if (width) width = checked_add(*width, out_width(layout.columns[c]) + sizeof(double));
  }
  // Before any memory is asked for: rows that are declared must be there.
  const uint64_t rows_end = (rows.first + rows.count) * layout.frame.row_length;
  if (rows_end > bytes.length())
    return Error::of(ErrorCode::kTruncated, "the file is shorter than its header says",
                     std::to_string(rows_end) + " bytes of rows", std::to_string(bytes.length()));
  const auto out = width ? checked_mul(*width, rows.count) : width;
  if (!out || *out > max_bytes) return columns_too_large(max_bytes);
  return *out;
}

}  // namespace fitstream
