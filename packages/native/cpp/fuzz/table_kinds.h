// The tables that the targets `table` and `compressed_table` know, and what holds of every read.
#pragma once

#include <functional>
#include <vector>

#include "header.h"
#include "support.h"
#include "table/read.h"

namespace fitstream::fuzz {

struct ColumnKind {
  const char* form;
  const char* codec = "";  // ZCTYPn
  const char* shape = "";  // TDIMn
  const char* null = "";   // TNULLn
  const char* zero = "";   // TZEROn
};
struct TableKind {
  std::vector<ColumnKind> columns;
  uint64_t row_length;
  bool is_ascii = false;
};
const std::vector<TableKind>& table_kinds();
// Their forms, codecs and row length are those of what is expanded.
const std::vector<TableKind>& compressed_table_kinds();

// The header for a data unit of so many bytes, of which `gap` lie between rows and heap.
std::string header_of(const TableKind& kind, uint64_t rows, uint64_t gap, uint64_t data_length);
// The same compressed, `tile_rows` in a tile. Descriptors are 1QB.
std::string compressed_header_of(const TableKind& kind, uint64_t rows, uint64_t tile_rows,
                                 uint64_t data_length);
uint64_t stored_length_of(const TableKind& kind, uint64_t rows, uint64_t tile_rows);

// Reads every column alone, all together, in two parts, row by row, and at every level: the values
// must agree.
using ReadColumns = std::function<Result<std::vector<ColumnData>>(const TableRequest& request)>;
void check_reads(const TableLayout& layout, uint64_t cut, const ReadColumns& read);

}  // namespace fitstream::fuzz
