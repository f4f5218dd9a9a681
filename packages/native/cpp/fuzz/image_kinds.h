// The compressed images that the target `compressed_image` knows: what their headers say.
#pragma once

#include <array>
#include <vector>

#include "support.h"

namespace fitstream::fuzz {

// Axes in FITS order. Tiles are small: a few bytes of HCOMPRESS_1 stand for any number of pixels.
struct ImageKind {
  const char* codec;
  int bitpix;
  std::vector<uint64_t> axes;
  std::vector<uint64_t> tile;
  const char* dither = "";  // ZQUANTIZ; floats without it are lossless
  int rice_width = 4;       // BYTEPIX
  int rice_block = 32;      // BLOCKSIZE
  bool is_smooth = false;   // SMOOTH of HCOMPRESS_1
  bool has_blank = false;   // ZBLANK
  double zero = 0;          // BZERO
};
const std::vector<ImageKind>& image_kinds();

uint64_t tiles_of(const ImageKind& kind);

// A row of its table: descriptors (1P) of COMPRESSED_DATA, GZIP_COMPRESSED_DATA and
// UNCOMPRESSED_DATA, then ZSCALE and ZZERO where it is quantized.
inline constexpr uint64_t kDescriptors = 3 * 8;
uint64_t row_length_of(const ImageKind& kind);

// Its header, for a data unit of so many bytes; the rows are there.
std::string header_of(const ImageKind& kind, uint64_t data_length);

}  // namespace fitstream::fuzz
