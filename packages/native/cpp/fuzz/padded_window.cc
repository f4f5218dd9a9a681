// Windows of plain images, which may leave them. Input: stored type, type that comes out, axes less
// one (1 byte each); of every axis its length, where the window begins, its length and stride (1
// byte each); BLANK, BSCALE and BZERO; the data unit.
#include "padded_window.h"

#include <functional>

#include "image.h"
#include "support.h"

namespace fitstream::fuzz {
namespace {

struct Case {
  ImageLayout layout;
  PaddedWindow window;
  Dtype out = Dtype::kFloat64;
  uint64_t pixels = 1;  // of the image
};

Case case_of(Input& input) {
  constexpr int kBitpix[] = {8, 16, 32, 64, -32, -64};
  Case c;
  c.layout.stored = *dtype_of_bitpix(kBitpix[input.byte() % 6]);
  c.out = static_cast<Dtype>(input.byte() % kDtypes.size());
  for (size_t axes = input.byte() % 4 + 1; axes > 0; --axes) {
    c.layout.shape.push_back(input.byte() % 24);
    c.window.origin.push_back(input.number<int8_t>());
    c.window.shape.push_back(input.byte() % 24);
    c.window.stride.push_back(input.byte() % 5);
    c.pixels *= c.layout.shape.back();
  }
  const uint8_t flags = input.byte();
  if (flags & 1) c.layout.scaling.blank = input.number<int16_t>();
  if (flags & 2) c.layout.scaling.bzero = sign_flip_zero(c.layout.stored);
  if (flags & 4) c.layout.scaling.bscale = input.number<double>();
  if (flags & 8) c.window.pad = input.number<int8_t>();
  return c;
}

struct Pixels {
  Bytes bytes;
  std::vector<uint8_t> mask;
  uint64_t undefined = 0;
  bool operator==(const Pixels&) const = default;
};

using ReadWindow = std::function<Result<uint64_t>(const ImagePlan&, ImageTarget)>;

// Nothing where the read fails.
std::optional<Pixels> read(const Case& c, const PaddedWindow& window, const ReadWindow& decode) {
  uint64_t n = 1;
  for (const uint64_t side : window.shape) n *= side;
  Pixels pixels{Bytes(n * size_of(c.out)), std::vector<uint8_t>(n)};
  const auto undefined =
      read_padded(window, c.layout.shape, c.out, {pixels.bytes, pixels.mask},
                  [&](const Window& inside, ImageTarget target) -> Result<uint64_t> {
                    const auto plan = plan_image(c.layout, inside, c.out);
                    if (!plan) return plan.error();
                    return decode(*plan, target);
                  });
  if (!undefined) return std::nullopt;
  pixels.undefined = *undefined;
  return pixels;
}

// Every pixel of the window as a window of its own.
void check_pixels(const Case& c, const Pixels& pixels, const ReadWindow& decode) {
  const size_t size = size_of(c.out);
  for (uint64_t i = 0; i < pixels.mask.size(); ++i) {
    PaddedWindow one = c.window;
    uint64_t rest = i;
    for (size_t axis = one.shape.size(); axis-- > 0;) {
      one.origin[axis] += static_cast<int64_t>(rest % one.shape[axis] * one.stride[axis]);
      rest /= one.shape[axis];
      one.shape[axis] = 1;
    }
    const auto pixel = read(c, one, decode);
    require(pixel && pixel->mask[0] == pixels.mask[i] &&
                std::memcmp(pixel->bytes.data(), pixels.bytes.data() + i * size, size) == 0,
            "a window is made of its pixels");
  }
}

}  // namespace
}  // namespace fitstream::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fitstream;
  using namespace fitstream::fuzz;
  Input input(data, size);
  const Case c = case_of(input);
  Bytes image = copy_of(input.rest());
  if (c.pixels < 1 << 16) image.resize(std::max(image.size(), c.pixels * size_of(c.layout.stored)));
  const MemoryFile stored(image);
  const auto file = File::open(stored.path());
  require(bool(file), "a file in memory opens");

  Scratch scratch;
  uint64_t window_pixels = 1;
  for (const uint64_t side : c.window.shape) window_pixels *= side;
  std::optional<Pixels> expected;
  for (const auto level : levels()) {
    const ReadWindow from_file = [&](const ImagePlan& plan, ImageTarget target) {
      return read_image(*file, plan, target, scratch, level, nullptr);
    };
    const auto pixels = read(c, c.window, from_file);
    if (level == simd::Level::kScalar) expected = pixels;
    require(pixels == expected, "every level gives the same pixels");
    if (pixels && window_pixels <= 256) check_pixels(c, *pixels, from_file);
  }
  return 0;
}
