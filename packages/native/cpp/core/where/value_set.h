// What IN compares with.
#pragma once

#include "program.h"
#include "vector.h"

namespace fitstream::where {

// Values of the type that they are compared with, in order, each once.
using ValueSet = std::variant<std::vector<int64_t>, std::vector<uint64_t>, std::vector<double>,
                              std::vector<std::string>>;

// The values of `list` that a value of this type can be equal to.
ValueSet value_set(const List& list, ValueType type);

// Truths of whether the values of `v` are in the set, which was made for their type.
void is_in(const ValueSet& set, const Vector& v, size_t n, Register& out);

}  // namespace fitstream::where
