// The recipe carried out: bytes of a plan's runs to pixels.
#include <algorithm>
#include <cstring>

#include "image.h"
#include "image_runs.h"
#include "memory.h"

namespace fitstream {
namespace {

// Read and swap this much at a time: it is still in the L2 cache when it is swapped, which is
// worth a third of the whole read (1 MiB and 256 KiB measured the same within noise).
constexpr uint64_t kReadBlock = uint64_t{512} << 10;
// The same where the pixels pass through scratch memory: 64 to 256 KiB measured the same.
constexpr uint64_t kBounceBlock = uint64_t{256} << 10;
// Runs closer than this are read together: a pread costs what copying 16 KiB does.
constexpr uint64_t kMaxGap = uint64_t{16} << 10;
// From here on an output is written past the caches; a smaller one stays there for whoever uses it
// next. Rows below the second size are too short for it. New memory is not: when the kernel has
// filled a huge page with zeros, much of that page is in the caches (10 % of a whole read).
constexpr uint64_t kStreamedOutput = uint64_t{4} << 20;
constexpr uint64_t kStreamedRun = uint64_t{8} << 10;

bool is_streamed(const ImagePlan& plan, MutableByteSpan out) {
  return plan.out_length() >= kStreamedOutput &&
         plan.run_pixels * size_of(plan.recipe.out) >= kStreamedRun && is_touched(out);
}

// Pixels that lie `step` bytes apart, packed.
template <typename U>
void gather(const std::byte* from, uint64_t step, std::byte* to, uint64_t n) {
  for (uint64_t i = 0; i < n; ++i) std::memcpy(to + i * sizeof(U), from + i * step, sizeof(U));
}
void gather(uint64_t width, const std::byte* from, uint64_t step, std::byte* to, uint64_t n) {
  switch (width) {
    case 1:
      return gather<uint8_t>(from, step, to, n);
    case 2:
      return gather<uint16_t>(from, step, to, n);
    case 4:
      return gather<uint32_t>(from, step, to, n);
    default:
      return gather<uint64_t>(from, step, to, n);
  }
}

// Turns raw pixels into output, front to back.
class Decoder {
 public:
  Decoder(const ImagePlan& plan, ImageTarget target, simd::Level level)
      : plan_(plan),
        target_(target),
        level_(level),
        width_(size_of(plan.recipe.stored)),
        is_streamed_(is_streamed(plan, target.pixels)) {}

  // `n` pixels of a run, the first at `raw`, plan.pixel_step bytes apart.
  void decode(const std::byte* raw, uint64_t n) {
    if (plan_.pixel_step == width_) return decode_contiguous(raw, n);
    std::byte gathered[4096];
    const uint64_t fit = sizeof gathered / width_;
    for (uint64_t done = 0; done < n;) {
      const uint64_t now = std::min(fit, n - done);
      gather(width_, raw + done * plan_.pixel_step, plan_.pixel_step, gathered, now);
      decode_contiguous(gathered, now);
      done += now;
    }
  }

  // `runs` of `n` pixels each, the first at `raw`, `step` bytes apart.
  void decode_runs(const std::byte* raw, uint64_t step, uint64_t n, uint64_t runs) {
    const bool is_plain = plan_.pixel_step == width_ && target_.mask.empty() && !is_streamed_;
    if (is_plain) {
      simd::convert_rows(plan_.recipe, raw, step, next_place(), n, runs, level_);
      done_ += n * runs;
      return;
    }
    for (uint64_t i = 0; i < runs; ++i) decode(raw + i * step, n);
  }

  // Where the next pixel goes, for reading straight to its place.
  std::byte* next_place() const {
    return target_.pixels.data() + done_ * size_of(plan_.recipe.out);
  }
  uint64_t blank_count() const { return blank_; }
  // Whether pixels are written past the caches.
  bool streams() const { return is_streamed_; }

 private:
  void decode_contiguous(const std::byte* raw, uint64_t n) {
    if (!target_.mask.empty() && plan_.recipe.blank)
      blank_ += simd::mark_blank(plan_.recipe.stored, *plan_.recipe.blank, raw,
                                 target_.mask.data() + done_, n);
    std::byte* const to = next_place();
    if (raw != to && is_streamed_)
      simd::convert_streaming(plan_.recipe, raw, to, n, level_);
    else if (raw != to || !simd::is_copy(plan_.recipe))
      simd::convert(plan_.recipe, raw, to, n, level_);
    done_ += n;
  }

