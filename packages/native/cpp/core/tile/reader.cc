#include "reader.h"

#include <algorithm>
#include <cstring>

namespace fitstream {
namespace {

// Tiles of which the first pixels are needed are decoded by steps of so many: streams that are
// decoded side by side come to an end together then.
constexpr uint64_t kStep = 512;

}  // namespace

// The tiles that have a pixel of a window, and which.
void TileReader::find_parts(std::span<const TileUse> uses, std::span<const WindowTarget> windows) {
  parts_.clear();
  tiles_.clear();
  for (size_t i = 0; i < uses.size();) {
    TouchedTile touched{source_.grid.tile(uses[i].row), parts_.size()};
    for (; i < uses.size() && uses[i].row == touched.tile.row; ++i) {
      const WindowTarget& target = windows[uses[i].window];
      const TilePart part = part_of(touched.tile, target.window);
      if (part.is_empty(touched.tile)) continue;  // a stride leaps over it
      parts_.push_back({part, &target});
      touched.needed = std::max(touched.needed, part.pixels_needed(touched.tile));
    }
    touched.wanted = std::min((touched.needed + kStep - 1) / kStep * kStep, touched.tile.pixels());
    touched.parts = parts_.size() - touched.first_part;
    if (touched.parts == 0) continue;
    touched.is_direct = touched.parts == 1 && parts_.back().part.is_whole(touched.tile);
    tiles_.push_back(std::move(touched));
  }
}

void TileReader::find_kept(TouchedTile& touched, Dtype out) {
  if (touched.is_direct) return;  // nothing of it was left for another window
  auto kept = source_.kept.find(touched.tile.row, out);
  if (!kept) return;
  if (kept->pixels >= touched.needed) {
    touched.decoded = std::move(kept);
    return;
  }
  // Who comes a second time gets all of it.
  touched.wanted = touched.tile.pixels();
  touched.begun = std::move(kept);
}

Status TileReader::read_entries() {
  const uint64_t length = source_.coding.row_length();
  ranges_.clear();
  for (const TouchedTile* touched : missing_)
    ranges_.push_back({touched->tile.row * length, length});
  const auto rows = rows_.read(*source_.bytes, ranges_);
  if (!rows) return rows.error();
  entries_.clear();
  for (size_t i = 0; i < missing_.size(); ++i) {
    const Tile& tile = missing_[i]->tile;
    auto entry = source_.coding.entry(tile.row, (*rows)[i].data());
    if (!entry) return entry.error();
    if (Status s = check_stream(source_.coding, *entry, tile.pixels(), missing_[i]->wanted); !s)
      return s;
    entries_.push_back(std::move(*entry));
  }
  return ok();
}

// Where the pixels of a missing tile go: to their window, or to memory that is kept.
TilePlace TileReader::place_of(TouchedTile& touched, Dtype out) {
  const size_t size = size_of(out);
  if (touched.is_direct) {
    const Part& part = parts_[touched.first_part];
    return TilePlace(touched.tile, part.part, part.target->window, part.target->pixels.data(),
                     size);
  }
  DecodedTile& decoded = touched.decoded.emplace(memory_.take(out, touched.wanted));
  if (touched.begun && touched.begun->mark.pixels > 0) {
    decoded.mark = touched.begun->mark;
    std::memcpy(decoded.bytes, touched.begun->bytes, decoded.mark.pixels * size);
  }
  return TilePlace(touched.tile, decoded.bytes, size);
}

Status TileReader::decode_streams(const simd::Recipe& recipe) {
  if (Status s = read_entries(); !s) return s;
  ranges_.clear();
  for (const TileEntry& entry : entries_) ranges_.push_back(entry.stream);
  const auto streams = streams_.read(*source_.bytes, ranges_);
  if (!streams) return streams.error();
  jobs_.clear();
  for (size_t i = 0; i < missing_.size(); ++i) {
    TouchedTile& touched = *missing_[i];
    const Tile& tile = touched.tile;
    const TilePlace place = place_of(touched, recipe.out);
    RiceMark* const mark = touched.decoded ? &touched.decoded->mark : nullptr;
    jobs_.push_back(
        {std::move(entries_[i]), (*streams)[i], tile.pixels(), touched.wanted, place, mark});
  }
  return decoder_.decode(jobs_, recipe);
}

Status TileReader::decode_missing(const simd::Recipe& recipe) {
  if (Status s = checked(*source_.bytes, decode_streams(recipe)); !s) return s;
  for (const TouchedTile* touched : missing_)
    if (touched->decoded) source_.kept.keep(touched->tile.row, *touched->decoded);
  return ok();
}

// A tile that is damaged behind the pixels that are needed gives them, whatever was read before.
Status TileReader::decode_wanted(const simd::Recipe& recipe) {
  Status decoded = decode_missing(recipe);
  bool is_more = false;
  for (TouchedTile* touched : missing_) {
    is_more = is_more || touched->wanted > touched->needed;
    touched->wanted = touched->needed;
  }
  return decoded || !is_more ? decoded : decode_missing(recipe);
}

Status TileReader::read(std::span<const TileUse> uses, std::span<const WindowTarget> windows,
                        const simd::Recipe& recipe) {
  find_parts(uses, windows);
  missing_.clear();
  for (TouchedTile& touched : tiles_) {
    find_kept(touched, recipe.out);
    if (!touched.decoded) missing_.push_back(&touched);
  }
  if (!missing_.empty())
    if (Status s = decode_wanted(recipe); !s) return s;
  for (TouchedTile& touched : tiles_) {
    if (!touched.decoded) continue;
    for (size_t i = 0; i < touched.parts; ++i) {
      const auto& [part, target] = parts_[touched.first_part + i];
      copy_part(part, touched.tile, touched.decoded->span(), target->window, target->pixels,
                size_of(recipe.out));
    }
    touched.decoded.reset();
    touched.begun.reset();
  }
  return ok();
}

}  // namespace fitstream
