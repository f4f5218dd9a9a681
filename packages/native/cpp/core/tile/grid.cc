#include "grid.h"

#include <algorithm>

namespace fitstream {
namespace {

uint64_t product_of(const std::vector<uint64_t>& shape) {
  uint64_t n = 1;
  for (const uint64_t x : shape) n *= x;
  return n;
}

uint64_t index_in(const std::vector<uint64_t>& shape, const std::vector<uint64_t>& at) {
  uint64_t index = 0;
  for (size_t i = 0; i < shape.size(); ++i) index = index * shape[i] + at[i];
  return index;
}

void copy_row(const std::byte* from, uint64_t step, std::byte* to, uint64_t n, size_t size) {
  if (step == size) {
    std::memcpy(to, from, n * size);
    return;
  }
  for (uint64_t i = 0; i < n; ++i) std::memcpy(to + i * size, from + i * step, size);
}

}  // namespace

uint64_t Tile::pixels() const { return product_of(shape); }

uint64_t TileGrid::tile_pixels() const {
  uint64_t n = 1;
  for (size_t i = 0; i < tile_.size(); ++i) n *= std::min(tile_[i], image_[i]);
  return n;
}

Tile TileGrid::tile_at(const std::vector<uint64_t>& at) const {
  Tile tile;
  for (size_t i = 0; i < at.size(); ++i) {
    tile.row = tile.row * ((image_[i] - 1) / tile_[i] + 1) + at[i];
    tile.origin.push_back(at[i] * tile_[i]);
    tile.shape.push_back(std::min(tile_[i], image_[i] - tile.origin[i]));
  }
  return tile;
}

bool TilePart::is_empty() const { return product_of(shape) == 0; }

uint64_t TilePart::pixels_needed(const Tile& tile) const {
  std::vector<uint64_t> last = tile_origin;
  for (size_t i = 0; i < last.size(); ++i) last[i] += (shape[i] - 1) * stride[i];
  return index_in(tile.shape, last) + 1;
}

TilePart part_of(const Tile& tile, const Window& window) {
  TilePart part;
  part.stride = window.stride;
  for (size_t i = 0; i < tile.shape.size(); ++i) {
    const uint64_t step = window.stride[i];
    const uint64_t begin = tile.origin[i];
    const uint64_t end = begin + tile.shape[i];
    // The first pixel of the window at or behind the tile's first, and the first behind its end.
    const auto at_or_behind = [&](uint64_t x) {
      const uint64_t k = x <= window.origin[i] ? 0 : (x - window.origin[i] - 1) / step + 1;
      return std::min(k, window.shape[i]);
    };
    const uint64_t first = at_or_behind(begin);
    part.window_origin.push_back(first);
    part.tile_origin.push_back(window.origin[i] + first * step - begin);
    part.shape.push_back(at_or_behind(end) - first);
  }
  return part;
}

void copy_part(const TilePart& part, const Tile& tile, ByteSpan from, const Window& window,
               MutableByteSpan to, size_t size) {
  const size_t rank = part.shape.size();
  const size_t row = rank - 1;
  const uint64_t step = part.stride[row] * size;
  std::vector<uint64_t> source = part.tile_origin;
  std::vector<uint64_t> target = part.window_origin;
  for (;;) {
    copy_row(from.data() + index_in(tile.shape, source) * size, step,
             to.data() + index_in(window.shape, target) * size, part.shape[row], size);
    size_t axis = row;
    for (;;) {
      if (axis == 0) return;
      --axis;
      source[axis] += part.stride[axis];
      if (++target[axis] < part.window_origin[axis] + part.shape[axis]) break;
      source[axis] = part.tile_origin[axis];
      target[axis] = part.window_origin[axis];
    }
  }
}

}  // namespace fitstream
