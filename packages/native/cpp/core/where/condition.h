// What rows of a table are searched for.
#pragma once

#include "expression.h"

namespace fitstream::where {

struct Condition {
  Program program;
  // What the program sees of the table: physical values, also where others come out.
  const TableLayout& layout;
  uint64_t limit = UINT64_MAX;  // of hits; no rows behind the last of them are searched

  // Its columns must be readable, and the result boolean.
  Result<Expression> compile() const;
};

}  // namespace fitstream::where
