#include "form.h"

#include <algorithm>
#include <charconv>

#include "../bytes.h"

namespace fitstream {
namespace {

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

}  // namespace

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

}  // namespace fitstream
