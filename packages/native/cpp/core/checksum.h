// The sum behind DATASUM and CHECKSUM (FITS Standard 4.0, section 4.4.2.7 and appendix J).
#pragma once

#include <cstdint>

#include "bytes.h"
#include "file.h"
#include "status.h"

namespace fitstream {

// The ones' complement sum of big-endian 32-bit words, carried on from `sum`. Bytes after the last
// whole word count as if zeros followed them: only the last piece of a sum may have some.
uint32_t add_checksum(uint32_t sum, ByteSpan bytes);

// The sum of bytes of a file, read block by block.
Result<uint32_t> sum_file(const File& file, uint64_t offset, uint64_t length, CancelFlag cancel);

}  // namespace fitstream
