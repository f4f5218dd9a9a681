// Streams of tiles to pixels in their places.
#pragma once

#include <memory>
#include <vector>

#include "../simd/convert.h"
#include "coding.h"
#include "grid.h"
#include "hcompress.h"
#include "rice_lanes.h"

namespace fitstream {

// A tile to decode.
struct TileJob {
  TileEntry entry;
  ByteSpan stream;      // the bytes of entry.stream
  uint64_t pixels = 0;  // of the whole tile
  uint64_t needed = 0;  // the first ones, which come out
  TilePlace place;      // with room for them
  // Of a RICE stream: where its decoding begins, the pixels before it being in their places, and
  // then where it has ended, if one can go on there.
  RiceMark* mark = nullptr;
};

// kCorrupt where a stream of this length cannot hold the pixels: asked before memory is taken for
// what only a header speaks of.
Status check_stream(const TileCoding& coding, const TileEntry& entry, uint64_t pixels,
                    uint64_t needed);

// Decodes tiles of one image on one thread; keeps scratch memory.
class TileDecoder {
 public:
  TileDecoder(const TileCoding& coding, simd::Level level) : coding_(coding), level_(level) {}

  // Puts the pixels of each job in their places. `recipe` is what makes such pixels of stored ones,
  // had they been stored plainly. Reorders the jobs.
  Status decode(std::span<TileJob> jobs, const simd::Recipe& recipe);

 private:
  class Output;

  struct RiceTile;

  Status decode_rice_tiles(std::span<TileJob> jobs, const simd::Recipe& recipe);
  Status decode_side_by_side(std::span<const TileJob> jobs, const simd::Recipe& recipe);
  Status end_rice_tile(RiceLanes& lanes, size_t lane, RiceTile& tile);
  Status decode_tile(const TileJob& job, const simd::Recipe& recipe);
  Status decode_integers(const TileJob& job);
  Status decode_gzip(const TileJob& job, bool is_shuffled, Output& output);
  Result<ByteSpan> inflate(const TileJob& job, size_t max_width, bool is_shuffled);

  const TileCoding& coding_;
  simd::Level level_;
  std::vector<std::byte> inflated_;
  std::vector<std::byte> unshuffled_;
  std::vector<int32_t> integers_;
  HcompressScratch hcompress_;
};

}  // namespace fitstream
