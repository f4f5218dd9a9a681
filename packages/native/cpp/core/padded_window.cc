#include "padded_window.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

namespace fitstream {
namespace {

// One pixel as it lies in memory.
using Element = std::array<std::byte, 8>;

template <typename T>
std::optional<Element> element_of(double value) {
  Element element{};
  if constexpr (std::is_integral_v<T>) {
    // 2^63 and 2^64 as doubles: one above the largest value.
    const double end = std::ldexp(1.0, std::numeric_limits<T>::digits);
    const bool fits = value == std::trunc(value) && value < end &&
                      value >= static_cast<double>(std::numeric_limits<T>::lowest());
    if (!fits) return std::nullopt;  // NaN is not equal to itself
  }
  const T native = static_cast<T>(value);
  std::memcpy(element.data(), &native, sizeof native);
  return element;
}

std::optional<Element> element_of(Dtype dtype, double value) {
  switch (dtype) {
    case Dtype::kUint8:
      return element_of<uint8_t>(value);
    case Dtype::kInt8:
      return element_of<int8_t>(value);
    case Dtype::kUint16:
      return element_of<uint16_t>(value);
    case Dtype::kInt16:
      return element_of<int16_t>(value);
    case Dtype::kUint32:
      return element_of<uint32_t>(value);
    case Dtype::kInt32:
      return element_of<int32_t>(value);
    case Dtype::kUint64:
      return element_of<uint64_t>(value);
    case Dtype::kInt64:
      return element_of<int64_t>(value);
    case Dtype::kFloat32:
      return element_of<float>(value);
    case Dtype::kFloat64:
      return element_of<double>(value);
  }
  return std::nullopt;
}

std::optional<uint64_t> pixels_of(const std::vector<uint64_t>& shape) {
  if (shape.empty()) return 0;  // NAXIS = 0: no data at all
  std::optional<uint64_t> n = 1;
  for (const uint64_t axis : shape) n = n ? checked_mul(*n, axis) : n;
  return std::ranges::find(shape, uint64_t{0}) != shape.end() ? 0 : n;
}

void fill(std::byte* from, std::byte* to, const Element& element, size_t width) {
  if (from == to) return;
  const size_t length = static_cast<size_t>(to - from);
  std::memcpy(from, element.data(), width);
  for (size_t done = width, n; done < length; done += n) {
    n = std::min(done, length - done);
    std::memcpy(from + done, from, n);
  }
}

// The part inside lies packed at the front of `all`. From its last row to its first, each row moves
// to its place, which is never before where it lies, and what is behind it is filled.
void spread(MutableByteSpan all, const std::vector<uint64_t>& shape, const ClippedWindow& clipped,
            const Element& element, size_t width) {
  const std::vector<uint64_t>& inside = clipped.inside.shape;
  const size_t rank = shape.size();
  const uint64_t row = clipped.is_empty() ? 0 : inside.back() * width;
  const uint64_t rows = clipped.is_empty() ? 0 : *pixels_of(inside) / inside.back();
  std::byte* filled = all.data() + all.size();
  for (uint64_t i = rows; i-- > 0;) {
    uint64_t place = clipped.place.back();
    uint64_t rest = i;
    uint64_t step = shape.back();  // pixels from one to the next along the axis
    for (size_t axis = rank - 1; axis-- > 0; step *= shape[axis]) {
      place += (clipped.place[axis] + rest % inside[axis]) * step;
      rest /= inside[axis];
    }
    std::byte* const to = all.data() + place * width;
    std::memmove(to, all.data() + i * row, row);
    fill(to + row, filled, element, width);
    filled = to;
  }
  fill(all.data(), filled, element, width);
}

}  // namespace

PaddedWindow padded(const Window& window) {
  return {{window.origin.begin(), window.origin.end()}, window.shape, window.stride, std::nullopt};
}

bool ClippedWindow::is_empty() const {
  return inside.shape.empty() || std::ranges::find(inside.shape, uint64_t{0}) != inside.shape.end();
}

Result<ClippedWindow> clip(const PaddedWindow& window, const std::vector<uint64_t>& image) {
  const size_t rank = image.size();
  const bool has_rank =
      window.origin.size() == rank && window.shape.size() == rank && window.stride.size() == rank;
  const auto first_negative = std::ranges::find_if(window.origin, [](int64_t o) { return o < 0; });
  if (!window.pad && first_negative != window.origin.end())
    return Error::of(ErrorCode::kOutOfBounds, "the window begins before the image",
                     "an origin >= 0, or a value to pad with", std::to_string(*first_negative));
  ClippedWindow clipped;
  clipped.inside = {{window.origin.begin(), window.origin.end()}, window.shape, window.stride};
  clipped.place.assign(rank, 0);
  if (!window.pad || !has_rank) {
    if (Status inside = check_window(image, clipped.inside); !inside) return inside.error();
    return clipped;
  }
  for (size_t i = 0; i < rank; ++i) {
    const uint64_t stride = window.stride[i];
    if (stride == 0)
      return Error::of(ErrorCode::kBadArgument, "a stride must be at least 1", ">= 1", "0");
    const bool is_before = window.origin[i] < 0;
    const uint64_t distance = is_before ? uint64_t{0} - static_cast<uint64_t>(window.origin[i])
                                        : static_cast<uint64_t>(window.origin[i]);
    const uint64_t skipped = is_before ? (distance - 1) / stride + 1 : 0;
    const uint64_t origin = is_before ? (stride - distance % stride) % stride : distance;
    const uint64_t there = origin < image[i] ? (image[i] - 1 - origin) / stride + 1 : 0;
    const uint64_t wanted = window.shape[i] - std::min(window.shape[i], skipped);
    clipped.inside.shape[i] = std::min(there, wanted);
    clipped.inside.origin[i] = clipped.inside.shape[i] == 0 ? 0 : origin;
    clipped.place[i] = std::min(window.shape[i], skipped);
  }
  return clipped;
}

Result<ImageTarget> inside_target(const PaddedWindow& window, const ClippedWindow& clipped,
                                  Dtype out, ImageTarget target) {
  // Without padding the reader checks the target itself.
  if (!window.pad) return target;
  const auto pixels = pixels_of(window.shape);
  const auto bytes = pixels ? checked_mul(*pixels, size_of(out)) : pixels;
  if (!bytes) return Error::of(ErrorCode::kSizeOverflow, "the size of the window overflows");
  if (target.pixels.size() != *bytes || (!target.mask.empty() && target.mask.size() != *pixels))
    return Error::of(ErrorCode::kBadArgument, "the target memory has the wrong size",
                     std::to_string(*bytes) + " bytes", std::to_string(target.pixels.size()));
  const uint64_t inside = *pixels_of(clipped.inside.shape);
  const bool has_mask = !target.mask.empty();
  return ImageTarget{target.pixels.first(inside * size_of(out)),
                     has_mask ? target.mask.first(inside) : target.mask};
}

Status fill_outside(const PaddedWindow& window, const ClippedWindow& clipped, Dtype out,
                    ImageTarget target) {
  if (!window.pad) return ok();
  const auto element = element_of(out, *window.pad);
  if (!element)
    return Error::of(ErrorCode::kBadArgument, "the pixels cannot hold the value to pad with",
                     "a value of type " + std::string(name_of(out)), std::to_string(*window.pad));
  if (clipped.inside.shape == window.shape) return ok();
  spread(target.pixels, window.shape, clipped, *element, size_of(out));
  if (!target.mask.empty())
    spread(std::as_writable_bytes(target.mask), window.shape, clipped, Element{}, 1);
  return ok();
}

}  // namespace fitstream
