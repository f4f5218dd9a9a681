#include "image.h"

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <utility>

namespace fitstream {
namespace {

// Read and swap this much at a time: it is still in the L2 cache when it is swapped, which is
// worth a third of the whole read (1 MiB and 256 KiB measured the same within noise).
constexpr uint64_t kReadBlock = uint64_t{512} << 10;
// The same where the pixels change their width and pass through scratch memory.
constexpr uint64_t kBounceBlock = uint64_t{128} << 10;
// Runs closer than this are read together: a pread costs what copying 16 KiB does.
constexpr uint64_t kMaxGap = uint64_t{16} << 10;
// Pixels of one run lie at most this far apart; a column of an image is as many runs as it has
// pixels, not one run over the whole image.
constexpr uint64_t kMaxPixelStep = uint64_t{4} << 10;

std::string to_text(const std::vector<uint64_t>& v) {
  std::string s = "[";
  for (size_t i = 0; i < v.size(); ++i) s += (i ? ", " : "") + std::to_string(v[i]);
  return s + "]";
}

std::optional<uint64_t> product(const std::vector<uint64_t>& v) {
  if (std::find(v.begin(), v.end(), uint64_t{0}) != v.end()) return 0;
  std::optional<uint64_t> n = 1;
  for (const uint64_t x : v) n = n ? checked_mul(*n, x) : n;
  return n;
}

bool uses_sign_flip(Dtype stored, const Scaling& s) {
  return s.bscale == 1 && sign_flip_zero(stored) != 0 && s.bzero == sign_flip_zero(stored);
}
bool is_scaled(Dtype stored, const Scaling& s) {
  return (s.bscale != 1 || s.bzero != 0) && !uses_sign_flip(stored, s);
}

// Whether a pixel can have this stored value.
bool can_store(Dtype stored, int64_t value) {
  switch (stored) {
    case Dtype::kUint8:
      return std::in_range<uint8_t>(value);
    case Dtype::kInt16:
      return std::in_range<int16_t>(value);
    case Dtype::kInt32:
      return std::in_range<int32_t>(value);
    default:
      return !info(stored).is_float;
  }
}

// Walks the runs of a plan in output order.
class Runs {
 public:
  explicit Runs(const ImagePlan& plan) : plan_(plan), at_(plan.outer.size(), 0) {}
  uint64_t offset() const { return offset_; }

  // To the run `n` further along the innermost outer axis (which has that many left).
  void advance(uint64_t n) {
    if (plan_.outer.empty()) return;
    size_t axis = at_.size() - 1;
    at_[axis] += n;
    while (at_[axis] == plan_.outer[axis].count && axis > 0) {
      at_[axis] = 0;
      ++at_[--axis];
    }
    offset_ = plan_.first;
    for (size_t i = 0; i < at_.size(); ++i) offset_ += at_[i] * plan_.outer[i].step;
  }
  // Runs left before the innermost outer axis turns over, this one included.
  uint64_t left_on_axis() const {
    return plan_.outer.empty() ? 1 : plan_.outer.back().count - at_.back();
  }

 private:
  const ImagePlan& plan_;
  std::vector<uint64_t> at_;
  uint64_t offset_ = plan_.first;
};

// Turns raw pixels into output, front to back.
class Decoder {
 public:
  Decoder(const ImagePlan& plan, ImageTarget target, simd::Level level)
      : plan_(plan), target_(target), level_(level), width_(size_of(plan.recipe.stored)) {}

  // `n` pixels of a run, the first at `raw`, plan.pixel_step bytes apart.
  void decode(const std::byte* raw, uint64_t n) {
    if (plan_.pixel_step == width_) return decode_contiguous(raw, n);
    std::byte gathered[4096];
    const uint64_t fit = sizeof gathered / width_;
    for (uint64_t done = 0; done < n;) {
      const uint64_t now = std::min(fit, n - done);
      for (uint64_t i = 0; i < now; ++i)
        std::memcpy(gathered + i * width_, raw + (done + i) * plan_.pixel_step, width_);
      decode_contiguous(gathered, now);
      done += now;
    }
  }

