// How an image is cut into tiles, and which of them a window touches (FITS Standard 4.0, section
// 10.1). All in C order.
#pragma once

#include <array>
#include <vector>

#include "../image.h"

namespace fitstream {

// Axes of a compressed image, at most: tiles are made and dropped by the thousand, so their shapes
// lie in place and not on the heap.
inline constexpr size_t kMaxTileAxes = 8;
using TileIndex = std::array<uint64_t, kMaxTileAxes>;

// A tile: its place in the table, and the pixels of the image that it covers.
struct Tile {
  uint64_t row = 0;
  size_t rank = 0;
  TileIndex origin{};
  TileIndex shape{};  // less than ZTILEn at the far edges

  uint64_t pixels() const;
};

// Tiles lie in the table in the order of the pixels, the first axis of FITS fastest.
class TileGrid {
 public:
  // Shape of the image, and of a tile: as many axes, 1 to kMaxTileAxes of them, nothing zero.
  TileGrid(const std::vector<uint64_t>& image, const std::vector<uint64_t>& tile);

  Tile tile(uint64_t row) const;
  // Pixels of a whole tile.
  uint64_t tile_pixels() const { return tile(0).pixels(); }
  // Rows of the tiles that have a pixel in the window's box, ascending, behind those in `rows`.
  void append_touched(const Window& window, std::vector<uint64_t>& rows) const;

 private:
  size_t rank_;
  TileIndex image_{};
  TileIndex tile_{};
  TileIndex tiles_{};  // along each axis
};

// The pixels of a window that lie in one tile, as a box of the tile and of the output.
struct TilePart {
  TileIndex tile_origin{};    // first pixel, in the tile
  TileIndex window_origin{};  // where it comes out
  TileIndex shape{};          // pixels that come out; zero where a stride leaps over the tile
  TileIndex stride{};         // in the tile

  bool is_empty(const Tile& tile) const;
  // Whether it is all of the tile.
  bool is_whole(const Tile& tile) const { return shape == tile.shape; }
  // Pixels of the tile up to the last one that is needed, in its own order.
  uint64_t pixels_needed(const Tile& tile) const;
};
TilePart part_of(const Tile& tile, const Window& window);

// Copies the part from the tile's pixels to the window's, `size` bytes each.
void copy_part(const TilePart& part, const Tile& tile, ByteSpan from, const Window& window,
               MutableByteSpan to, size_t size);

// Where the pixels of a tile go, one after the other: runs that lie together in the output.
class TilePlace {
 public:
  // To memory that holds the tile alone.
  TilePlace(const Tile& tile, std::byte* out, size_t size);
  // To their places in the output of a window that has all of the tile; part.is_whole().
  TilePlace(const Tile& tile, const TilePart& part, const Window& window, std::byte* out,
            size_t size);

  std::byte* at() const { return at_; }
  // Pixels that go to at() and behind it.
  uint64_t run() const { return left_; }
  // n <= run()
  void advance(uint64_t n);

 private:
  struct Axis {
    uint64_t count;
    uint64_t at;
    ptrdiff_t step;  // bytes from the end of one run to the begin of the next along it
  };
  size_t size_;
  uint64_t run_;
  uint64_t left_;
  std::byte* at_;
  size_t axes_ = 0;  // those that are not in the run, fastest first
  std::array<Axis, kMaxTileAxes> axis_{};
};

}  // namespace fitstream
