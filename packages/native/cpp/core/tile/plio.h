// PLIO_1 streams: line lists of IRAF (FITS Standard 4.0, section 10.4.3).
#pragma once

#include "../bytes.h"
#include "../status.h"

namespace fitstream {

// Decodes the first pixels of a line list of 16-bit words: as many as `pixels` has. Those behind
// its last instruction are 0. kCorrupt when the list is shorter than it says, or says nothing.
Status decode_plio(ByteSpan stream, std::span<int32_t> pixels);

}  // namespace fitstream
