// What TFORMn, TDIMn and TBCOLn say about a column.
#pragma once

#include <vector>

#include "layout.h"

namespace fitstream {

// TFORMn of a binary table: rT, rPt(max) or rQt(max) (7.3.1, 7.3.5). Sets the defect when the
// form makes no sense; the width is then unknown, and so is every later column's offset.
void read_binary_form(Column& column, size_t number, const std::vector<uint64_t>& tdim);

// Fw.d, Ew.d, Dw.d, Iw, Aw (7.2.1). Sets the defect likewise.
void read_ascii_form(Column& column, size_t number, std::optional<int64_t> tbcol);

// "(2,3)" to {3, 2}: TDIMn names the fastest axis first. Empty where it makes no sense.
std::vector<uint64_t> parse_tdim(std::string_view text);

}  // namespace fitstream
