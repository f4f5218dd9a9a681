// Windows of a tile-compressed image, decoded by CFITSIO.
#pragma once

#include <vector>

#include "../image.h"
#include "session.h"

namespace fitstream::cfitsio {

// `recipe` says which type comes out and which stored value is undefined; CFITSIO does the scaling.
Status read_subset(Session& session, const simd::Recipe& recipe, const Window& window,
                   MutableByteSpan pixels);

// The bytes of the variable-length cell in this row of this column, both zero-based. The descriptor
// is read anew: one of more than `max_bytes` is kFileChanged, for it was checked when the image was
// opened.
Result<std::vector<std::byte>> read_cell(Session& session, size_t column, uint64_t row,
                                         uint64_t max_bytes);

// Reads stored values from now on, without BSCALE and BZERO.
Status ignore_scaling(Session& session);

}  // namespace fitstream::cfitsio
