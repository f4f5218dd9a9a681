// The order of bytes in GZIP_2 streams (FITS Standard 4.0, section 10.4.2).
#pragma once

#include "../bytes.h"

namespace fitstream {

// Puts elements of `width` bytes (1, 2, 4 or 8) together again: `from` holds the first byte of
// every element, then every second one, and so on. `to` is as long as `from`, whole elements, and
// does not overlap it.
void unshuffle(ByteSpan from, size_t width, MutableByteSpan to);

}  // namespace fitstream
