// Three-valued logic.
#pragma once

#include "program.h"
#include "vector.h"

namespace fitstream::where {

void logic(Op op, const Vector& a, const Vector& b, size_t n, Register& out);
void negate_truths(const Vector& v, size_t n, Register& out);
// Of values of any type; never unknown itself.
void is_null(const Vector& v, size_t n, Register& out);

}  // namespace fitstream::where
