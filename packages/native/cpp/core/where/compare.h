// Comparisons of vectors.
#pragma once

#include "../simd/cpu.h"
#include "program.h"
#include "vector.h"

namespace fitstream::where {

// Truths of `n` comparisons. Both are numeric, of any types, or of the same type.
void compare(Op op, const Vector& a, const Vector& b, size_t n, simd::Level level, Register& out);

}  // namespace fitstream::where
