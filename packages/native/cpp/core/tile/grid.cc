#include "grid.h"

#include <algorithm>

namespace fitstream {
namespace {

uint64_t product_of(const TileIndex& shape, size_t rank) {
  uint64_t n = 1;
  for (size_t i = 0; i < rank; ++i) n *= shape[i];
  return n;
}

template <typename Shape>
uint64_t index_in(const Shape& shape, const TileIndex& at, size_t rank) {
  uint64_t index = 0;
  for (size_t i = 0; i < rank; ++i) index = index * shape[i] + at[i];
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

uint64_t Tile::pixels() const { return product_of(shape, rank); }

TileGrid::TileGrid(const std::vector<uint64_t>& image, const std::vector<uint64_t>& tile)
    : rank_(image.size()) {
  for (size_t i = 0; i < rank_; ++i) {
    image_[i] = image[i];
    tile_[i] = tile[i];
    tiles_[i] = (image[i] - 1) / tile[i] + 1;
  }
}

Tile TileGrid::tile(uint64_t row) const {
  Tile tile;
  tile.row = row;
  tile.rank = rank_;
  for (size_t i = rank_; i-- > 0;) {
    tile.origin[i] = row % tiles_[i] * tile_[i];
    tile.shape[i] = std::min(tile_[i], image_[i] - tile.origin[i]);
    row /= tiles_[i];
  }
  return tile;
}

void TileGrid::append_touched(const Window& window, std::vector<uint64_t>& rows) const {
  TileIndex first{}, last{};
  for (size_t i = 0; i < rank_; ++i) {
    first[i] = window.origin[i] / tile_[i];
    last[i] = (window.origin[i] + (window.shape[i] - 1) * window.stride[i]) / tile_[i];
  }
  for (TileIndex at = first;;) {
    rows.push_back(index_in(tiles_, at, rank_));
    size_t axis = rank_;
    while (axis > 0 && at[axis - 1] == last[axis - 1]) --axis, at[axis] = first[axis];
    if (axis == 0) return;
    ++at[axis - 1];
  }
}

bool TilePart::is_empty(const Tile& tile) const { return product_of(shape, tile.rank) == 0; }

uint64_t TilePart::pixels_needed(const Tile& tile) const {
  TileIndex last = tile_origin;
  for (size_t i = 0; i < tile.rank; ++i) last[i] += (shape[i] - 1) * stride[i];
  return index_in(tile.shape, last, tile.rank) + 1;
}

TilePart part_of(const Tile& tile, const Window& window) {
  TilePart part;
  for (size_t i = 0; i < tile.rank; ++i) {
    const uint64_t step = window.stride[i];
    const uint64_t begin = tile.origin[i];
    const uint64_t end = begin + tile.shape[i];
    // The first pixel of the window at or behind the tile's first, and the first behind its end.
    const auto at_or_behind = [&](uint64_t x) {
      const uint64_t k = x <= window.origin[i] ? 0 : (x - window.origin[i] - 1) / step + 1;
      return std::min(k, window.shape[i]);
    };
    const uint64_t first = at_or_behind(begin);
    part.stride[i] = step;
    part.window_origin[i] = first;
    part.tile_origin[i] = window.origin[i] + first * step - begin;
    part.shape[i] = at_or_behind(end) - first;
  }
  return part;
}

void copy_part(const TilePart& part, const Tile& tile, ByteSpan from, const Window& window,
               MutableByteSpan to, size_t size) {
  const size_t row = tile.rank - 1;
  const uint64_t step = part.stride[row] * size;
  TileIndex source = part.tile_origin;
  TileIndex target = part.window_origin;
  for (;;) {
    copy_row(from.data() + index_in(tile.shape, source, tile.rank) * size, step,
             to.data() + index_in(window.shape, target, tile.rank) * size, part.shape[row], size);
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

TilePlace::TilePlace(const Tile& tile, std::byte* out, size_t size)
    : size_(size), run_(tile.pixels()), left_(run_), at_(out) {}

TilePlace::TilePlace(const Tile& tile, const TilePart& part, const Window& window, std::byte* out,
                     size_t size)
    : size_(size),
      run_(1),
      at_(out + index_in(window.shape, part.window_origin, tile.rank) * size) {
  // The tile's fastest axis is a run, and so are those after it while there is no gap between.
  size_t i = tile.rank;
  uint64_t step = 1;  // pixels of the window from one to the next along axis i
  do {
    --i;
    run_ *= tile.shape[i];
    step *= window.shape[i];
  } while (i > 0 && tile.shape[i] == window.shape[i]);
  left_ = run_;
  uint64_t done = run_;  // pixels from the begin of a run to the end of the last one inside axis i
  while (i-- > 0) {
    axis_[axes_++] = {tile.shape[i], 0, static_cast<ptrdiff_t>((step - done) * size)};
    done += (tile.shape[i] - 1) * step;
    step *= window.shape[i];
  }
}

void TilePlace::advance(uint64_t n) {
  at_ += n * size_;
  left_ -= n;
  if (left_ > 0) return;
  for (size_t i = 0; i < axes_; ++i) {
    if (++axis_[i].at < axis_[i].count) {
      at_ += axis_[i].step;
      left_ = run_;
      return;
    }
    axis_[i].at = 0;
  }
}

}  // namespace fitstream
