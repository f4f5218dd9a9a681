#include "cache.h"

namespace fitstream {

std::shared_ptr<const DecodedTile> TileCache::find(uint64_t row, Dtype dtype) {
  const std::scoped_lock lock(mutex_);
  const auto found = by_row_.find(row);
  if (found == by_row_.end() || found->second->tile->dtype != dtype) return nullptr;
  kept_.splice(kept_.begin(), kept_, found->second);
  return found->second->tile;
}

void TileCache::keep(uint64_t row, std::shared_ptr<const DecodedTile> tile) {
  if (tile->length() > max_bytes_) return;
  const std::scoped_lock lock(mutex_);
  if (const auto found = by_row_.find(row); found != by_row_.end()) drop(found->second);
  while (bytes_ + tile->length() > max_bytes_) drop(std::prev(kept_.end()));
  bytes_ += tile->length();
  kept_.push_front({row, std::move(tile)});
  by_row_[row] = kept_.begin();
}

void TileCache::drop(std::list<Kept>::iterator kept) {
  bytes_ -= kept->tile->length();
  by_row_.erase(kept->row);
  kept_.erase(kept);
}

void TileCache::clear() {
  const std::scoped_lock lock(mutex_);
  kept_.clear();
  by_row_.clear();
  bytes_ = 0;
}

uint64_t TileCache::bytes() const {
  const std::scoped_lock lock(mutex_);
  return bytes_;
}

}  // namespace fitstream
