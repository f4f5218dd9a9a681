// Tiles of an image whose codec is RICE_1, as pixels (FITS Standard 4.0, sections 10.1 to 10.4.1).
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "image.h"
#include "quantize.h"
#include "rice.h"
#include "table.h"
#include "tile_grid.h"

namespace fitstream {

// What is needed to decode any tile; plain data, made when the image is opened.
struct RiceImage {
  Dtype stored = Dtype::kInt16;  // by ZBITPIX
  RiceCoding coding;
  size_t column = 0;                           // COMPRESSED_DATA
  std::vector<HeapCell> cells;                 // where the stream of each tile lies
  Dither dither = Dither::kNone;               // floats only, as the following
  uint64_t seed = 1;                           // ZDITHER0
  std::vector<double> scales;                  // ZSCALE: of each tile, or one for all
  std::vector<double> zeros;                   // ZZERO, likewise
  std::vector<std::optional<int32_t>> blanks;  // ZBLANK, likewise; empty: no pixel is undefined

  // Whether the tile lies in COMPRESSED_DATA; another column has those that did not compress.
  bool has(uint64_t row) const { return cells[row].count > 0; }
};

// Nothing where the image is coded in another way, or uses what only CFITSIO reads here: scaled
// integers per tile, masks of undefined pixels, 64-bit pixels.
Result<std::optional<RiceImage>> rice_image_of(const Hdu& hdu, std::string_view header,
                                               const TableLayout& layout, const TableBytes& bytes);

// Memory that decoding reuses. One per thread.
struct RiceScratch {
  std::vector<int32_t> stored;
  Scratch pixels;
};

// Decodes the first `n` pixels of a tile to native ones of type `recipe.out`. `recipe` is what
// makes such pixels of stored ones, had they been stored plainly; floats must not be scaled by it.
Status decode_rice_tile(const RiceImage& image, uint64_t row, ByteSpan stream, uint64_t n,
                        const simd::Recipe& recipe, simd::Level level, RiceScratch& scratch,
                        MutableByteSpan out);

}  // namespace fitstream
