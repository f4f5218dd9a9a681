// Windows that may leave their image: what lies inside is read by whoever can read a window, the
// rest is filled. Works around plain and compressed images alike.
#pragma once

#include <optional>
#include <vector>

#include "image.h"
#include "status.h"

namespace fitstream {

// As Window; origins may be negative, and the far end may lie outside.
struct PaddedWindow {
  std::vector<int64_t> origin;
  std::vector<uint64_t> shape;
  std::vector<uint64_t> stride;
  // The value outside. Nothing: the window must lie inside.
  std::optional<double> pad;
};
PaddedWindow padded(const Window& window);

// The part of a window that lies inside its image, and where that part begins in the output. An
// empty part has a zero in its shape.
struct ClippedWindow {
  Window inside;
  std::vector<uint64_t> place;
  bool is_empty() const;
};
// kOutOfBounds for a window that leaves the image without a pad value.
Result<ClippedWindow> clip(const PaddedWindow& window, const std::vector<uint64_t>& image_shape);

// The target of the part inside: the first bytes of the whole target, whose size is checked.
Result<ImageTarget> inside_target(const PaddedWindow& window, const ClippedWindow& clipped,
                                  Dtype out, ImageTarget target);
// Moves the part from there to its place and fills the rest, which is undefined nowhere.
// kBadArgument for a pad value that `out` cannot hold: integers have no NaN.
Status fill_outside(const PaddedWindow& window, const ClippedWindow& clipped, Dtype out,
                    ImageTarget target);

// Reads a window that may leave the image: `read(const Window&, ImageTarget)` reads what is inside.
template <typename Read>
Result<uint64_t> read_padded(const PaddedWindow& window, const std::vector<uint64_t>& image_shape,
                             Dtype out, ImageTarget target, const Read& read) {
  const auto clipped = clip(window, image_shape);
  if (!clipped) return clipped.error();
  const auto inside = inside_target(window, *clipped, out, target);
  if (!inside) return inside.error();
  Result<uint64_t> undefined = uint64_t{0};
  // A window without pixels is read all the same: what is wrong with the file is found so.
  if (!clipped->is_empty() || !window.pad) undefined = read(clipped->inside, *inside);
  if (!undefined) return undefined;
  if (Status filled = fill_outside(window, *clipped, out, target); !filled) return filled.error();
  return undefined;
}

}  // namespace fitstream
