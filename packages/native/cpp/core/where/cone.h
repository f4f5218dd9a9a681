// Cone search.
#pragma once

#include <array>

#include "vector.h"

namespace fitstream::where {

// Truths of whether a position lies within a radius of another, along the great circle: vectors
// ra, dec, ra0, dec0 and radius of numbers, in degrees. Right to 1e-9 degrees on the whole sky.
// What has a declination beyond the poles is no position, and within no radius.
void within(const std::array<const Vector*, 5>& v, size_t n, Register& out);

}  // namespace fitstream::where
