// Native numbers to stored ones: the reverse of simd/convert.h's plain conversions.
#pragma once

#include "bytes.h"
#include "dtype.h"

namespace fitstream {

// Writes `n` numbers of a type in big-endian order. `flips_sign` subtracts the zero point of the
// convention for unsigned integers and signed bytes.
void store_big_endian(Dtype dtype, bool flips_sign, const std::byte* from, std::byte* to, size_t n);

}  // namespace fitstream
