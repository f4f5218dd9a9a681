#include "table_writer.h"

#include <algorithm>

#include "../header.h"
#include "error.h"
#include "keyword_writer.h"

namespace fitstream::cfitsio {
namespace {

// Rows are encoded and handed over in pieces that stay in the L2 cache.
constexpr uint64_t kPiece = uint64_t{1} << 19;

// The type that the convention for unsigned integers and signed bytes stores a type as.
Dtype stored_type(Dtype t) {
  for (const Dtype stored : {Dtype::kUint8, Dtype::kInt16, Dtype::kInt32, Dtype::kInt64})
    if (sign_flipped(stored) == t) return stored;
  return t;
}

Dtype stored_of(const ColumnToWrite& c) { return c.stored.value_or(stored_type(c.cells.dtype)); }

char letter_of(const ColumnToWrite& c) {
  switch (c.kind) {
    case CellKind::kLogical:
      return 'L';
    case CellKind::kBit:
      return 'X';
    case CellKind::kString:
    case CellKind::kBytes:
      return 'A';
    case CellKind::kComplex:
      return c.cells.dtype == Dtype::kFloat32 ? 'C' : 'M';
    case CellKind::kNumber:
      break;
  }
  // In the order of Dtype; stored types are never unsigned beyond 8 bits.
  constexpr char kLetters[] = "B__I_J_KED";
  return kLetters[static_cast<size_t>(stored_of(c))];
}

std::string binary_form(const ColumnToWrite& c) {
  if (c.is_variable) return std::string(c.is_wide ? "1Q" : "1P") + letter_of(c);
  uint64_t repeat = c.kind == CellKind::kString ? c.string_width : 1;
  for (const uint64_t n : c.cell_shape) repeat *= n;
  return std::to_string(repeat) + letter_of(c);
}

// TDIMn, the fastest axis first; empty where the repeat count says it all.
std::string dimensions_of(const ColumnToWrite& c) {
  const bool is_string = c.kind == CellKind::kString;
  if (c.is_variable || c.cell_shape.size() < (is_string ? 1U : 2U)) return {};
  std::string text = "(" + (is_string ? std::to_string(c.string_width) + "," : std::string());
  for (size_t i = c.cell_shape.size(); i-- > 0;)
    text += std::to_string(c.cell_shape[i]) + (i > 0 ? "," : ")");
  return text;
}

Status check_columns(const TableToWrite& table) {
  if (table.columns.size() > 999)
    return Error::of(ErrorCode::kBadArgument, "the table has too many columns", "at most 999",
                     std::to_string(table.columns.size()));
  for (const ColumnToWrite& c : table.columns) {
    for (const std::string& text : {c.cells.name, c.unit, c.display, c.null_text, dimensions_of(c)})
      // CFITSIO would cut it.
      if (!fits_card(text))
        return Error::of(ErrorCode::kBadArgument,
                         "a text about column '" + c.cells.name + "' does not fit a card",
                         std::to_string(kCardString) + " characters", text);
    std::optional<uint64_t> size = std::max<uint64_t>(c.string_width, 16);
    for (const uint64_t n : c.cell_shape) size = size ? checked_mul(*size, n) : size;
    if (!size)
      return Error::of(ErrorCode::kSizeOverflow,
                       "the size of column '" + c.cells.name + "' overflows");
  }
  return ok();
}

// What TFORMn and TTYPEn do not say about column `number`.
Status describe_column(fitsfile* file, const ColumnToWrite& c, bool is_ascii, size_t number) {
  const std::string n = std::to_string(number);
  std::vector<KeywordValue> keywords;
  if (const std::string dimensions = dimensions_of(c); !is_ascii && !dimensions.empty())
    keywords.push_back({"TDIM" + n, dimensions, "shape of a cell"});
  if (c.stored) {
    keywords.push_back({"TSCAL" + n, c.scale, "value = stored * TSCAL + TZERO"});
    keywords.push_back({"TZERO" + n, c.zero, ""});
  } else if (!is_ascii && c.kind == CellKind::kNumber && stored_of(c) != c.cells.dtype) {
    keywords.push_back({"TSCAL" + n, int64_t{1}, ""});
    // Whole numbers: other readers take real ones for a scaling.
    const double zero = sign_flip_zero(stored_of(c));
    if (zero < 0)
      keywords.push_back({"TZERO" + n, static_cast<int64_t>(zero), "signed bytes"});
    else
      keywords.push_back({"TZERO" + n, static_cast<uint64_t>(zero), "unsigned integers"});
  }
  if (c.null) keywords.push_back({"TNULL" + n, *c.null, "stands for no value"});
  if (!c.null_text.empty()) keywords.push_back({"TNULL" + n, c.null_text, "stands for no value"});
  if (!c.display.empty()) keywords.push_back({"TDISP" + n, c.display, ""});
  for (const KeywordValue& k : keywords)
    if (Status s = write_keyword(file, k); !s) return s;
  if (c.comment.empty()) return ok();
  return write_keyword(file, {"TTYPE" + n, c.cells.name, c.comment});
}

// The layout of the table whose header was just written: read as any reader would.
Result<TableLayout> written_layout(fitsfile* file) {
  char* text = nullptr;
  int count = 0;
  int status = 0;
  fits_hdr2str(file, 0, nullptr, 0, &text, &count, &status);
  if (status) return error_of(status, "cannot read the table's header again");
  std::string header = text;
  fits_free_memory(text, &status);
  header.resize(*padded_to_block(header.size()), ' ');
  const auto hdu = scan_hdu(header, 0, 1);
  if (!hdu) return hdu.error();
  if (!*hdu) return Error::of(ErrorCode::kIo, "the table's header has no end");
  return layout_of_table(**hdu, parse_cards(header));
}

}  // namespace

Result<RowEncoder> create_table(fitsfile* file, const TableToWrite& table) {
  if (Status can = check_columns(table); !can) return can.error();
  std::vector<std::string> forms;
  for (const ColumnToWrite& c : table.columns)
    forms.push_back(table.is_ascii ? c.ascii_form : binary_form(c));
  std::vector<char*> names, form_pointers, units;
  std::vector<ColumnCells> cells;
  for (size_t i = 0; i < forms.size(); ++i) {
    const ColumnToWrite& c = table.columns[i];
    names.push_back(const_cast<char*>(c.cells.name.c_str()));
    form_pointers.push_back(forms[i].data());
    units.push_back(const_cast<char*>(c.unit.c_str()));
    cells.push_back(c.cells);
  }
  int status = 0;
  fits_create_tbl(file, table.is_ascii ? ASCII_TBL : BINARY_TBL, 0, static_cast<int>(forms.size()),
                  names.data(), form_pointers.data(), units.data(), nullptr, &status);
  if (status) {
    Error e = error_of(status, "cannot create the table");
    if (e.code == ErrorCode::kCorrupt) e.code = ErrorCode::kBadArgument;
    return e;
  }
  for (size_t i = 0; i < forms.size(); ++i)
    if (Status s = describe_column(file, table.columns[i], table.is_ascii, i + 1); !s)
      return s.error();
  auto layout = written_layout(file);
  if (!layout) return layout.error();
  return RowEncoder::make(std::move(*layout), cells, 0);
}

Status write_table(fitsfile* file, RowEncoder& encoder, const Progress& progress) {
  int status = 0;
  fits_modify_key_lng(file, "NAXIS2", static_cast<LONGLONG>(encoder.rows()), "&", &status);
  fits_modify_key_lng(file, "PCOUNT", static_cast<LONGLONG>(encoder.heap_length()), "&", &status);
  fits_set_hdustruc(file, &status);
  if (status) return error_of(status, "cannot make room for the rows");
  const uint64_t heap_at = encoder.rows() * encoder.layout().frame.row_length;
  return write_rows(file, encoder, 0, heap_at, progress);
}

Status write_rows(fitsfile* file, RowEncoder& encoder, uint64_t first_row, uint64_t heap_at,
                  const Progress& progress) {
  const TableFrame& frame = encoder.layout().frame;
  const bool keeps_others = !encoder.missing().empty();
  const uint64_t in_piece = std::max<uint64_t>(1, kPiece / std::max<uint64_t>(1, frame.row_length));
  // What stands between the fields of an ASCII table are spaces (7.2.3).
  std::vector<std::byte> piece(std::min(in_piece, encoder.rows()) * frame.row_length,
                               encoder.layout().is_ascii ? std::byte{' '} : std::byte{0});
  int status = 0;
  for (uint64_t row = 0; row < encoder.rows() && frame.row_length > 0; row += in_piece) {
    const uint64_t count = std::min(in_piece, encoder.rows() - row);
    const auto at = static_cast<LONGLONG>((first_row + row) * frame.row_length);
    const auto length = static_cast<LONGLONG>(count * frame.row_length);
    if (keeps_others) fits_read_ext(file, at, length, piece.data(), &status);
    encoder.encode_rows(count, piece.data());
    fits_write_ext(file, at, length, piece.data(), &status);
    if (status) return error_of(status, "cannot write the rows");
    if (Status s = progress.advance(static_cast<uint64_t>(length)); !s) return s;
  }
  uint64_t at = heap_at;
  for (ByteSpan heap = encoder.next_heap_piece(); !heap.empty(); heap = encoder.next_heap_piece()) {
    fits_write_ext(file, static_cast<LONGLONG>(at), static_cast<LONGLONG>(heap.size()),
                   const_cast<std::byte*>(heap.data()), &status);
    if (status) return error_of(status, "cannot write the heap");
    if (Status s = progress.advance(heap.size()); !s) return s;
    at += heap.size();
  }
  return ok();
}

}  // namespace fitstream::cfitsio
