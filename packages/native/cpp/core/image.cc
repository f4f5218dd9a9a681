#include "image.h"

#include <algorithm>
#include <utility>

#include "image_runs.h"

namespace fitstream {
namespace {

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

}  // namespace

Result<ImageLayout> layout_of(const Hdu& hdu) {
  const bool is_groups = hdu.kind == HduKind::kGroups;
  if (hdu.kind != HduKind::kImage && !is_groups)
    return Error::of(ErrorCode::kBadArgument, "this HDU is no uncompressed image", "an image",
                     std::string(hdu_kind_name(hdu.kind)))
        .at_hdu(static_cast<int64_t>(hdu.index));
  if (hdu.defect) return *hdu.defect;
  ImageLayout layout;
  layout.stored = *dtype_of_bitpix(hdu.bitpix);
  layout.shape.assign(hdu.axes.rbegin(), hdu.axes.rend());
  layout.data_offset = hdu.data_offset;
  layout.scaling = hdu.scaling;
  if (!is_groups) return layout;
  // NAXIS1 is 0; each group is its parameters and then its array. The size of the data is checked.
  layout.shape.pop_back();
  layout.slice_length = hdu.pcount + *product(layout.shape);
  layout.shape.insert(layout.shape.begin(), hdu.gcount);
  layout.data_offset += hdu.pcount * size_of(layout.stored);
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
  const auto image_pixels = layout.slice_length == 0 || layout.shape.empty()
                                ? product(layout.shape)
                                : checked_mul(layout.shape[0], layout.slice_length);
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
    if (i == 0 && layout.slice_length > 0) axis_step = layout.slice_length * width;
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
  ImageRuns runs(plan);
  for (uint64_t i = plan.runs(); i > 0; --i, runs.advance(1))
    ranges.push_back({runs.offset(), plan.run_length()});
  return ranges;
}

}  // namespace fitstream
