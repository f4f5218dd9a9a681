// Pixels of an uncompressed image: which bytes a window needs (the plan, made without I/O), and
// what turns them into an array (the recipe). FITS Standard 4.0, sections 3.3.2 and 4.4.2.5.
#pragma once

#include <vector>

#include "file.h"
#include "hdu.h"
#include "simd/convert.h"
#include "status.h"

namespace fitstream {

// What is needed to find and read any pixel of an image. Shape in C order: NAXISn first.
struct ImageLayout {
  Dtype stored = Dtype::kUint8;
  std::vector<uint64_t> shape;
  uint64_t data_offset = 0;
  Scaling scaling;
  // Pixels in the file from one slice of the slowest axis to the next, where other things lie
  // between them, as the parameters of random groups do. 0: nothing lies there.
  uint64_t slice_length = 0;
};

// The same image without BSCALE and BZERO: pixels come out as they are stored.
ImageLayout unscaled(ImageLayout layout);

// The layout of an image HDU, or of the arrays of random groups (section 6), whose slowest axis is
// the group; kBadArgument for other kinds, and the HDU's defect if it has one.
Result<ImageLayout> layout_of(const Hdu& hdu);

// The type that holds the physical values without asking for more: the stored one, the unsigned
// one where the convention is used, float32 for scaled 8- and 16-bit integers and float32,
// float64 for scaled 32- and 64-bit integers and float64.
Dtype natural_dtype(Dtype stored, const Scaling& scaling);

// How a stored pixel becomes one of type `out`; kBadArgument where `out` cannot hold the values.
Result<simd::Recipe> recipe_for(Dtype stored, const Scaling& scaling, Dtype out);

// A box of pixels, C order, zero-based; every stride >= 1. Shape counts pixels that come out.
struct Window {
  std::vector<uint64_t> origin;
  std::vector<uint64_t> shape;
  std::vector<uint64_t> stride;
};
Window whole_window(const std::vector<uint64_t>& shape);

// Checks a window against the image it is cut from.
Status check_window(const std::vector<uint64_t>& image_shape, const Window& window);

struct ByteRange {
  uint64_t offset = 0;
  uint64_t length = 0;
  bool operator==(const ByteRange&) const = default;
};

// A window as runs of pixels that lie `pixel_step` bytes apart, one run after the other in the
// output. Neighbouring axes without a gap between them are one axis here.
struct ImagePlan {
  struct Axis {
    uint64_t count;
    uint64_t step;  // bytes from one to the next in the file
  };
  simd::Recipe recipe;
  uint64_t first = 0;       // byte of the first pixel
  std::vector<Axis> outer;  // slowest first; the product of counts is the number of runs
  uint64_t run_pixels = 0;  // pixels of a run
  uint64_t pixel_step = 0;  // bytes from one pixel of a run to the next
  uint64_t pixels = 0;      // of the whole window

  uint64_t runs() const;
  uint64_t run_length() const;  // bytes that a run spans
  uint64_t out_length() const { return pixels * size_of(recipe.out); }
};

Result<ImagePlan> plan_image(const ImageLayout& layout, const Window& window, Dtype out);

// The bytes of every run, in the order of the output.
std::vector<ByteRange> ranges_of(const ImagePlan& plan);

// Where decoding puts things. `pixels` must have plan.out_length() bytes, `mask` (may be empty, and
// is meant for integers: undefined floats are NaN) one byte a pixel: 1 where the pixel is BLANK.
struct ImageTarget {
  MutableByteSpan pixels;
  std::span<uint8_t> mask;
};

// Memory that reads reuse from call to call. One per thread.
using Scratch = std::vector<std::byte>;

// Decodes runs that were fetched and lie packed, one after the other, in `packed`.
// Returns the number of BLANK pixels where the target has a mask.
Result<uint64_t> decode_packed(const ImagePlan& plan, ByteSpan packed, ImageTarget target,
                               simd::Level level);

// Reads and decodes in one go. Same result as decode_packed over ranges_of.
Result<uint64_t> read_image(const File& file, const ImagePlan& plan, ImageTarget target,
                            Scratch& scratch, simd::Level level, CancelFlag cancel);

// For pixels that are decoded already: mask[i] = 1 where they are undefined, that is NaN in floats
// and BLANK in integers. Returns how many are.
uint64_t mark_undefined(const simd::Recipe& recipe, ByteSpan pixels, std::span<uint8_t> mask);

}  // namespace fitstream
