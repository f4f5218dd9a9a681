// Table header to columns: TFORMn, TDIMn, TBCOLn and their companions.
#include "layout.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <numeric>
#include <unordered_map>

#include "../bytes.h"

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
  double real(std::string_view stem, size_t column, double otherwise) const {
    const Card* card = find(stem, column);
    if (card && card->kind == ValueKind::kReal) return card->real;
    if (card && card->kind == ValueKind::kInteger) return std::strtod(card->text.c_str(), nullptr);
    return otherwise;
  }
  std::optional<int64_t> integer(std::string_view stem, size_t column) const {
    const Card* card = find(stem, column);
    if (!card) return std::nullopt;
    if (card->kind == ValueKind::kReal && card->real == std::trunc(card->real) &&
        std::fabs(card->real) < 9007199254740992.0)
      return static_cast<int64_t>(card->real);
    if (card->kind != ValueKind::kInteger) return std::nullopt;
    int64_t value = 0;
    const char* first = card->text.data() + (card->text[0] == '+' ? 1 : 0);
    const char* last = card->text.data() + card->text.size();
    if (std::from_chars(first, last, value).ec != std::errc{}) return std::nullopt;
    return value;
  }

 private:
  std::unordered_map<std::string, const Card*> by_name_;
};

// Reads digits at the front of `s` and removes them; nothing when there are none or too many.
std::optional<uint64_t> take_number(std::string_view& s) {
  uint64_t value = 0;
  const auto [end, ec] = std::from_chars(s.data(), s.data() + s.size(), value);
  if (ec != std::errc{}) return std::nullopt;
  s.remove_prefix(static_cast<size_t>(end - s.data()));
  return value;
}

void skip_spaces(std::string_view& s) {
  s.remove_prefix(std::min(s.find_first_not_of(' '), s.size()));
}

struct ElementType {
  CellKind kind;
  Dtype stored;
  uint64_t size;  // bytes of one element; bits are counted apart
};

std::optional<ElementType> element_type(char code) {
  switch (code) {
    case 'L':
      return ElementType{CellKind::kLogical, Dtype::kUint8, 1};
    case 'X':
      return ElementType{CellKind::kBit, Dtype::kUint8, 1};
    case 'B':
      return ElementType{CellKind::kNumber, Dtype::kUint8, 1};
    case 'I':
      return ElementType{CellKind::kNumber, Dtype::kInt16, 2};
    case 'J':
      return ElementType{CellKind::kNumber, Dtype::kInt32, 4};
    case 'K':
      return ElementType{CellKind::kNumber, Dtype::kInt64, 8};
    case 'E':
      return ElementType{CellKind::kNumber, Dtype::kFloat32, 4};
    case 'D':
      return ElementType{CellKind::kNumber, Dtype::kFloat64, 8};
    case 'C':
      return ElementType{CellKind::kComplex, Dtype::kFloat32, 8};
    case 'M':
      return ElementType{CellKind::kComplex, Dtype::kFloat64, 16};
    case 'A':
      return ElementType{CellKind::kString, Dtype::kUint8, 1};
    default:
      return std::nullopt;
  }
}

// "(2,3)" to {3, 2}: TDIMn names the fastest axis first.
std::vector<uint64_t> parse_tdim(std::string_view text) {
  std::vector<uint64_t> dims;
  skip_spaces(text);
  if (text.empty() || text[0] != '(') return {};
  text.remove_prefix(1);
  while (true) {
    skip_spaces(text);
    const auto n = take_number(text);
    if (!n) return {};
    dims.insert(dims.begin(), *n);
    skip_spaces(text);
    if (text.empty()) return {};
    const char c = text[0];
    text.remove_prefix(1);
    if (c == ')') return dims;
    if (c != ',') return {};
  }
}

std::optional<uint64_t> product_of(const std::vector<uint64_t>& dims) {
  std::optional<uint64_t> n = 1;
  for (const uint64_t d : dims) n = n ? checked_mul(*n, d) : n;
  return n;
}