  // Where the next pixel goes, for reading straight to its place.
  std::byte* next_place() const {
    return target_.pixels.data() + done_ * size_of(plan_.recipe.out);
  }
  uint64_t blank_count() const { return blank_; }

 private:
  void decode_contiguous(const std::byte* raw, uint64_t n) {
    if (!target_.mask.empty() && plan_.recipe.blank)
      blank_ += simd::mark_blank(plan_.recipe.stored, *plan_.recipe.blank, raw,
                                 target_.mask.data() + done_, n);
    simd::convert(plan_.recipe, raw, next_place(), n, level_);
    done_ += n;
  }

  const ImagePlan& plan_;
  ImageTarget target_;
  simd::Level level_;
  uint64_t width_;
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

// One past the last byte of the window.
uint64_t end_of(const ImagePlan& plan) {
  uint64_t end = plan.first + plan.run_length();
  for (const ImagePlan::Axis& axis : plan.outer) end += (axis.count - 1) * axis.step;
  return end;
}

template <typename T>
uint64_t mark_native(const simd::Recipe& recipe, ByteSpan pixels, std::span<uint8_t> mask) {
  // The undefined value as it comes out: through the sign flip, where there is one.
  T blank{};
  if constexpr (std::is_integral_v<T>) {
    if (!recipe.blank) {
      std::fill(mask.begin(), mask.end(), uint8_t{0});
      return 0;
    }
    uint64_t bits = static_cast<uint64_t>(*recipe.blank);
    if (recipe.flips_sign && size_of(recipe.stored) == 8)
      bits ^= uint64_t{1} << 63;
    else if (recipe.flips_sign)
      bits += static_cast<uint64_t>(static_cast<int64_t>(sign_flip_zero(recipe.stored)));
    blank = static_cast<T>(bits);
  }
  uint64_t count = 0;
  for (size_t i = 0; i < mask.size(); ++i) {
    T value;
    std::memcpy(&value, pixels.data() + i * sizeof(T), sizeof(T));
    if constexpr (std::is_integral_v<T>)
      mask[i] = value == blank;
    else
      mask[i] = std::isnan(value);
    count += mask[i];
  }
  return count;
}

Error cancelled() { return Error::of(ErrorCode::kAborted, "the read was aborted"); }

// One run after the other through memory; used where a run is as long as a block or longer.
Status read_long_run(const File& file, uint64_t offset, const ImagePlan& plan, Decoder& decoder,
                     Scratch& scratch, CancelFlag cancel) {
  const uint64_t width = size_of(plan.recipe.stored);
  const bool in_place = plan.pixel_step == width && width == size_of(plan.recipe.out);
  const uint64_t block = in_place ? kReadBlock : kBounceBlock;
  const uint64_t step = std::max<uint64_t>(block / plan.pixel_step, 1);
  for (uint64_t done = 0; done < plan.run_pixels;) {
    if (is_cancelled(cancel)) return cancelled();
    const uint64_t n = std::min(step, plan.run_pixels - done);
    const uint64_t length = (n - 1) * plan.pixel_step + width;
    if (!in_place) scratch.resize(std::max<size_t>(scratch.size(), length));
    std::byte* to = in_place ? decoder.next_place() : scratch.data();
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
  Runs runs(plan);
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

}  // namespace

Result<ImageLayout> layout_of(const Hdu& hdu) {
  if (hdu.kind != HduKind::kImage)
    return Error::of(ErrorCode::kBadArgument, "this HDU is no uncompressed image", "an image",
                     std::string(hdu_kind_name(hdu.kind)))
        .at_hdu(static_cast<int64_t>(hdu.index));
  if (hdu.defect) return *hdu.defect;
  ImageLayout layout;
  layout.stored = *dtype_of_bitpix(hdu.bitpix);
  layout.shape.assign(hdu.axes.rbegin(), hdu.axes.rend());
  layout.data_offset = hdu.data_offset;
  layout.scaling = hdu.scaling;
  return layout;
}

ImageLayout unscaled(ImageLayout layout) {
  layout.scaling.bscale = 1;
  layout.scaling.bzero = 0;
  return layout;
}

Dtype natural_dtype(Dtype stored, const Scaling& scaling) {
  if (uses_sign_flip(stored, scaling)) return sign_flipped(stored);
  if (!is_scaled(stored, scaling)) return stored;
  const bool is_narrow = size_of(stored) <= 2 || stored == Dtype::kFloat32;
  return is_narrow ? Dtype::kFloat32 : Dtype::kFloat64;
}

Result<simd::Recipe> recipe_for(Dtype stored, const Scaling& scaling, Dtype out) {
  simd::Recipe recipe;
  recipe.stored = stored;
  recipe.out = out;
  recipe.flips_sign = uses_sign_flip(stored, scaling);
  recipe.is_scaled = is_scaled(stored, scaling);
  recipe.scale = scaling.bscale;
  recipe.zero = scaling.bzero;
  // A BLANK that no pixel can have means nothing; cut to the pixel's width it would.
  if (scaling.blank && can_store(stored, *scaling.blank)) recipe.blank = scaling.blank;
  if (simd::is_convertible(recipe)) return recipe;
  return Error::of(ErrorCode::kBadArgument,
                   "dtype " + std::string(name_of(out)) + " cannot hold the pixels without loss",
                   "float32, float64 or a type that holds " +
                       std::string(name_of(natural_dtype(stored, scaling))),
                   std::string(name_of(out)));
}

Window whole_window(const std::vector<uint64_t>& shape) {
  return {std::vector<uint64_t>(shape.size(), 0), shape, std::vector<uint64_t>(shape.size(), 1)};
}

Status check_window(const std::vector<uint64_t>& image, const Window& w) {
  if (w.origin.size() != image.size() || w.shape.size() != image.size() ||
      w.stride.size() != image.size())
    return Error::of(ErrorCode::kBadArgument, "the window has the wrong number of axes",
                     std::to_string(image.size()) + " axes for an image of shape " + to_text(image),
                     std::to_string(w.shape.size()));
  for (size_t i = 0; i < image.size(); ++i) {
    if (w.stride[i] == 0)
      return Error::of(ErrorCode::kBadArgument, "a stride must be at least 1", ">= 1", "0");
    // Written so that no sum or product of the caller's numbers is formed before it is known small.
    const uint64_t room = w.origin[i] <= image[i] ? image[i] - w.origin[i] : 0;
    const bool fits = w.origin[i] <= image[i] &&
                      (w.shape[i] == 0 || (room > 0 && w.shape[i] - 1 <= (room - 1) / w.stride[i]));
    if (!fits)
      return Error::of(ErrorCode::kOutOfBounds, "the window leaves the image",
                       "a window inside shape " + to_text(image),
                       "origin " + to_text(w.origin) + ", shape " + to_text(w.shape) + ", stride " +
                           to_text(w.stride));
  }
  return ok();
}

uint64_t ImagePlan::runs() const {
  uint64_t n = pixels > 0 ? 1 : 0;
  for (const Axis& axis : outer) n *= axis.count;
  return n;
}
uint64_t ImagePlan::run_length() const {
  return run_pixels == 0 ? 0 : (run_pixels - 1) * pixel_step + size_of(recipe.stored);
}

Result<ImagePlan> plan_image(const ImageLayout& layout, const Window& window, Dtype out) {
  const Status inside = check_window(layout.shape, window);
  if (!inside) return inside.error();
  const auto recipe = recipe_for(layout.stored, layout.scaling, out);
  if (!recipe) return recipe.error();
  const uint64_t width = size_of(layout.stored);
  const auto image_pixels = product(layout.shape);
  const auto pixels = product(window.shape);
  if (!image_pixels || !pixels || !checked_mul(*image_pixels, width) ||
      !checked_add(*image_pixels * width, layout.data_offset) ||
      !checked_mul(*pixels, size_of(out)))
    return Error::of(ErrorCode::kSizeOverflow, "the size of the image overflows");

  ImagePlan plan;
  plan.recipe = *recipe;
  plan.first = layout.data_offset;
  plan.pixels = layout.shape.empty() ? 0 : *pixels;  // NAXIS = 0: no data at all
  plan.pixel_step = width;
  plan.run_pixels = plan.pixels == 0 ? 0 : 1;
  if (plan.pixels == 0) return plan;

  // From the fastest axis outwards; an axis that continues the run without a gap joins it.
  uint64_t axis_step = width;  // bytes between neighbours of the image along this axis
  for (size_t i = layout.shape.size(); i-- > 0;) {
    const ImagePlan::Axis axis{window.shape[i], axis_step * window.stride[i]};
    plan.first += window.origin[i] * axis_step;
    axis_step *= layout.shape[i];
    if (axis.count == 1) continue;
    if (plan.run_pixels == 1 && plan.outer.empty() && axis.step <= kMaxPixelStep) {
      plan.run_pixels = axis.count;
      plan.pixel_step = axis.step;
    } else if (plan.outer.empty() && axis.step == plan.run_pixels * plan.pixel_step) {
      plan.run_pixels *= axis.count;
    } else if (!plan.outer.empty() &&
               axis.step == plan.outer.front().count * plan.outer.front().step) {
      plan.outer.front().count *= axis.count;
    } else {
      plan.outer.insert(plan.outer.begin(), axis);
    }
  }
  return plan;
}

std::vector<ByteRange> ranges_of(const ImagePlan& plan) {
  std::vector<ByteRange> ranges;
  ranges.reserve(plan.runs());
  Runs runs(plan);
  for (uint64_t i = plan.runs(); i > 0; --i, runs.advance(1))
    ranges.push_back({runs.offset(), plan.run_length()});
  return ranges;
}

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
  if (end_of(plan) > file.size())
    return Error::of(ErrorCode::kTruncated, "the file is shorter than its header says",
                     "data up to byte " + std::to_string(end_of(plan)),
                     std::to_string(file.size()) + " bytes")
        .at_path(file.path());
  Decoder decoder(plan, target, level);
  if (plan.run_length() < kReadBlock && plan.runs() > 1) {
    const Status s = read_short_runs(file, plan, decoder, scratch, cancel);
    if (!s) return s.error();
    return decoder.blank_count();
  }
  Runs runs(plan);
  for (uint64_t i = plan.runs(); i > 0; --i, runs.advance(1)) {
    const Status s = read_long_run(file, runs.offset(), plan, decoder, scratch, cancel);
    if (!s) return s.error();
  }
  return decoder.blank_count();
}

uint64_t mark_undefined(const simd::Recipe& recipe, ByteSpan pixels, std::span<uint8_t> mask) {
  switch (recipe.out) {
    case Dtype::kUint8:
      return mark_native<uint8_t>(recipe, pixels, mask);
    case Dtype::kInt8:
      return mark_native<int8_t>(recipe, pixels, mask);
    case Dtype::kUint16:
      return mark_native<uint16_t>(recipe, pixels, mask);
    case Dtype::kInt16:
      return mark_native<int16_t>(recipe, pixels, mask);
    case Dtype::kUint32:
      return mark_native<uint32_t>(recipe, pixels, mask);
    case Dtype::kInt32:
      return mark_native<int32_t>(recipe, pixels, mask);
    case Dtype::kUint64:
      return mark_native<uint64_t>(recipe, pixels, mask);
    case Dtype::kInt64:
      return mark_native<int64_t>(recipe, pixels, mask);
    case Dtype::kFloat32:
      return mark_native<float>(recipe, pixels, mask);
    case Dtype::kFloat64:
      return mark_native<double>(recipe, pixels, mask);
  }
  return 0;
}

}  // namespace fitstream
