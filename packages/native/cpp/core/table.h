// Columns of a table: where they lie in a row, and how their cells become arrays. FITS Standard
// 4.0, sections 7.2 (ASCII) and 7.3 (binary).
#pragma once

#include <string>
#include <vector>

#include "card.h"
#include "file.h"
#include "hdu.h"
#include "simd/convert.h"
#include "status.h"

namespace fitstream {

// What a cell holds, apart from its numeric type.
enum class CellKind : uint8_t {
  kNumber,
  kLogical,  // L: one byte each, 'T', 'F' or 0 for undefined
  kBit,      // X: packed, most significant first
  kComplex,  // C, M: pairs
  kString,   // A
};

struct Column {
  std::string name;     // TTYPEn; empty where absent
  std::string unit;     // TUNITn
  std::string display;  // TDISPn
  std::string form;     // TFORMn as written
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

// One column's values in native order. Ownership passes to the caller.
struct ColumnData {
  // Numbers: rows x cell_shape elements of natural_dtype(). Logical and bits: one byte each, 0 or
  // 1. Complex: pairs. Strings: their bytes, one after the other.
  std::vector<std::byte> values;
  // Strings: where each begins in `values`, and where the last ends. Variable-length columns:
  // where each row begins, in elements, and the total.
  std::vector<double> offsets;
  // One bit an element (least significant first), 0 where it is null (TNULL, undefined logical,
  // blank ASCII field). Empty when there is no null.
  std::vector<uint8_t> validity;
  uint64_t elements = 0;
  uint64_t nulls = 0;
};

// Where the elements of a variable-length cell lie.
struct HeapCell {
  uint64_t count = 0;   // elements
  uint64_t offset = 0;  // bytes from the start of the heap
};

struct RowRange {
  uint64_t first = 0;
  uint64_t count = 0;
};

// Where the bytes of a table come from: a file, or memory that holds the whole data unit.
class TableBytes {
 public:
  virtual ~TableBytes() = default;
  // `to.size()` bytes at `offset` from the start of the data unit.
  virtual Status read(uint64_t offset, MutableByteSpan to) const = 0;
  // Bytes of the data unit that are there, from its start.
  virtual uint64_t length() const = 0;
};
class TableFile final : public TableBytes {
 public:
  TableFile(const File& file, uint64_t data_offset) : file_(file), data_offset_(data_offset) {}
  Status read(uint64_t offset, MutableByteSpan to) const override;
  uint64_t length() const override;

 private:
  const File& file_;
  uint64_t data_offset_;
};
// `data` starts `skipped` bytes into the data unit: a remote reader fetches only the rows it needs.
class TableMemory final : public TableBytes {
 public:
  explicit TableMemory(ByteSpan data, uint64_t skipped = 0) : data_(data), skipped_(skipped) {}
  Status read(uint64_t offset, MutableByteSpan to) const override;
  uint64_t length() const override { return skipped_ + data_.size(); }

 private:
  ByteSpan data_;
  uint64_t skipped_;
};

// Reads the named columns (by index) of some rows. `max_bytes` bounds what comes out, against
// descriptors that all point at the same bytes.
Result<std::vector<ColumnData>> read_columns(const TableLayout& layout, const TableBytes& bytes,
                                             const std::vector<size_t>& columns, RowRange rows,
                                             uint64_t max_bytes, simd::Level level,
                                             CancelFlag cancel);

// The descriptors of a variable-length column, each checked to lie inside the heap. Empty for 0P
// and 0Q, which have none.
Result<std::vector<HeapCell>> read_descriptors(const TableLayout& layout, const TableBytes& bytes,
                                               size_t column);

}  // namespace fitstream
