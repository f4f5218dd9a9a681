// Tiles from the data unit to the windows that need them.
#pragma once

#include <memory>
#include <vector>

#include "../range_reader.h"
#include "cache.h"
#include "coding.h"
#include "decoder.h"
#include "grid.h"

namespace fitstream {

// A window of an image, and memory for its pixels: as many as its shape counts.
struct WindowTarget {
  Window window;
  MutableByteSpan pixels;
};

// That a window may need a tile.
struct TileUse {
  uint64_t row = 0;   // of the tile in its table
  size_t window = 0;  // which one
};

// What all readers of an image share. Any thread may use it.
struct TileSource {
  std::unique_ptr<const TableBytes> bytes;  // the data unit
  TileGrid grid;
  TileCoding coding;
  ImageTiles kept{TileCache::shared()};
};

// Reads tiles on one thread; keeps scratch memory.
class TileReader {
 public:
  TileReader(TileSource& source, simd::Level level)
      : source_(source), decoder_(source.coding, level) {}

  // Decodes each tile of the uses once, at most, and puts its pixels into the windows that use it.
  // The uses are sorted by row. Tiles that a window cuts through stay in the cache.
  Status read(std::span<const TileUse> uses, std::span<const WindowTarget> windows,
              const simd::Recipe& recipe);

 private:
  // A part of a tile, and the window that it comes out in.
  struct Part {
    TilePart part;
    const WindowTarget* target;
  };
  struct TouchedTile {
    Tile tile;
    size_t first_part = 0;
    size_t parts = 0;
    uint64_t needed = 0;                   // pixels, from the first on
    uint64_t wanted = 0;                   // those that are decoded: not fewer
    bool is_direct = false;                // goes to its window without a copy
    std::optional<DecodedTile> begun{};    // kept before, but less than is needed
    std::optional<DecodedTile> decoded{};  // kept before, or made now
  };

  void find_parts(std::span<const TileUse> uses, std::span<const WindowTarget> windows);
  void find_kept(TouchedTile& touched, Dtype out);
  Status read_entries();
  TilePlace place_of(TouchedTile& touched, Dtype out);
  Status decode_streams(const simd::Recipe& recipe);
  Status decode_missing(const simd::Recipe& recipe);
  Status decode_wanted(const simd::Recipe& recipe);

  TileSource& source_;
  TileDecoder decoder_;
  TileMemory memory_;
  RangeReader rows_;
  RangeReader streams_;
  std::vector<Part> parts_;
  std::vector<TouchedTile> tiles_;
  std::vector<TouchedTile*> missing_;  // those that are not kept
  std::vector<ByteRange> ranges_;
  std::vector<TileEntry> entries_;  // of the missing ones
  std::vector<TileJob> jobs_;
};

}  // namespace fitstream