  const ImagePlan& plan_;
  ImageTarget target_;
  simd::Level level_;
  uint64_t width_;
  bool is_streamed_;
  uint64_t done_ = 0;
  uint64_t blank_ = 0;
};

Status check_target(const ImagePlan& plan, const ImageTarget& target) {
  if (target.pixels.size() != plan.out_length())
    return Error::of(ErrorCode::kBadArgument, "the target memory has the wrong size",
                     std::to_string(plan.out_length()) + " bytes",
                     std::to_string(target.pixels.size()));
  if (!target.mask.empty() && target.mask.size() != plan.pixels)
    return Error::of(ErrorCode::kBadArgument, "the mask has the wrong size",
                     std::to_string(plan.pixels) + " bytes", std::to_string(target.mask.size()));
  if (!target.mask.empty() && !plan.recipe.blank)
    std::fill(target.mask.begin(), target.mask.end(), uint8_t{0});
  return ok();
}

// Bytes from the first of the window to the last.
uint64_t span_of(const ImagePlan& plan) {
  uint64_t length = plan.run_length();
  for (const ImagePlan::Axis& axis : plan.outer) length += (axis.count - 1) * axis.step;
  return length;
}

Error cancelled() { return Error::of(ErrorCode::kAborted, "the read was aborted"); }

// Runs up to this length are decoded some at a time, after the memory of the next ones was asked
// for. Those of a cutout lie pages apart, where the processor does not look ahead by itself: each
// would wait for memory and for the translation of its address.
constexpr uint64_t kShortRun = uint64_t{4} << 10;
constexpr uint64_t kRunsAhead = 8;
constexpr uint64_t kLine = 64;

void prefetch_runs(const std::byte* first, uint64_t step, uint64_t length, uint64_t runs) {
  for (uint64_t i = 0; i < runs; ++i)
    for (uint64_t at = 0; at < length; at += kLine) __builtin_prefetch(first + i * step + at);
}

// Everything from memory; `bytes` starts at the window's first pixel.
Status decode_short_runs(ByteSpan bytes, const ImagePlan& plan, Decoder& decoder,
                         CancelFlag cancel) {
  const uint64_t length = plan.run_length();
  const uint64_t step = plan.outer.back().step;
  ImageRuns runs(plan);
  for (uint64_t left = plan.runs(); left > 0;) {
    const std::byte* run = bytes.data() + (runs.offset() - plan.first);
    const uint64_t together = runs.left_on_axis();
    prefetch_runs(run, step, length, std::min(kRunsAhead, together));
    for (uint64_t done = 0; done < together; done += kRunsAhead) {
      if (is_cancelled(cancel)) return cancelled();
      const uint64_t n = std::min(kRunsAhead, together - done);
      const std::byte* const next = run + n * step;
      prefetch_runs(next, step, length, std::min(kRunsAhead, together - done - n));
      decoder.decode_runs(run, step, plan.run_pixels, n);
      run = next;
    }
    runs.advance(together);
    left -= together;
  }
  return ok();
}

Status decode_view(ByteSpan bytes, const ImagePlan& plan, Decoder& decoder, CancelFlag cancel) {
  if (!plan.outer.empty() && plan.run_length() <= kShortRun)
    return decode_short_runs(bytes, plan, decoder, cancel);
  const uint64_t step = std::max<uint64_t>(kReadBlock / plan.pixel_step, 1);
  ImageRuns runs(plan);
  for (uint64_t left = plan.runs(); left > 0; --left, runs.advance(1)) {
    const std::byte* const run = bytes.data() + (runs.offset() - plan.first);
    for (uint64_t done = 0; done < plan.run_pixels; done += step) {
      if (is_cancelled(cancel)) return cancelled();
      decoder.decode(run + done * plan.pixel_step, std::min(step, plan.run_pixels - done));
    }
  }
  return ok();
}

// One run after the other through memory; used where a run is as long as a block or longer.
Status read_long_run(const File& file, uint64_t offset, const ImagePlan& plan, Decoder& decoder,
                     Scratch& scratch, CancelFlag cancel) {
  const uint64_t width = size_of(plan.recipe.stored);
  const bool fits_place = plan.pixel_step == width && width == size_of(plan.recipe.out);
  const bool is_in_place = fits_place && (!decoder.streams() || simd::is_copy(plan.recipe));
  const uint64_t block = is_in_place ? kReadBlock : kBounceBlock;
  const uint64_t step = std::max<uint64_t>(block / plan.pixel_step, 1);
  for (uint64_t done = 0; done < plan.run_pixels;) {
    if (is_cancelled(cancel)) return cancelled();
    const uint64_t n = std::min(step, plan.run_pixels - done);
    const uint64_t length = (n - 1) * plan.pixel_step + width;
    if (!is_in_place) scratch.resize(std::max<size_t>(scratch.size(), length));
    std::byte* to = is_in_place ? decoder.next_place() : scratch.data();
    const Status read = file.read(offset + done * plan.pixel_step, {to, length});
    if (!read) return read;
    decoder.decode(to, n);
    done += n;
  }
  return ok();
}

// Short runs that lie close together: one pread spans several of them.
Status read_short_runs(const File& file, const ImagePlan& plan, Decoder& decoder, Scratch& scratch,
                       CancelFlag cancel) {
  const uint64_t run_length = plan.run_length();
  const uint64_t step = plan.outer.empty() ? run_length : plan.outer.back().step;
  const bool is_close = step < run_length + kMaxGap;
  ImageRuns runs(plan);
  for (uint64_t left = plan.runs(); left > 0;) {
    if (is_cancelled(cancel)) return cancelled();
    uint64_t n = 1;
    if (is_close)
      n = std::min(runs.left_on_axis(),
                   std::max<uint64_t>((kReadBlock - run_length) / step + 1, 1));
    const uint64_t length = (n - 1) * step + run_length;
    scratch.resize(std::max<size_t>(scratch.size(), length));
    const Status read = file.read(runs.offset(), {scratch.data(), length});
    if (!read) return read;
    for (uint64_t i = 0; i < n; ++i) decoder.decode(scratch.data() + i * step, plan.run_pixels);
    runs.advance(n);
    left -= n;
  }
  return ok();
}

Status read_runs(const File& file, const ImagePlan& plan, Decoder& decoder, Scratch& scratch,
                 CancelFlag cancel) {
  if (const auto bytes = file.view(plan.first, span_of(plan)))
    return decode_view(*bytes, plan, decoder, cancel);
  if (plan.run_length() < kReadBlock && plan.runs() > 1)
    return read_short_runs(file, plan, decoder, scratch, cancel);
  ImageRuns runs(plan);
  for (uint64_t left = plan.runs(); left > 0; --left, runs.advance(1)) {
    Status read = read_long_run(file, runs.offset(), plan, decoder, scratch, cancel);
    if (!read) return read;
  }
  return ok();
}

}  // namespace

Result<uint64_t> decode_packed(const ImagePlan& plan, ByteSpan packed, ImageTarget target,
                               simd::Level level) {
  if (const Status s = check_target(plan, target); !s) return s.error();
  const uint64_t length = plan.run_length();
  if (packed.size() != plan.runs() * length)
    return Error::of(ErrorCode::kTruncated, "the fetched bytes are not those of the plan",
                     std::to_string(plan.runs() * length) + " bytes",
                     std::to_string(packed.size()));
  Decoder decoder(plan, target, level);
  for (uint64_t i = 0; i < plan.runs(); ++i)
    decoder.decode(packed.data() + i * length, plan.run_pixels);
  return decoder.blank_count();
}

Result<uint64_t> read_image(const File& file, const ImagePlan& plan, ImageTarget target,
                            Scratch& scratch, simd::Level level, CancelFlag cancel) {
  if (Status s = check_target(plan, target); !s) return std::move(s.error()).at_path(file.path());
  if (plan.pixels == 0) return uint64_t{0};
  const uint64_t end = plan.first + span_of(plan);
  if (end > file.size())
    return Error::of(ErrorCode::kTruncated, "the file is shorter than its header says",
                     "data up to byte " + std::to_string(end),
                     std::to_string(file.size()) + " bytes")
        .at_path(file.path());
  Decoder decoder(plan, target, level);
  const Status read = read_runs(file, plan, decoder, scratch, cancel);
  if (Status s = file.check_views(); !s) return s.error();
  if (!read) return read.error();
  return decoder.blank_count();
}

}  // namespace fitstream
