// Memory that batches are decoded into.
#pragma once

#include "bytes.h"

namespace fitstream {

// Bytes to skip from `address` to reach a multiple of `alignment` (a power of two).
size_t alignment_gap(const void* address, size_t alignment);

// Asks for huge pages under memory that has not been touched yet: the first write to it then costs
// a fifth. Advice only; contents and address stay.
void advise_huge_pages(MutableByteSpan memory);

// Whether memory has been written to before, as far as its middle tells: the first write to a page
// has the kernel fill it with zeros.
bool is_touched(MutableByteSpan memory);

// Pages for one large array, from the start of a huge page. What is in them is whatever it is.
// Empty when there is no memory, or when so much was taken that it may not be given back in time:
// a garbage collector decides about that.
MutableByteSpan take_pages(size_t bytes);

// Gives back what take_pages gave. Up to 128 MiB are kept for the next taker, which then writes to
// pages that are there.
void give_back_pages(MutableByteSpan pages);

}  // namespace fitstream
