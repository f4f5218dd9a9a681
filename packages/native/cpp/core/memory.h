// Memory that batches are decoded into.
#pragma once

#include "bytes.h"

namespace fitstream {

// Bytes to skip from `address` to reach a multiple of `alignment` (a power of two).
size_t alignment_gap(const void* address, size_t alignment);

// Asks for huge pages under the memory and touches every page of it, so that later writes fault no
// more. Contents are lost. Fresh 4 KiB pages cost a reader more than reading does.
void warm(MutableByteSpan memory);

}  // namespace fitstream
