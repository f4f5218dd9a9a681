// Table header to columns: the keywords of each, and its place in the row.
#include "layout.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <numeric>

#include "form.h"

namespace fitstream {
namespace {

// The keywords that end in the number of a column.
enum Stem : size_t {
  kTtype,
  kTform,
  kZform,
  kTunit,
  kTdisp,
  kTscal,
  kTzero,
  kTnull,
  kTdim,
  kTbcol,
  kTcomm,
  kTucd,
  kTdmin,
  kTdmax,
  kTlmin,
  kTlmax,
  kStems
};
constexpr std::array<std::string_view, kStems> kStemNames{
    "TTYPE", "TFORM", "ZFORM", "TUNIT", "TDISP", "TSCAL", "TZERO", "TNULL",
    "TDIM",  "TBCOL", "TCOMM", "TUCD",  "TDMIN", "TDMAX", "TLMIN", "TLMAX"};

// First card of each keyword of each column. One pass: tables have hundreds of columns.
class Keywords {
 public:
  Keywords(const std::vector<Card>& cards, size_t columns) : columns_(columns) {
    for (const Card& card : cards) add(card);
  }
  const Card* find(Stem stem, size_t column) const { return columns_[column - 1][stem]; }
  std::string text(Stem stem, size_t column) const {
    const Card* card = find(stem, column);
    return card && card->kind == ValueKind::kString ? card->text : std::string();
  }
  std::optional<double> real(Stem stem, size_t column) const {
    const Card* card = find(stem, column);
    return card ? number_of(*card) : std::nullopt;
  }
  std::optional<int64_t> integer(Stem stem, size_t column) const {
    const Card* card = find(stem, column);
    return card ? integer_of(*card) : std::nullopt;
  }

 private:
  void add(const Card& card) {
    const std::string_view keyword = card.keyword;
    const size_t digits = keyword.find_first_of("123456789");  // numbers have no leading zero
    if (digits == keyword.npos) return;
    const auto stem = std::ranges::find(kStemNames, keyword.substr(0, digits));
    if (stem == kStemNames.end()) return;
    size_t number = 0;
    const char* const end = keyword.data() + keyword.size();
    const auto [last, error] = std::from_chars(keyword.data() + digits, end, number);
    if (error != std::errc() || last != end || number > columns_.size()) return;
    const Card*& place = columns_[number - 1][static_cast<size_t>(stem - kStemNames.begin())];
    if (!place) place = &card;
  }

  std::vector<std::array<const Card*, kStems>> columns_;
};

// What the cards say about a column, apart from its form.
Column describe(const Keywords& keywords, size_t number, Stem form) {
  Column column;
  column.name = keywords.text(kTtype, number);
  column.unit = keywords.text(kTunit, number);
  column.display = keywords.text(kTdisp, number);
  column.form = keywords.text(form, number);
  column.scale = keywords.real(kTscal, number).value_or(1);
  column.zero = keywords.real(kTzero, number).value_or(0);
  column.null = keywords.integer(kTnull, number);
  column.description = keywords.text(kTcomm, number);
  column.ucd = keywords.text(kTucd, number);
  column.data_min = keywords.real(kTdmin, number);
  column.data_max = keywords.real(kTdmax, number);
  column.legal_min = keywords.real(kTlmin, number);
  column.legal_max = keywords.real(kTlmax, number);
  column.null_text = keywords.text(kTnull, number);
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
  const Keywords keywords(cards, layout.frame.columns);
  std::optional<uint64_t> offset = 0;  // of the next column; unknown behind one without a width
  for (size_t i = 1; i <= layout.frame.columns; ++i) {
    Column column = describe(keywords, i, layout.frame.is_compressed ? kZform : kTform);
    column.offset = offset.value_or(0);
    if (layout.is_ascii)
      read_ascii_form(column, i, keywords.integer(kTbcol, i));
    else
      read_binary_form(column, i, parse_tdim(keywords.text(kTdim, i)));
    place(column, i, layout.frame.row_length, offset.has_value());
    if (!layout.is_ascii)
      offset = column.defect ? std::nullopt : std::optional(column.offset + column.width);
    if (column.defect) column.defect->hdu = static_cast<int64_t>(hdu.index);
    layout.columns.push_back(std::move(column));
  }
  return layout;
}

}  // namespace fitstream
