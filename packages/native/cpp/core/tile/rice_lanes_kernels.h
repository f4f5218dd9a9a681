// What the vector kernels of RiceLanes have in common.
#pragma once

#include "rice_lanes.h"

namespace fitstream {

using RiceRows = std::array<int32_t*, kMaxRiceLanes>;

struct RiceProgress {
  size_t pixels = 0;  // decoded of each lane
  uint32_t odd = 0;   // lanes (bit 0 is lane 0) that stand before the last of these blocks still
};

// Decode whole blocks, `n` pixels of each lane at most, into rows[lane][at ...]. They end before a
// block that a lane may not begin, and behind one that a lane has to decode alone: it is verbatim
// or damaged, or has numbers too long for the kernel. Every lane may begin the first one.
namespace avx2 {
RiceProgress decode_blocks(const RiceCoding& coding, RiceLaneState& state, size_t n,
                           const RiceRows& rows, size_t at);
}
namespace avx512 {
RiceProgress decode_blocks(const RiceCoding& coding, RiceLaneState& state, size_t n,
                           const RiceRows& rows, size_t at);
}

// The kernel that a Decoder makes. It must have no linkage: what becomes of this template holds
// the instructions of one file's level.
template <typename Decoder>
RiceProgress decode_blocks_by(RiceLaneState& state, size_t block, size_t n, const RiceRows& rows,
                              size_t at) {
  Decoder decoder(state);
  RiceProgress progress;
  while (progress.pixels < n && progress.odd == 0 && decoder.may_begin_block()) {
    decoder.begin_block();
    for (size_t i = 0; i < block; i += Decoder::kPixels)
      decoder.decode(rows, at + progress.pixels + i);
    progress.odd = decoder.end_block();
    progress.pixels += block;
  }
  decoder.save(state);
  return progress;
}

template <template <typename Pixel> class Decoder>
RiceProgress decode_blocks_by(const RiceCoding& coding, RiceLaneState& state, size_t n,
                              const RiceRows& rows, size_t at) {
  switch (coding.bytes_per_pixel) {
    case 1:
      return decode_blocks_by<Decoder<uint8_t>>(state, coding.block, n, rows, at);
    case 2:
      return decode_blocks_by<Decoder<int16_t>>(state, coding.block, n, rows, at);
    default:
      return decode_blocks_by<Decoder<int32_t>>(state, coding.block, n, rows, at);
  }
}

}  // namespace fitstream