// Splits `repeat` characters into strings: by TDIMn, by the old rAw form, or all of them one.
void shape_strings(Column& column, const std::vector<uint64_t>& tdim, std::string_view rest) {
  column.string_width = column.repeat;
  if (!tdim.empty()) {
    const auto n = product_of(tdim);
    if (n && *n <= column.repeat && tdim.back() > 0) {
      column.string_width = tdim.back();
      column.cell_shape.assign(tdim.begin(), tdim.end() - 1);
      return;
    }
  }
  if (const auto width = take_number(rest); width && *width > 0 && column.repeat % *width == 0) {
    column.string_width = *width;
    if (column.repeat > *width) column.cell_shape = {column.repeat / *width};
  }
}

Error bad_form(const std::string& form, size_t number, std::string expected) {
  Error e =
      Error::of(ErrorCode::kBadHeader, "TFORM" + std::to_string(number) + " is not understood",
                std::move(expected), "'" + form + "'");
  e.keyword = "TFORM" + std::to_string(number);
  return e;
}

// TFORMn of a binary table: rT, rPt(max) or rQt(max) (7.3.1, 7.3.5). Sets the defect when the
// form makes no sense; the width is then unknown, and so is every later column's offset.
void read_binary_form(Column& column, size_t number, const std::vector<uint64_t>& tdim) {
  std::string_view form = column.form;
  skip_spaces(form);
  const auto repeat = take_number(form);
  column.repeat = repeat.value_or(1);
  if (form.empty() || column.repeat > INT64_MAX / 16) {
    column.defect = bad_form(column.form, number, "a repeat count and a type letter");
    return;
  }
  char code = form[0];
  form.remove_prefix(1);
  column.is_variable = code == 'P' || code == 'Q';
  if (column.is_variable) {
    column.is_wide_descriptor = code == 'Q';
    if (form.empty() || column.repeat > 1) {
      column.defect = bad_form(column.form, number, "0P, 1P, 0Q or 1Q and a type letter");
      return;
    }
    code = form[0];
    column.width = column.repeat * (column.is_wide_descriptor ? 16 : 8);
  }
  const auto type = element_type(code);
  if (!type) {
    column.defect = bad_form(column.form, number, "one of L X B I J K A E D C M P Q");
    return;
  }
  column.kind = type->kind;
  column.stored = type->stored;
  if (column.is_variable) return;
  column.width = code == 'X' ? (column.repeat + 7) / 8 : column.repeat * type->size;
  if (column.kind == CellKind::kString) return shape_strings(column, tdim, form);
  if (column.repeat != 1) column.cell_shape = {column.repeat};
  if (!tdim.empty() && product_of(tdim) == column.repeat) column.cell_shape = tdim;
}

// Fw.d, Ew.d, Dw.d, Iw, Aw (7.2.1).
void read_ascii_form(Column& column, size_t number, std::optional<int64_t> tbcol) {
  std::string_view form = column.form;
  skip_spaces(form);
  const char code = form.empty() ? ' ' : form[0];
  if (!form.empty()) form.remove_prefix(1);
  const auto width = take_number(form);
  if (!width || std::string_view("AIFED").find(code) == std::string_view::npos) {
    column.defect = bad_form(column.form, number, "Aw, Iw, Fw.d, Ew.d or Dw.d");
    return;
  }
  if (!tbcol || *tbcol < 1) {
    column.defect =
        Error::of(ErrorCode::kBadHeader, "TBCOL" + std::to_string(number) + " is missing or wrong",
                  "an integer >= 1");
    return;
  }
  if (!form.empty() && form[0] == '.') {
    form.remove_prefix(1);
    column.decimals = take_number(form).value_or(0);
  }
  column.offset = static_cast<uint64_t>(*tbcol) - 1;
  column.width = *width;
  column.kind = code == 'A' ? CellKind::kString : CellKind::kNumber;
  column.stored = code == 'I' ? Dtype::kInt64 : code == 'A' ? Dtype::kUint8 : Dtype::kFloat64;
  column.repeat = code == 'A' ? *width : 1;
  column.string_width = column.repeat;
}

// What the cards say about a column, apart from its form.
Column describe(const Keywords& keywords, size_t number, std::string_view form) {
  Column column;
  column.name = keywords.text("TTYPE", number);
  column.unit = keywords.text("TUNIT", number);
  column.display = keywords.text("TDISP", number);
  column.form = keywords.text(form, number);
  column.scale = keywords.real("TSCAL", number, 1);
  column.zero = keywords.real("TZERO", number, 0);
  column.null = keywords.integer("TNULL", number);
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
