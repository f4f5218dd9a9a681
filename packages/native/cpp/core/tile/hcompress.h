// HCOMPRESS_1 streams (FITS Standard 4.0, section 10.4.4; White, Postman & Lattanzi 1992).
#pragma once

#include <vector>

#include "../bytes.h"
#include "../simd/cpu.h"
#include "../status.h"

namespace fitstream {

// What the header says about the streams of an image.
struct HcompressCoding {
  bool is_smooth = false;  // ZVALi of ZNAMEi = 'SMOOTH'
  // As CFITSIO: the arithmetic of images of ZBITPIX 8 and 16 wraps around at 32 bits, that of
  // others at 64, and the pixels are their low 32 bits.
  bool is_wide = false;
};

// Memory that decoding reuses. One per thread.
struct HcompressScratch {
  std::vector<uint8_t> magnitudes;
  std::vector<uint8_t> codes;
  std::vector<std::byte> signs;
  std::vector<int32_t> narrow;
  std::vector<int64_t> wide;
};

// Decodes a whole tile. A stream names its rows and columns, which must fill `pixels`; they leave
// out axes of one pixel, and so need not be those of the tile. It has no least length: one of 26
// bytes may hold a constant tile of any size, so callers bound the tile themselves. Every level
// gives the same pixels. kCorrupt when the stream is of another size, makes no sense, or ends too
// soon; nothing behind its end is read.
Status decode_hcompress(const HcompressCoding& coding, ByteSpan stream, simd::Level level,
                        HcompressScratch& scratch, std::span<int32_t> pixels);

}  // namespace fitstream
