// How an image is cut into tiles, and which of them a window touches (FITS Standard 4.0, section
// 10.1).
#pragma once

#include <vector>

#include "../image.h"

namespace fitstream {

// A tile: its place in the table, and the pixels of the image that it covers. C order.
struct Tile {
  uint64_t row = 0;
  std::vector<uint64_t> origin;
  std::vector<uint64_t> shape;  // less than ZTILEn at the far edges

  uint64_t pixels() const;
};

// Tiles lie in the table in the order of the pixels, the first axis of FITS fastest.
class TileGrid {
 public:
  // Shape of the image, and of a tile; C order, nothing zero.
  TileGrid(std::vector<uint64_t> image, std::vector<uint64_t> tile)
      : image_(std::move(image)), tile_(std::move(tile)) {}

  // Pixels along the slowest axis of a tile.
  uint64_t depth() const { return tile_[0]; }
  // Pixels of a whole tile.
  uint64_t tile_pixels() const;

  // Calls `visit(const Tile&)` for every tile that has a pixel of the window, until one fails.
  template <typename Visit>
  Status for_each_touched(const Window& window, Visit visit) const {
    const size_t rank = tile_.size();
    std::vector<uint64_t> first(rank), last(rank);
    for (size_t i = 0; i < rank; ++i) {
      first[i] = window.origin[i] / tile_[i];
      last[i] = (window.origin[i] + (window.shape[i] - 1) * window.stride[i]) / tile_[i];
    }
    for (std::vector<uint64_t> at = first;;) {
      if (Status s = visit(tile_at(at)); !s) return s;
      size_t axis = rank;
      while (axis > 0 && at[axis - 1] == last[axis - 1]) --axis, at[axis] = first[axis];
      if (axis == 0) return ok();
      ++at[axis - 1];
    }
  }

 private:
  Tile tile_at(const std::vector<uint64_t>& at) const;

  std::vector<uint64_t> image_;
  std::vector<uint64_t> tile_;
};

// The pixels of a window that lie in one tile, as a box of the tile and of the output.
struct TilePart {
  std::vector<uint64_t> tile_origin;    // first pixel, in the tile
  std::vector<uint64_t> window_origin;  // where it comes out
  std::vector<uint64_t> shape;          // pixels that come out; zero where there are none
  std::vector<uint64_t> stride;         // in the tile

  bool is_empty() const;
  // Pixels of the tile up to the last one that is needed, in its own order.
  uint64_t pixels_needed(const Tile& tile) const;
};
TilePart part_of(const Tile& tile, const Window& window);

// Copies the part from the tile's pixels to the window's, `size` bytes each.
void copy_part(const TilePart& part, const Tile& tile, ByteSpan from, const Window& window,
               MutableByteSpan to, size_t size);

}  // namespace fitstream
