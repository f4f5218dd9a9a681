// Table header to columns: the keywords of each, and its place in the row.
#include "layout.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <unordered_map>

#include "form.h"

namespace fitstream {
namespace {

// First card of each keyword.
class Keywords {
 public:
  explicit Keywords(const std::vector<Card>& cards) {
    for (const Card& card : cards)
      if (!is_commentary(card.keyword)) by_name_.emplace(card.keyword, &card);
  }
  const Card* find(std::string_view stem, size_t column) const {
    const auto it = by_name_.find(std::string(stem) + std::to_string(column));
    return it == by_name_.end() ? nullptr : it->second;
  }
  std::string text(std::string_view stem, size_t column) const {
    const Card* card = find(stem, column);
    return card && card->kind == ValueKind::kString ? card->text : std::string();
  }
  std::optional<double> real(std::string_view stem, size_t column) const {
    const Card* card = find(stem, column);
    return card ? number_of(*card) : std::nullopt;
  }
  std::optional<int64_t> integer(std::string_view stem, size_t column) const {
    const Card* card = find(stem, column);
    return card ? integer_of(*card) : std::nullopt;
  }

 private:
  std::unordered_map<std::string, const Card*> by_name_;
};

// What the cards say about a column, apart from its form.
Column describe(const Keywords& keywords, size_t number, std::string_view form) {
  Column column;
  column.name = keywords.text("TTYPE", number);
  column.unit = keywords.text("TUNIT", number);
  column.display = keywords.text("TDISP", number);
  column.form = keywords.text(form, number);
  column.scale = keywords.real("TSCAL", number).value_or(1);
  column.zero = keywords.real("TZERO", number).value_or(0);
  column.null = keywords.integer("TNULL", number);
  column.description = keywords.text("TCOMM", number);
  column.ucd = keywords.text("TUCD", number);
  column.data_min = keywords.real("TDMIN", number);
  column.data_max = keywords.real("TDMAX", number);
  column.legal_min = keywords.real("TLMIN", number);
  column.legal_max = keywords.real("TLMAX", number);
  column.null_text = keywords.text("TNULL", number);
  return column;
}

// Sets the defect of a column that does not lie in its row.
void place(Column& column, size_t number, uint64_t row_length, bool is_offset_known) {
  if (column.defect) return;
  if (!is_offset_known) {
    column.defect = Error::of(ErrorCode::kBadHeader,
                              "where column " + std::to_string(number) +
                                  " starts is unknown, because an earlier TFORM is not understood");
  } else if (column.offset > row_length || column.width > row_length - column.offset) {
    column.defect =
        Error::of(ErrorCode::kBadHeader, "column " + std::to_string(number) + " leaves the row",
                  "an end within NAXIS1 = " + std::to_string(row_length),
                  "bytes " + std::to_string(column.offset) + " to " +
                      std::to_string(column.offset + column.width));
  }
}

}  // namespace

Dtype Column::natural_dtype() const {
  if (scale == 1 && zero == 0) return stored;
  if (kind == CellKind::kComplex) return Dtype::kFloat64;
  if (kind != CellKind::kNumber) return stored;
  if (scale == 1 && !info(stored).is_float && zero == sign_flip_zero(stored))
    return sign_flipped(stored);
  return Dtype::kFloat64;
}

TableLayout as_stored(TableLayout layout) {
  for (Column& column : layout.columns) {
    column.scale = 1;
    column.zero = 0;
    if (column.kind == CellKind::kLogical) column.kind = CellKind::kNumber;
  }
  return layout;
}

TableLayout as_bytes(TableLayout layout) {
  for (Column& column : layout.columns) {
    if (column.kind != CellKind::kString || column.is_variable) continue;
    column.kind = CellKind::kBytes;
    column.repeat = strings_per_row(column) * column.string_width;
    column.cell_shape.push_back(column.string_width);
  }
  return layout;
}

uint64_t strings_per_row(const Column& column) {
  return std::accumulate(column.cell_shape.begin(), column.cell_shape.end(), uint64_t{1},
                         std::multiplies());
}

Result<TableLayout> layout_of_table(const Hdu& hdu, const std::vector<Card>& cards) {
  const bool is_table = hdu.kind == HduKind::kBinTable || hdu.kind == HduKind::kAsciiTable ||
                        hdu.kind == HduKind::kCompressedImage;
  if (!is_table || !hdu.table) {
    if (hdu.defect) return *hdu.defect;
    return Error::of(ErrorCode::kBadArgument, "this HDU is no table", "a table",
                     std::string(hdu_kind_name(hdu.kind)))
        .at_hdu(static_cast<int64_t>(hdu.index));
  }
  TableLayout layout;
  layout.frame = *hdu.table;
  layout.data_offset = hdu.data_offset;
  layout.data_length = hdu.data_length;
  layout.is_ascii = hdu.kind == HduKind::kAsciiTable;
  const Keywords keywords(cards);
  std::optional<uint64_t> offset = 0;  // of the next column; unknown behind one without a width
  for (size_t i = 1; i <= layout.frame.columns; ++i) {
    Column column = describe(keywords, i, layout.frame.is_compressed ? "ZFORM" : "TFORM");
    column.offset = offset.value_or(0);
    if (layout.is_ascii)
      read_ascii_form(column, i, keywords.integer("TBCOL", i));
    else
      read_binary_form(column, i, parse_tdim(keywords.text("TDIM", i)));
    place(column, i, layout.frame.row_length, offset.has_value());
    if (!layout.is_ascii)
      offset = column.defect ? std::nullopt : std::optional(column.offset + column.width);
    if (column.defect) column.defect->hdu = static_cast<int64_t>(hdu.index);
    layout.columns.push_back(std::move(column));
  }
  return layout;
}

}  // namespace fitstream
