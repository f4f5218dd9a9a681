// Tile-compressed images. Input: which header (1 byte, see image_kinds.h); a window (1 byte); the
// data unit.
#include "compressed_image.h"

#include "image_kinds.h"
#include "support.h"

namespace fitstream::fuzz {
namespace {

// Nothing where a read fails.
using Pixels = std::optional<Bytes>;

struct Image {
  Bytes hdu;  // header and data
  Hdu facts;

  CompressedImageReader open() const {
    auto reader = CompressedImageReader::open(hdu, facts);
    require(bool(reader), "a header of the target opens");
    return std::move(*reader);
  }
};

Image image_of(const ImageKind& kind, ByteSpan data_unit) {
  Bytes data = copy_of(data_unit);
  data.resize(std::max(data.size(), row_length_of(kind) * tiles_of(kind)));
  const std::string header = header_of(kind, data.size());
  return {hdu_bytes(header, data), extension(header)};
}

uint64_t pixels_of(const Window& window) {
  uint64_t n = 1;
  for (const uint64_t side : window.shape) n *= side;
  return n;
}

Pixels read(CompressedImageReader& reader, const Window& window, Dtype out, size_t threads) {
  Bytes pixels(pixels_of(window) * size_of(out));
  std::vector<uint8_t> mask(pixels_of(window));
  if (!reader.read(window, out, {pixels, mask}, nullptr, threads)) return std::nullopt;
  return pixels;
}

// The pixels of a window, taken out of the whole image one by one.
Bytes cut(const Bytes& whole, const std::vector<uint64_t>& shape, const Window& window,
          size_t size) {
  Bytes out(pixels_of(window) * size);
  for (uint64_t i = 0; i < out.size() / size; ++i) {
    uint64_t rest = i, at = 0, step = 1;
    for (size_t axis = shape.size(); axis-- > 0;) {
      const uint64_t along = rest % window.shape[axis];
      at += (window.origin[axis] + along * window.stride[axis]) * step;
      rest /= window.shape[axis];
      step *= shape[axis];
    }
    std::memcpy(out.data() + i * size, whole.data() + at * size, size);
  }
  return out;
}

// Windows that overlap and cut through tiles, in a place that `choice` says.
std::vector<Window> windows_of(const std::vector<uint64_t>& shape, uint8_t choice) {
  std::vector<Window> windows(3, whole_window(shape));
  for (size_t i = 0; i < shape.size(); ++i) {
    windows[0].origin[i] = choice % shape[i];
    windows[0].shape[i] = std::min<uint64_t>(shape[i] - windows[0].origin[i], 7);
    windows[1].origin[i] = windows[0].origin[i] / 2;
    windows[1].stride[i] = choice % 5 + 1;
    windows[1].shape[i] = (shape[i] - windows[1].origin[i] - 1) / windows[1].stride[i] + 1;
    windows[2].shape[i] = (shape[i] + 1) / 2;
  }
  return windows;
}

Pixels read_together(CompressedImageReader& reader, std::span<const Window> windows, Dtype out,
                     size_t threads) {
  std::vector<Bytes> parts;
  for (const Window& window : windows) parts.emplace_back(pixels_of(window) * size_of(out));
  std::vector<WindowTarget> targets;
  for (size_t i = 0; i < windows.size(); ++i) targets.push_back({windows[i], parts[i]});
  if (!reader.read_windows(targets, out, nullptr, threads)) return std::nullopt;
  Bytes all;
  for (const Bytes& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

void check(const Image& image, Dtype out, uint8_t choice) {
  CompressedImageReader reader = image.open();
  const auto& shape = reader.layout().shape;
  const Pixels whole = read(reader, whole_window(shape), out, 1);
  CompressedImageReader threaded = image.open();
  require(read(threaded, whole_window(shape), out, 2) == whole, "threads change nothing");

  const auto windows = windows_of(shape, choice);
  Bytes all;
  for (const Window& window : windows) {
    CompressedImageReader cold = image.open();
    const Pixels pixels = read(cold, window, out, 1);
    const Pixels warm = read(reader, window, out, 1);
    require(warm == pixels, "tiles that are kept change nothing");
    if (!whole) continue;
    const Bytes expected = cut(*whole, shape, window, size_of(out));
    require(pixels == expected, "a window has the pixels of the whole image");
    all.insert(all.end(), expected.begin(), expected.end());
  }
  CompressedImageReader cold = image.open();
  const Pixels together = read_together(cold, windows, out, 2);
  if (whole) require(together == all, "windows do not disturb each other");
}

}  // namespace
}  // namespace fitstream::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fitstream;
  using namespace fitstream::fuzz;
  Input input(data, size);
  const ImageKind& kind = image_kinds()[input.byte() % image_kinds().size()];
  const uint8_t choice = input.byte();
  const Image image = image_of(kind, input.rest());
  const auto layout = layout_of_compressed(image.facts);
  require(bool(layout), "a header of the target is one of a compressed image");
  check(image, natural_dtype(layout->stored, layout->scaling), choice);
  check(image, Dtype::kFloat64, choice);
  return 0;
}
