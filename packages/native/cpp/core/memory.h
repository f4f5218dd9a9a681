// Memory that batches are decoded into.
#pragma once

#include "bytes.h"

namespace fitstream {

// Bytes to skip from `address` to reach a multiple of `alignment` (a power of two).
size_t alignment_gap(const void* address, size_t alignment);

// Asks for huge pages under memory that has not been touched yet: the first write to it then costs
// a fifth. Advice only; contents and address stay.
void advise_huge_pages(MutableByteSpan memory);

}  // namespace fitstream
