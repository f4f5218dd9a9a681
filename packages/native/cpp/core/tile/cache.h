// Decoded tiles that are kept for the next window.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "../array.h"
#include "../bytes.h"
#include "../dtype.h"
#include "rice.h"

namespace fitstream {

// Memory for tiles of one image that are decoded one after the other. Taking it for each alone, and
// from the kernel, would cost as much as decoding them does.
class TileSlab {
 public:
  explicit TileSlab(size_t length) : memory_(length) {}

  size_t length() const { return memory_.size(); }
  // The next bytes of it; nothing where there is no room for them.
  std::byte* take(size_t length);

 private:
  Array<std::byte> memory_;
  size_t taken_ = 0;
};

// The first pixels of a tile, as they come out. Copies share them.
struct DecodedTile {
  uint64_t length() const { return pixels * size_of(dtype); }
  ByteSpan span() const { return {bytes, length()}; }

  Dtype dtype;
  uint64_t pixels;
  std::byte* bytes;
  std::shared_ptr<TileSlab> slab;
  RiceMark mark{};  // where the decoding of more of it begins
};

// Gives memory for the tiles that one thread decodes. It is theirs: when they are dropped, it goes.
class TileMemory {
 public:
  DecodedTile take(Dtype dtype, uint64_t pixels);

 private:
  std::weak_ptr<TileSlab> slab_;
};

// The tiles that were used last, up to a number of bytes. What lies in one slab goes together. Any
// thread may call it.
class TileCache {
 public:
  // Of all images that this process reads.
  static TileCache& shared();
  explicit TileCache(uint64_t max_bytes) : max_bytes_(max_bytes) {}

  // A number for an image that is opened.
  uint64_t add_image();
  // Drops its tiles.
  void drop_image(uint64_t image);

  // What is kept of a tile, which is a row of the image's table; nothing where it is another type.
  std::optional<DecodedTile> find(uint64_t image, uint64_t row, Dtype dtype);
  // Keeps it in place of what was kept of that tile.
  void keep(uint64_t image, uint64_t row, DecodedTile tile);
  // Of the slabs.
  uint64_t bytes() const;

 private:
  struct KeptSlab {
    std::shared_ptr<TileSlab> slab;
    uint64_t image;
    std::vector<uint64_t> rows;
  };
  using Place = std::list<KeptSlab>::iterator;
  struct KeptTile {
    DecodedTile tile;
    Place place;
  };
  Place place_of(uint64_t image, const std::shared_ptr<TileSlab>& slab);
  void drop(Place place);

  uint64_t max_bytes_;
  mutable std::mutex mutex_;
  std::list<KeptSlab> slabs_;  // most recently used first
  std::unordered_map<uint64_t, std::unordered_map<uint64_t, KeptTile>> images_;  // by row
  uint64_t next_image_ = 0;
  uint64_t bytes_ = 0;
};

// The tiles of one image, while it is open.
class ImageTiles {
 public:
  explicit ImageTiles(TileCache& cache) : cache_(cache), image_(cache.add_image()) {}
  ImageTiles(const ImageTiles&) = delete;
  ImageTiles& operator=(const ImageTiles&) = delete;
  ~ImageTiles() { cache_.drop_image(image_); }

  std::optional<DecodedTile> find(uint64_t row, Dtype dtype) {
    return cache_.find(image_, row, dtype);
  }
  void keep(uint64_t row, DecodedTile tile) { cache_.keep(image_, row, std::move(tile)); }
  void clear() {
    cache_.drop_image(image_);
    image_ = cache_.add_image();
  }

 private:
  TileCache& cache_;
  uint64_t image_;
};

}  // namespace fitstream
