// RICE_1 streams (FITS Standard 4.0, section 10.4.1; White & Becker 1998).
#pragma once

#include "../bytes.h"
#include "../status.h"

namespace fitstream {

// What ZNAMEi and ZVALi say about the streams of an image (table 37).
struct RiceCoding {
  int bytes_per_pixel = 4;  // BYTEPIX: 1, 2 or 4
  uint32_t block = 32;      // BLOCKSIZE: pixels that share a number of low bits
};

// Pixels that a stream of this length can hold at most: a block of equal pixels takes 3 bits.
constexpr uint64_t max_rice_pixels(const RiceCoding& coding, uint64_t stream_length) {
  return (stream_length * 8 / 3 + 1) * coding.block;
}

// Decodes the first pixels of a stream: as many as `pixels` has. One-byte pixels are unsigned, the
// others signed. kCorrupt when the stream ends before that; nothing behind its end is read.
Status decode_rice(const RiceCoding& coding, ByteSpan stream, std::span<int32_t> pixels);

// Where the decoding of a stream stands.
struct RiceCursor {
  ByteSpan stream;
  uint64_t position = 0;  // of the next bit
  uint32_t last = 0;      // the pixel before it, right in as many bits as a pixel has
};
// The same to go on from another time: of a tile, whose stream is found again.
struct RiceMark {
  uint64_t pixels = 0;  // before it; 0: at the begin
  uint64_t position = 0;
  uint32_t last = 0;
};
// Before the first block.
RiceCursor start_rice(const RiceCoding& coding, ByteSpan stream);
// Decodes the next pixels: whole blocks, unless they are the last ones.
Status decode_rice(const RiceCoding& coding, RiceCursor& cursor, std::span<int32_t> pixels);

// What differs between the widths of pixels: bits that name a block's low bits (the name is one
// more than those), and the number of low bits that stands for verbatim differences.
template <typename Pixel>
struct RiceWidth;
template <>
struct RiceWidth<uint8_t> {
  static constexpr int kNameBits = 3, kVerbatim = 6;
};
template <>
struct RiceWidth<int16_t> {
  static constexpr int kNameBits = 4, kVerbatim = 14;
};
template <>
struct RiceWidth<int32_t> {
  static constexpr int kNameBits = 5, kVerbatim = 25;
};

}  // namespace fitstream
