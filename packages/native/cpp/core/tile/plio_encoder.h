// Masks to PLIO_1 streams (FITS Standard 4.0, section 10.4.3). Ours, because CFITSIO's encoder
// miscodes 4095 zeros before a single pixel, and writes behind its buffer where a list is longer
// than its pixels (https://github.com/heasarc/cfitsio/issues/136).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace fitstream {

// The words of the line list of these pixels, which are 0 to 2^24 - 1.
std::vector<int16_t> encode_plio(std::span<const int32_t> pixels);

}  // namespace fitstream
