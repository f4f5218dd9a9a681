// Comparisons of vectors.
#pragma once

#include "program.h"
#include "vector.h"

namespace fitstream::where {

// Truths of `n` comparisons. Both are numeric, of any types, or of the same type.
void compare(Op op, const Vector& a, const Vector& b, size_t n, Register& out);

}  // namespace fitstream::where
