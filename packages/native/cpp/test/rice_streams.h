// RICE_1 streams for tests: pixels that reach every kind of block, and CFITSIO's coding of them.
#pragma once

#include "support.h"
#include "tile/rice.h"

namespace fitstream::test {

// BYTEPIX and BLOCKSIZE, all that there are.
std::vector<RiceCoding> rice_codings();

// In runs of one kind each: constant, smooth, noisy with spikes, anything at all.
std::vector<int32_t> make_rice_pixels(const RiceCoding& coding, size_t n, Random& random);
// As the sky is: noise around a level, of this width.
std::vector<int32_t> make_sky_pixels(const RiceCoding& coding, size_t n, double sigma,
                                     Random& random);

// By CFITSIO.
Bytes encode_rice(const RiceCoding& coding, const std::vector<int32_t>& pixels);
std::vector<int32_t> decode_rice_by_cfitsio(const RiceCoding& coding, const Bytes& stream,
                                            size_t n);

}  // namespace fitstream::test
