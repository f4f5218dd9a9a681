// Decoded tiles that are kept for the next window.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "../bytes.h"
#include "../dtype.h"

namespace fitstream {

// The first pixels of a tile, as they come out.
struct DecodedTile {
  DecodedTile(Dtype type, uint64_t count)
      : dtype(type),
        pixels(count),
        bytes(std::make_unique_for_overwrite<std::byte[]>(count * size_of(type))) {}

  uint64_t length() const { return pixels * size_of(dtype); }
  ByteSpan span() const { return {bytes.get(), length()}; }

  Dtype dtype;
  uint64_t pixels;
  std::unique_ptr<std::byte[]> bytes;
};

// The tiles of one image that were used last, up to a number of bytes. Any thread may call it.
class TileCache {
 public:
  explicit TileCache(uint64_t max_bytes) : max_bytes_(max_bytes) {}

  // What is kept of a tile; nothing where it is another type.
  std::shared_ptr<const DecodedTile> find(uint64_t row, Dtype dtype);
  // Keeps it in place of what was kept of that tile.
  void keep(uint64_t row, std::shared_ptr<const DecodedTile> tile);
  void clear();
  uint64_t bytes() const;

 private:
  struct Kept {
    uint64_t row;
    std::shared_ptr<const DecodedTile> tile;
  };
  void drop(std::list<Kept>::iterator kept);

  uint64_t max_bytes_;
  mutable std::mutex mutex_;
  std::list<Kept> kept_;  // most recently used first
  std::unordered_map<uint64_t, std::list<Kept>::iterator> by_row_;
  uint64_t bytes_ = 0;
};

}  // namespace fitstream
