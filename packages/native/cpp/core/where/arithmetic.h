// Arithmetic and functions on vectors of numbers or of integers.
#pragma once

#include <optional>

#include "program.h"
#include "vector.h"

namespace fitstream::where {

// Of two vectors of this type, kNumber or kInteger. Returns the first of the `n` rows that leaves
// 64 bits; nulls never do.
std::optional<size_t> arithmetic(Op op, const Vector& a, const Vector& b, size_t n, Register& out);
// The same for negation and the absolute value of integers.
std::optional<size_t> integer_function(Op op, const Vector& v, size_t n, Register& out);
void number_function(Op op, const Vector& v, size_t n, Register& out);

// Integers to the nearest numbers.
void to_number(const Vector& v, size_t n, Register& out);
// Unsigned integers; returns the first that int64 does not hold.
std::optional<size_t> to_integer(const Vector& v, size_t n, Register& out);

}  // namespace fitstream::where
