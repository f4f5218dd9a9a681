#include "relation/column.h"

#include <cmath>
#include <string>

namespace fitstream::relation {
namespace {

Error too_short(std::string_view what, size_t expected, size_t found) {
  return Error::of(ErrorCode::kBadArgument, std::string(what) + " does not fit the rows",
                   std::to_string(expected) + " bytes", std::to_string(found));
}

}  // namespace

bool Column::is_null(size_t row) const {
  if (!is_valid(row)) return true;
  if (dtype == Dtype::kFloat64) return std::isnan(values<double>()[row]);
  return dtype == Dtype::kFloat32 && std::isnan(values<float>()[row]);
}

Status check_column(const Column& column, size_t rows) {
  if (!column.validity.empty() && column.validity.size() < bytes_of_bits(rows))
    return too_short("the validity of a column", bytes_of_bits(rows), column.validity.size());
  if (column.is_string()) return check_offsets(column.offsets, rows, column.data.size());
  const size_t length = rows * size_of(*column.dtype);
  if (column.data.size() != length)
    return too_short("the data of a column", length, column.data.size());
  return ok();
}

Status check_rows(uint64_t rows) {
  if (rows < kNoRow) return ok();
  return Error::of(ErrorCode::kLimit, "too many rows for one table in memory",
                   "fewer than 4294967295", std::to_string(rows));
}

Status check_offsets(std::span<const int32_t> offsets, size_t rows, size_t items) {
  if (offsets.size() != rows + 1)
    return Error::of(ErrorCode::kBadArgument, "offsets do not fit the rows",
                     std::to_string(rows + 1) + " of them", std::to_string(offsets.size()));
  bool ascend = offsets[0] >= 0;
  for (size_t i = 0; i < rows; ++i) ascend &= offsets[i] <= offsets[i + 1];
  if (ascend && static_cast<size_t>(offsets[rows]) <= items) return ok();
  return Error::of(ErrorCode::kBadArgument, "offsets leave the data",
                   "ascending ones from 0 to at most " + std::to_string(items));
}

Error aborted() { return Error::of(ErrorCode::kAborted, "the operation was aborted"); }

}  // namespace fitstream::relation
