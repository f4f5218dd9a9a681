// Several RICE streams decoded in step, a vector lane each. That works because the tiles of an
// image are cut into the same blocks, wherever their bits lie in the streams.
#pragma once

#include <array>

#include "../simd/cpu.h"
#include "rice.h"

namespace fitstream {

inline constexpr size_t kMaxRiceLanes = 16;

// Streams that a level decodes best side by side.
size_t rice_lanes(simd::Level level);

// Where the streams stand, as the kernels see it. Addresses are those of bits: of a byte times 8,
// plus the bit. What `next` points at is in memory with kReach bytes behind it, or more.
struct alignas(64) RiceLaneState {
  // A block of 32 pixels takes 57 bits at most from each of 16 windows or fewer: 114 bytes. Then
  // the 8 bytes where the next one begins are looked at.
  static constexpr size_t kReach = 128;

  std::array<uint64_t, kMaxRiceLanes> next;   // address of the next bit
  std::array<uint64_t, kMaxRiceLanes> limit;  // the last address where a block may begin
  std::array<uint32_t, kMaxRiceLanes> last;   // RiceCursor::last
};

// Decodes the streams of some tiles, in parts if need be, so that a caller can use the pixels
// while they are in cache. A few streams do not fill the vectors: they are decoded one by one.
class RiceLanes {
 public:
  // Streams from wherever a block of theirs begins. 1 <= cursors.size() <= rice_lanes(level). The
  // streams must outlive this.
  RiceLanes(const RiceCoding& coding, std::span<const RiceCursor> cursors, simd::Level level);
  RiceLanes(const RiceLanes&) = delete;  // the state points into tails_
  RiceLanes& operator=(const RiceLanes&) = delete;

  // Streams that are decoded.
  size_t size() const { return used_; }
  // Where the stream of a lane stands.
  RiceCursor cursor(size_t lane) const;

  // Decodes the next `n` pixels of every stream: those of stream i to out[i * step ...]. `n` is a
  // multiple of coding.block, except in the last call; n <= step. kCorrupt when any of the streams
  // is damaged or ends before that; pixels and position are lost then. Nothing behind the end of a
  // stream is read.
  Status decode(size_t n, int32_t* out, size_t step);
  // The last pixels of one stream, which do not fill a block.
  Status decode_end(size_t lane, std::span<int32_t> pixels) { return decode_alone(lane, pixels); }

  // Goes on with another stream in place of one.
  void replace(size_t lane, const RiceCursor& cursor);
  // Without the stream of a lane: the last lane's comes in its place.
  void drop(size_t lane);

 private:
  void begin(size_t lane, const RiceCursor& cursor);
  void resume(size_t lane, const RiceCursor& cursor);
  void fill_idle_lanes();
  Status decode_alone(size_t lane, std::span<int32_t> pixels);
  Status decode_blocks(size_t n, int32_t* out, size_t step);
  Status stage_tails();

  RiceCoding coding_;
  simd::Level level_;
  size_t used_;   // lanes that have a stream of their own
  size_t lanes_;  // with idle ones, which decode stream 0 over again
  RiceLaneState state_;
  std::array<ByteSpan, kMaxRiceLanes> streams_;
  // Address of bit 0 of each stream; in a tail, where that bit would be.
  std::array<uint64_t, kMaxRiceLanes> origins_;
  // The last bytes of each stream, and zeros for what the kernels read ahead.
  std::array<std::array<std::byte, 2 * RiceLaneState::kReach>, kMaxRiceLanes> tails_;
  std::array<bool, kMaxRiceLanes> is_in_tail_{};
};

}  // namespace fitstream
