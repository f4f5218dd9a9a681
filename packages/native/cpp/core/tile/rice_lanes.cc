#include "rice_lanes.h"

#include <algorithm>
#include <bit>

#include "rice_lanes_kernels.h"

namespace fitstream {
namespace {

// Fewer streams are faster one by one: a step of 16 lanes takes as long as 3 scalar pixels with
// AVX-512, as 5 with AVX2 (measured on a Zen 5 core).
size_t min_lanes(simd::Level level) { return level == simd::Level::kAvx512 ? 4 : 6; }

RiceProgress decode_by_kernel([[maybe_unused]] simd::Level level,
                              [[maybe_unused]] const RiceCoding& coding,
                              [[maybe_unused]] RiceLaneState& state, [[maybe_unused]] size_t n,
                              [[maybe_unused]] const RiceRows& rows, [[maybe_unused]] size_t at) {
#ifdef FITSTREAM_X86
  if (level == simd::Level::kAvx512) return avx512::decode_blocks(coding, state, n, rows, at);
  return avx2::decode_blocks(coding, state, n, rows, at);
#else
  return {};  // never called: rice_lanes() is below min_lanes()
#endif
}

uint64_t address_of(const std::byte* byte) { return reinterpret_cast<uintptr_t>(byte) * 8; }

}  // namespace

size_t rice_lanes([[maybe_unused]] simd::Level level) {
#ifdef FITSTREAM_X86
  if (level >= simd::Level::kAvx2) return kMaxRiceLanes;
#endif
  return 1;
}

RiceLanes::RiceLanes(const RiceCoding& coding, std::span<const RiceCursor> cursors,
                     simd::Level level)
    : coding_(coding), level_(level), used_(cursors.size()), lanes_(rice_lanes(level)) {
  for (size_t lane = 0; lane < used_; ++lane) begin(lane, cursors[lane]);
  fill_idle_lanes();
}

void RiceLanes::begin(size_t lane, const RiceCursor& cursor) {
  constexpr size_t kReach = RiceLaneState::kReach;
  const ByteSpan stream = cursor.stream;
  streams_[lane] = stream;
  origins_[lane] = address_of(stream.data());
  is_in_tail_[lane] = false;
  state_.limit[lane] = stream.size() < kReach ? 0 : origins_[lane] + (stream.size() - kReach) * 8;
  resume(lane, cursor);
}

// They decode stream 0 over again.
void RiceLanes::fill_idle_lanes() {
  if (used_ < min_lanes(level_)) {
    level_ = simd::Level::kScalar;
    lanes_ = used_;
  }
  for (size_t lane = used_; lane < lanes_; ++lane) begin(lane, cursor(0));
}

void RiceLanes::replace(size_t lane, const RiceCursor& cursor) {
  begin(lane, cursor);
  if (lane == 0) fill_idle_lanes();
}

void RiceLanes::drop(size_t lane) {
  const size_t last = --used_;
  if (lane != last) begin(lane, cursor(last));
  if (used_ > 0) fill_idle_lanes();
}

RiceCursor RiceLanes::cursor(size_t lane) const {
  return {streams_[lane], state_.next[lane] - origins_[lane], state_.last[lane]};
}

void RiceLanes::resume(size_t lane, const RiceCursor& cursor) {
  state_.next[lane] = origins_[lane] + cursor.position;
  state_.last[lane] = cursor.last;
}

Status RiceLanes::decode(size_t n, int32_t* out, size_t step) {
  const size_t in_blocks = level_ == simd::Level::kScalar ? 0 : n - n % coding_.block;
  if (in_blocks > 0) {
    if (Status s = decode_blocks(in_blocks, out, step); !s) return s;
  }
  // Also where no pixels are left: that a stream ended too soon may not have been seen yet.
  for (size_t lane = 0; lane < used_; ++lane) {
    Status s = decode_alone(lane, {out + lane * step + in_blocks, n - in_blocks});
    if (!s) return s;
  }
  return ok();
}

Status RiceLanes::decode_alone(size_t lane, std::span<int32_t> pixels) {
  RiceCursor at = cursor(lane);
  if (Status s = decode_rice(coding_, at, pixels); !s) return s;
  resume(lane, at);
  return ok();
}

Status RiceLanes::decode_blocks(size_t n, int32_t* out, size_t step) {
  RiceRows rows;
  for (size_t lane = 0; lane < lanes_; ++lane) rows[lane] = out + (lane < used_ ? lane : 0) * step;
  for (size_t done = 0; done < n;) {
    if (Status s = stage_tails(); !s) return s;
    const auto progress = decode_by_kernel(level_, coding_, state_, n - done, rows, done);
    done += progress.pixels;
    for (uint32_t odd = progress.odd; odd != 0; odd &= odd - 1) {
      const auto lane = static_cast<size_t>(std::countr_zero(odd));
      if (lane >= used_) {
        resume(lane, cursor(0));
        continue;
      }
      int32_t* block = rows[lane] + done - coding_.block;
      if (Status s = decode_alone(lane, {block, coding_.block}); !s) return s;
    }
  }
  return ok();
}

// Makes it safe to begin a block in every lane.
Status RiceLanes::stage_tails() {
  for (size_t lane = 0; lane < lanes_; ++lane) {
    if (state_.next[lane] <= state_.limit[lane]) continue;
    const RiceCursor at = cursor(lane);
    const uint64_t byte = at.position / 8;
    if (is_in_tail_[lane] || byte > at.stream.size())
      return Error::of(ErrorCode::kCorrupt, "a RICE stream ends before its tile is full");
    const ByteSpan rest = at.stream.subspan(byte);
    auto& tail = tails_[lane];
    std::fill(std::copy(rest.begin(), rest.end(), tail.begin()), tail.end(), std::byte{0});
    is_in_tail_[lane] = true;
    origins_[lane] = address_of(tail.data()) - byte * 8;
    state_.limit[lane] = origins_[lane] + at.stream.size() * 8;
    resume(lane, at);
  }
  return ok();
}

}  // namespace fitstream
