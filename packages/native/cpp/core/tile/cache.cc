#include "cache.h"

#include <algorithm>

namespace fitstream {
namespace {

// A cutout's tiles of most images; from this length on memory lies on huge pages and is used again.
constexpr uint64_t kSlab = uint64_t{2} << 20;
constexpr size_t kCacheLine = 64;
// An image of 4096 x 4096 float32 pixels.
constexpr uint64_t kMaxShared = uint64_t{64} << 20;

}  // namespace

std::byte* TileSlab::take(size_t length) {
  if (length > memory_.size() - taken_) return nullptr;
  std::byte* const at = memory_.data() + taken_;
  taken_ = std::min(memory_.size(), (taken_ + length + kCacheLine - 1) / kCacheLine * kCacheLine);
  return at;
}

DecodedTile TileMemory::take(Dtype dtype, uint64_t pixels) {
  const uint64_t length = pixels * size_of(dtype);
  auto slab = slab_.lock();
  std::byte* bytes = slab ? slab->take(length) : nullptr;
  if (bytes == nullptr) {
    slab_ = slab = std::make_shared<TileSlab>(std::max(length, kSlab));
    bytes = slab->take(length);
  }
  return {dtype, pixels, bytes, std::move(slab), {}};
}

TileCache& TileCache::shared() {
  // Never destroyed: threads may read while the process exits.
  static TileCache& the = *new TileCache(kMaxShared);
  return the;
}

uint64_t TileCache::add_image() {
  const std::scoped_lock lock(mutex_);
  images_.try_emplace(next_image_);
  return next_image_++;
}

void TileCache::drop_image(uint64_t image) {
  const std::scoped_lock lock(mutex_);
  for (Place place = slabs_.begin(); place != slabs_.end();) {
    const Place next = std::next(place);
    if (place->image == image) drop(place);
    place = next;
  }
  images_.erase(image);
}

std::optional<DecodedTile> TileCache::find(uint64_t image, uint64_t row, Dtype dtype) {
  const std::scoped_lock lock(mutex_);
  const auto& tiles = images_.at(image);
  const auto found = tiles.find(row);
  if (found == tiles.end() || found->second.tile.dtype != dtype) return std::nullopt;
  slabs_.splice(slabs_.begin(), slabs_, found->second.place);
  return found->second.tile;
}

void TileCache::keep(uint64_t image, uint64_t row, DecodedTile tile) {
  if (tile.slab->length() > max_bytes_) return;
  const std::scoped_lock lock(mutex_);
  const Place place = place_of(image, tile.slab);
  place->rows.push_back(row);
  images_.at(image).insert_or_assign(row, KeptTile{std::move(tile), place});
}

TileCache::Place TileCache::place_of(uint64_t image, const std::shared_ptr<TileSlab>& slab) {
  const auto known = std::ranges::find(slabs_, slab, &KeptSlab::slab);
  if (known != slabs_.end()) return known;
  while (bytes_ + slab->length() > max_bytes_) drop(std::prev(slabs_.end()));
  bytes_ += slab->length();
  slabs_.push_front({slab, image, {}});
  return slabs_.begin();
}

void TileCache::drop(Place place) {
  auto& tiles = images_.at(place->image);
  for (const uint64_t row : place->rows) {
    const auto kept = tiles.find(row);
    // It may lie in another slab by now.
    if (kept != tiles.end() && kept->second.place == place) tiles.erase(kept);
  }
  bytes_ -= place->slab->length();
  slabs_.erase(place);
}

uint64_t TileCache::bytes() const {
  const std::scoped_lock lock(mutex_);
  return bytes_;
}

}  // namespace fitstream
