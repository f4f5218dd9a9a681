#include "decoder.h"

#include <algorithm>
#include <array>
#include <bit>
#include <functional>
#include <optional>

#include "gzip.h"
#include "integers.h"
#include "plio.h"
#include "rice_lanes.h"
#include "shuffle.h"

namespace fitstream {
namespace {

// Pixels that are decoded of each tile before they are put in their places: those of all lanes
// stay in the L1 cache meanwhile. A multiple of every BLOCKSIZE.
constexpr size_t kChunk = 512;

bool is_rice(const TileCoding& coding, const TileJob& job) {
  return job.entry.column == TileColumn::kCoded && coding.codec() == TileCodec::kRice;
}

Error too_short(uint64_t pixels, uint64_t length) {
  return Error::of(ErrorCode::kCorrupt, "a compressed stream is too short for its tile",
                   std::to_string(pixels) + " pixels", std::to_string(length) + " bytes");
}
Error does_not_fill(uint64_t pixels, uint64_t length) {
  return Error::of(ErrorCode::kCorrupt, "a stream does not fill its tile",
                   std::to_string(pixels) + " pixels", std::to_string(length) + " bytes");
}

}  // namespace

Status check_stream(const TileCoding& coding, const TileEntry& entry, uint64_t pixels,
                    uint64_t needed) {
  const uint64_t length = entry.stream.length;
  if (entry.column == TileColumn::kGzip)
    return pixels <= max_inflated(length) ? ok() : Status(too_short(pixels, length));
  const bool is_plain = entry.column == TileColumn::kPlain || coding.codec() == TileCodec::kNone;
  if (is_plain)
    return length == pixels * size_of(coding.stored()) ? ok()
                                                       : Status(does_not_fill(pixels, length));
  switch (coding.codec()) {
    case TileCodec::kRice:
      return needed <= max_rice_pixels(coding.rice(), length) ? ok()
                                                              : Status(too_short(needed, length));
    case TileCodec::kGzip1:
    case TileCodec::kGzip2:
      return pixels <= max_inflated(length) ? ok() : Status(too_short(pixels, length));
    default:
      // A few bytes may stand for any number of equal pixels: the size of a tile is bounded.
      return ok();
  }
}

// Where the pixels of one tile come out.
class TileDecoder::Output {
 public:
  Output(const TileCoding& coding, const TileJob& job, const simd::Recipe& recipe,
         simd::Level level)
      : place_(job.place),
        left_(job.needed),
        stored_(coding.stored()),
        recipe_(recipe),
        level_(level) {
    if (job.entry.quantization) dequantizer_.emplace(*job.entry.quantization, level);
  }

  // Leaves out the first pixels, of a tile in memory of its own.
  void skip(uint64_t pixels) {
    if (pixels == 0) return;
    place_.advance(pixels);
    left_ -= pixels;
    if (dequantizer_) dequantizer_->skip(pixels);
  }

  bool is_quantized() const { return dequantizer_.has_value(); }

  // Puts the tile's next pixels, those of them that are needed.
  Status put(std::span<const int32_t> integers) {
    return for_each_run(integers.size(), [&](uint64_t from, uint64_t n, std::byte* to) {
      const auto part = integers.subspan(from, n);
      if (dequantizer_) return dequantize(part, to), ok();
      if (convert_integers(recipe_, part, to, level_)) return ok();
      return Status(Error::of(ErrorCode::kCorrupt, "a decoded pixel does not fit ZBITPIX",
                              std::to_string(8 * size_of(stored_)) + " bits"));
    });
  }
  // The same of pixels that are as a plain image has them.
  Status put_plain(const std::byte* bytes, uint64_t count) {
    return for_each_run(count, [&](uint64_t from, uint64_t n, std::byte* to) {
      simd::convert(recipe_, bytes + from * size_of(stored_), to, n, level_);
      return ok();
    });
  }

 private:
  template <typename Put>
  Status for_each_run(uint64_t count, const Put& put_run) {
    count = std::min(count, left_);
    left_ -= count;
    for (uint64_t done = 0; done < count;) {
      const uint64_t n = std::min(count - done, place_.run());
      if (Status s = put_run(done, n, place_.at()); !s) return s;
      place_.advance(n);
      done += n;
    }
    return ok();
  }

