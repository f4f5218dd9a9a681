// Columns of a table: where they lie in a row, and what their cells hold. FITS Standard 4.0,
// sections 7.2 (ASCII) and 7.3 (binary).
#pragma once

#include <string>
#include <vector>

#include "../card.h"
#include "../dtype.h"
#include "../hdu.h"
#include "../status.h"

namespace fitstream {

// What a cell holds, apart from its numeric type.
enum class CellKind : uint8_t {
  kNumber,
  kLogical,  // L: one byte each, 'T', 'F' or 0 for undefined
  kBit,      // X: packed, most significant first
  kComplex,  // C, M: pairs
  kString,   // A
  kBytes,    // A, as its bytes: see as_bytes()
};

struct Column {
  std::string name;         // TTYPEn; empty where absent
  std::string unit;         // TUNITn
  std::string display;      // TDISPn
  std::string description;  // TCOMMn
  std::string ucd;          // TUCDn
  std::string form;         // TFORMn as written
  CellKind kind = CellKind::kNumber;
  Dtype stored = Dtype::kUint8;      // of one number, or of each half of a complex pair
  bool is_variable = false;          // P or Q: the row holds a descriptor, the heap the elements
  bool is_wide_descriptor = false;   // Q
  uint64_t repeat = 1;               // elements in a row (characters for A, bits for X)
  uint64_t offset = 0;               // of the cell in its row, bytes
  uint64_t width = 0;                // of the cell in its row, bytes
  std::vector<uint64_t> cell_shape;  // C order; empty for one element. From TDIMn or repeat
  uint64_t string_width = 0;         // A: characters of one string
  double scale = 1;                  // TSCALn
  double zero = 0;                   // TZEROn
  std::optional<int64_t> null;       // TNULLn
  // The range of the physical values that are there (TDMINn, TDMAXn), and of those that may be
  // (TLMINn, TLMAXn).
  std::optional<double> data_min, data_max, legal_min, legal_max;
  // ASCII tables: TNULLn as text, and the decimals of Fw.d where the field has no point.
  std::string null_text;
  uint64_t decimals = 0;
  // Why this column cannot be read; the others can.
  std::optional<Error> defect;

  // The type that the physical values come out as.
  Dtype natural_dtype() const;
};

struct TableLayout {
  TableFrame frame;
  uint64_t data_offset = 0;
  uint64_t data_length = 0;
  bool is_ascii = false;
  std::vector<Column> columns;
};

// `cards` are those of the HDU's header.
Result<TableLayout> layout_of_table(const Hdu& hdu, const std::vector<Card>& cards);

// The same table with values as they are stored: no TSCALn and TZEROn, logicals as their bytes.
TableLayout as_stored(TableLayout layout);

// The same table with strings as the characters that lie in the file, padding and all: one more
// axis, of string_width bytes.
TableLayout as_bytes(TableLayout layout);

// Strings in a cell. Characters that TDIMn leaves over belong to none.
uint64_t strings_per_row(const Column& column);

}  // namespace fitstream
