// Tiles of a compressed image as pixels: RICE_1, GZIP_1, GZIP_2 (FITS Standard 4.0, sections 10.1
// to 10.4.2).
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "../image.h"
#include "../table/read.h"
#include "grid.h"
#include "quantize.h"
#include "rice.h"

namespace fitstream {

enum class TileCodec : uint8_t { kRice, kGzip1, kGzip2 };

// A column of streams, one a tile.
struct StreamColumn {
  size_t column = 0;
  std::vector<HeapCell> cells;
};

// What is needed to decode any tile; plain data, made when the image is opened.
struct CodedImage {
  Dtype stored = Dtype::kInt16;  // by ZBITPIX
  TileCodec codec = TileCodec::kRice;
  RiceCoding rice;
  StreamColumn data;                  // COMPRESSED_DATA
  std::optional<StreamColumn> plain;  // GZIP_COMPRESSED_DATA: floats as they are

  // Of floats that were quantized to integers; `scales` is empty where they were not.
  Dither dither = Dither::kNone;
  uint64_t seed = 1;                           // ZDITHER0
  std::vector<double> scales;                  // ZSCALE: of each tile, or one for all
  std::vector<double> zeros;                   // ZZERO, likewise
  std::vector<std::optional<int32_t>> blanks;  // ZBLANK, likewise; empty: no pixel is undefined

  // The column that has the tile; nothing where it is one that only CFITSIO reads here.
  std::optional<size_t> column_of(uint64_t row) const;
};

// Nothing where the image is coded in another way, or uses what only CFITSIO reads here: scaled
// integers per tile, masks of undefined pixels, 64-bit integers.
Result<std::optional<CodedImage>> coded_image_of(const Hdu& hdu, std::string_view header,
                                                 const TableLayout& layout,
                                                 const TableBytes& bytes);

// Memory that decoding reuses. One per thread.
struct TileScratch {
  Scratch bytes;     // a stream's content
  Scratch shuffled;  // the same before its bytes were put in order
  std::vector<int32_t> stored;
};

// Which tile, and how much of it.
struct TileRequest {
  uint64_t row = 0;
  uint64_t pixels = 0;  // of the whole tile
  uint64_t needed = 0;  // the first ones
};

// Decodes the first pixels of a tile to native ones of type `recipe.out`. `stream` is the tile's
// cell of column_of(row); `recipe` is what makes such pixels of stored ones, had they been stored
// plainly; it must not scale floats. `out` is made as long as the pixels are, when the stream is
// long enough to hold them.
Status decode_tile(const CodedImage& image, const TileRequest& tile, ByteSpan stream,
                   const simd::Recipe& recipe, simd::Level level, TileScratch& scratch,
                   std::vector<std::byte>& out);

}  // namespace fitstream