  // The pixels of a float32 image are float32 whatever they are read as.
  void dequantize(std::span<const int32_t> integers, std::byte* to) {
    const bool is_narrow = stored_ == Dtype::kFloat32;
    if (!recipe_.is_scaled && recipe_.out == Dtype::kFloat32)
      return dequantizer_->next(integers, reinterpret_cast<float*>(to));
    if (!recipe_.is_scaled && !is_narrow)
      return dequantizer_->next(integers, reinterpret_cast<double*>(to));
    is_narrow ? dequantize_through<float>(integers, to) : dequantize_through<double>(integers, to);
  }
  // Floats that are scaled once more, or widened.
  template <typename Stored>
  void dequantize_through(std::span<const int32_t> integers, std::byte* to) {
    std::array<Stored, kChunk> stored;
    while (!integers.empty()) {
      const size_t n = std::min(integers.size(), stored.size());
      dequantizer_->next(integers.first(n), stored.data());
      if (recipe_.out == Dtype::kFloat32)
        scale(stored.data(), n, reinterpret_cast<float*>(to));
      else
        scale(stored.data(), n, reinterpret_cast<double*>(to));
      to += n * size_of(recipe_.out);
      integers = integers.subspan(n);
    }
  }
  template <typename Stored, typename Out>
  void scale(const Stored* stored, size_t n, Out* out) const {
    for (size_t i = 0; i < n; ++i)
      out[i] = static_cast<Out>(static_cast<double>(stored[i]) * recipe_.scale + recipe_.zero);
  }

  TilePlace place_;
  uint64_t left_;
  Dtype stored_;
  const simd::Recipe& recipe_;
  simd::Level level_;
  std::optional<Dequantizer> dequantizer_;
};

Status TileDecoder::decode(std::span<TileJob> jobs, const simd::Recipe& recipe) {
  const auto others = std::stable_partition(
      jobs.begin(), jobs.end(), [&](const TileJob& job) { return is_rice(coding_, job); });
  const auto rice = jobs.first(static_cast<size_t>(others - jobs.begin()));
  if (Status s = decode_rice_tiles(rice, recipe); !s) return s;
  for (const TileJob& job : jobs.subspan(rice.size()))
    if (Status s = decode_tile(job, recipe); !s) return s;
  return ok();
}

namespace {

// Pixels of a tile that are in their places already.
uint64_t done_of(const TileJob& job) { return job.mark ? job.mark->pixels : 0; }

RiceCursor cursor_of(const TileCoding& coding, const TileJob& job) {
  if (done_of(job) == 0) return start_rice(coding.rice(), job.stream);
  return {job.stream, job.mark->position, job.mark->last};
}

}  // namespace

// A RICE stream on its way to pixels.
struct TileDecoder::RiceTile {
  RiceTile(const TileCoding& coding, const TileJob& of, const simd::Recipe& recipe,
           simd::Level level)
      : job(&of), output(coding, of, recipe, level), left(of.needed - done_of(of)) {
    output.skip(done_of(of));
  }

