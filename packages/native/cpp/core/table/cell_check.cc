#include "cell_check.h"

#include <algorithm>
#include <cmath>

#include "cell_values.h"

namespace fitstream {
namespace {

Error column_error(const Column& column, std::string what, std::string expected = {},
                   std::string found = {}) {
  return Error::of(ErrorCode::kBadArgument, "column '" + column.name + "' " + std::move(what),
                   std::move(expected), std::move(found));
}

bool has_null(const Column& column, const ColumnCells& cells) {
  if (cells.validity.empty()) return false;
  const uint64_t n = elements_of(column, cells);
  for (uint64_t i = 0; i < n; ++i)
    if (is_null(cells, i)) return true;
  return false;
}

Status check_ascii_numbers(const Column& column, const ColumnCells& cells) {
  const uint64_t n = elements_of(column, cells);
  for (uint64_t i = 0; i < n; ++i) {
    if (is_null(cells, i) || is_nan(cells, i)) {
      if (column.null_text.empty() || column.null_text.size() > column.width)
        return column_error(column, "cannot hold nulls", "a TNULL that fits its field",
                            "'" + column.null_text + "'");
    } else if (!ascii_number(column, cells, i)) {
      return column_error(column, "has a number that does not fit its field",
                          "a number for " + column.form, std::to_string(real_at(cells, i)));
    }
  }
  return ok();
}

Status check_scaled(const Column& column, const ColumnCells& cells) {
  if (cells.dtype != Dtype::kFloat64)
    return column_error(column, "is scaled and has values of another type", "float64",
                        std::string(name_of(cells.dtype)));
  if (!(std::isfinite(column.scale) && column.scale != 0 && std::isfinite(column.zero)))
    return column_error(column, "has a scaling that cannot be undone");
  if (info(column.stored).is_float) return ok();
  const uint64_t n = elements_of(column, cells);
  for (uint64_t i = 0; i < n; ++i) {
    const double value = real_at(cells, i);
    if (is_null(cells, i)) continue;
    if (std::isnan(value) && column.null) continue;
    if (!stored_integer(column, value))
      return column_error(column, "has a value that its stored type cannot hold",
                          std::string(name_of(column.stored)), std::to_string(value));
  }
  return ok();
}

Status check_strings(const Column& column, bool is_ascii, const ColumnCells& cells) {
  for (uint64_t i = 0; i + 1 < cells.offsets.size(); ++i) {
    const std::string_view text = string_at(cells, i);
    if (text.size() > column.string_width)
      return column_error(column, "has a string that is too long",
                          std::to_string(column.string_width) + " bytes",
                          std::to_string(text.size()));
    // 7.2.5: fields hold ASCII text.
    const auto is_printable = [](char c) { return c >= ' ' && c <= '~'; };
    if (is_ascii && !std::all_of(text.begin(), text.end(), is_printable))
      return column_error(column, "has a string that no ASCII table holds", "printable ASCII");
  }
  return ok();
}

Status check_type(const Column& column, bool is_ascii, const ColumnCells& cells) {
  const bool is_fixed_string = column.kind == CellKind::kString && !column.is_variable;
  if (cells.is_string != is_fixed_string && !(cells.is_string && column.kind == CellKind::kString))
    return column_error(column, "holds something else", "values for TFORM '" + column.form + "'",
                        cells.is_string ? "strings" : std::string(name_of(cells.dtype)));
  const bool is_numeric = column.kind == CellKind::kNumber || column.kind == CellKind::kComplex;
  if (is_numeric && (is_ascii || is_scaled(column))) return ok();
  // Characters, logicals and bits come one byte each.
  const Dtype wanted = is_numeric ? column.natural_dtype() : Dtype::kUint8;
  if (cells.dtype != wanted)
    return column_error(column, "has values of another type", std::string(name_of(wanted)),
                        std::string(name_of(cells.dtype)));
  return ok();
}

Status check_nulls(const Column& column, bool is_ascii, const ColumnCells& cells) {
  if (cells.validity.size() < (elements_of(column, cells) + 7) / 8 && !cells.validity.empty())
    return column_error(column, "has a validity bitmap that is too short",
                        std::to_string((elements_of(column, cells) + 7) / 8) + " bytes",
                        std::to_string(cells.validity.size()));
  if (!has_null(column, cells) || is_ascii) return ok();
  const bool is_integer = column.kind == CellKind::kNumber && !info(column.stored).is_float;
  if (is_integer && !column.null)
    return column_error(column, "cannot hold nulls", "an integer column with TNULL");
  if (column.kind == CellKind::kBit || (column.kind == CellKind::kString && column.is_variable))
    return column_error(column, "cannot hold nulls", "another type than bits or such strings");
  return ok();
}

}  // namespace

Status check_cells(const Column& column, bool is_ascii, const ColumnCells& cells) {
  if (Status s = check_type(column, is_ascii, cells); !s) return s;
  if (cells.values.size() % element_size(column, cells) != 0)
    return column_error(column, "ends inside an element");
  if (Status s = check_nulls(column, is_ascii, cells); !s) return s;
  if (column.kind == CellKind::kString)
    return column.is_variable ? ok() : check_strings(column, is_ascii, cells);
  if (column.kind == CellKind::kComplex && is_scaled(column))
    return column_error(column, "has scaled complex numbers, which are not written");
  if (column.kind != CellKind::kNumber) return ok();
  if (is_ascii) return check_ascii_numbers(column, cells);
  return is_scaled(column) ? check_scaled(column, cells) : ok();
}

}  // namespace fitstream