  const TileJob* job;
  Output output;
  uint64_t left;  // pixels
};

// Side by side; the longest first, so that few are left when there are no more to take their turns.
Status TileDecoder::decode_rice_tiles(std::span<TileJob> jobs, const simd::Recipe& recipe) {
  std::ranges::stable_sort(jobs, std::greater(),
                           [](const TileJob& job) { return job.needed - done_of(job); });
  if (decode_side_by_side(jobs, recipe)) return ok();
  // One stream is damaged.
  for (size_t i = 0; i < jobs.size(); ++i)
    if (Status s = decode_side_by_side(jobs.subspan(i, 1), recipe); !s) return s;
  return ok();
}

Status TileDecoder::decode_side_by_side(std::span<const TileJob> jobs, const simd::Recipe& recipe) {
  std::array<RiceCursor, kMaxRiceLanes> cursors;
  std::array<std::optional<RiceTile>, kMaxRiceLanes> tiles;
  size_t next = 0;
  for (; next < std::min(rice_lanes(level_), jobs.size()); ++next) {
    cursors[next] = cursor_of(coding_, jobs[next]);
    tiles[next].emplace(coding_, jobs[next], recipe, level_);
  }
  if (next == 0) return ok();
  const size_t block = coding_.rice().block;
  RiceLanes lanes(coding_.rice(), std::span(cursors).first(next), level_);
  integers_.resize(std::max<size_t>(integers_.size(), kChunk * next));
  while (lanes.size() > 0) {
    uint64_t n = kChunk;
    for (size_t i = 0; i < lanes.size(); ++i) n = std::min(n, tiles[i]->left);
    n -= n % block;
    if (n > 0)
      if (Status s = lanes.decode(n, integers_.data(), kChunk); !s) return s;
    for (size_t i = 0; i < lanes.size(); ++i) {
      if (Status s = tiles[i]->output.put({integers_.data() + i * kChunk, n}); !s) return s;
      tiles[i]->left -= n;
    }
    // From the last on: those that come in a lane's place have been looked at.
    for (size_t i = lanes.size(); i-- > 0;) {
      RiceTile& tile = *tiles[i];
      if (tile.left >= block) continue;
      if (Status s = end_rice_tile(lanes, i, tile); !s) return s;
      if (next < jobs.size()) {
        lanes.replace(i, cursor_of(coding_, jobs[next]));
        tiles[i].emplace(coding_, jobs[next++], recipe, level_);
      } else {
        lanes.drop(i);
        if (i < lanes.size()) tiles[i].emplace(std::move(*tiles[lanes.size()]));
      }
    }
  }
  return ok();
}

// The pixels behind the last whole block that is needed.
Status TileDecoder::end_rice_tile(RiceLanes& lanes, size_t lane, RiceTile& tile) {
  const std::span rest = std::span(integers_).first(tile.left);
  if (Status s = lanes.decode_end(lane, rest); !s) return s;
  if (Status s = tile.output.put(rest); !s) return s;
  if (RiceMark* const mark = tile.job->mark) {
    const RiceCursor at = lanes.cursor(lane);
    // Inside a block there is no way to go on.
    *mark = rest.empty() ? RiceMark{tile.job->needed, at.position, at.last} : RiceMark{};
  }
  return ok();
}

// The content of a tile's gzip stream: big-endian elements, at most `max_width` bytes each; the
// stream says how many.
Result<ByteSpan> TileDecoder::inflate(const TileJob& job, size_t max_width, bool is_shuffled) {
  // No more than the stream can hold, whatever the header says of the tile.
  const uint64_t room = std::min(job.pixels * max_width, max_inflated(job.stream.size()));
  inflated_.resize(std::max(inflated_.size(), room));
  const auto length = inflate_gzip(job.stream, MutableByteSpan(inflated_).first(room));
  if (!length) return length.error();
  const ByteSpan content = ByteSpan(inflated_).first(*length);
  const size_t width = *length / job.pixels;
  if (*length != job.pixels * width || !std::has_single_bit(width))
    return does_not_fill(job.pixels, *length);
  if (!is_shuffled || width == 1) return content;
  unshuffled_.resize(std::max(unshuffled_.size(), *length));
  const MutableByteSpan in_order = MutableByteSpan(unshuffled_).first(*length);
  unshuffle(content, width, in_order);
  return ByteSpan(in_order);
}

Status TileDecoder::decode_gzip(const TileJob& job, bool is_shuffled, Output& output) {
  const Dtype stored = coding_.stored();
  const bool is_float = info(stored).is_float && !output.is_quantized();
  // Writers widen integers that they have to mark undefined ones in.
  const size_t max_width = is_float ? size_of(stored) : std::max(size_of(stored), sizeof(int32_t));
  const auto content = inflate(job, max_width, is_shuffled);
  if (!content) return content.error();
  const size_t width = content->size() / job.pixels;
  if (!output.is_quantized() && width == size_of(stored))
    return output.put_plain(content->data(), job.pixels);
  const bool is_of_one_width = is_float || stored == Dtype::kInt64;
  if (is_of_one_width || width > sizeof(int32_t)) return does_not_fill(job.pixels, content->size());

  simd::Recipe widen;
  widen.stored = width == 1 ? Dtype::kUint8 : width == 2 ? Dtype::kInt16 : Dtype::kInt32;
  widen.out = Dtype::kInt32;
  std::array<int32_t, kChunk> integers;
  for (uint64_t done = 0; done < job.needed; done += kChunk) {
    const size_t n = std::min<uint64_t>(kChunk, job.needed - done);
    simd::convert(widen, content->data() + done * width,
                  reinterpret_cast<std::byte*>(integers.data()), n, level_);
    if (Status s = output.put({integers.data(), n}); !s) return s;
  }
  return ok();
}

// HCOMPRESS_1 and PLIO_1, to integers_.
Status TileDecoder::decode_integers(const TileJob& job) {
  integers_.resize(std::max<size_t>(integers_.size(), job.pixels));
  const auto integers = std::span(integers_).first(job.pixels);
  if (coding_.codec() == TileCodec::kPlio)
    return decode_plio(job.stream, integers.first(job.needed));
  HcompressCoding coding;
  coding.is_smooth = coding_.is_smooth();
  coding.is_wide = size_of(coding_.stored()) > sizeof(int16_t);
  return decode_hcompress(coding, job.stream, level_, hcompress_, integers);
}

Status TileDecoder::decode_tile(const TileJob& job, const simd::Recipe& recipe) {
  Output output(coding_, job, recipe, level_);
  if (job.entry.column == TileColumn::kGzip) return decode_gzip(job, false, output);
  if (job.entry.column == TileColumn::kPlain || coding_.codec() == TileCodec::kNone)
    return output.put_plain(job.stream.data(), job.needed);
  if (coding_.codec() == TileCodec::kGzip1) return decode_gzip(job, false, output);
  if (coding_.codec() == TileCodec::kGzip2) return decode_gzip(job, true, output);
  if (Status s = decode_integers(job); !s) return s;
  return output.put(std::span(integers_).first(job.needed));
}

}  // namespace fitstream
