// HCOMPRESS_1 streams at every level. Input: smooth and wide (bits of one byte); the stream, which
// names its rows and columns.
#include "tile/hcompress.h"

#include "support.h"

namespace fitstream::fuzz {
namespace {

// What the stream says, as far as it is little enough.
size_t pixels_of(ByteSpan stream) {
  if (stream.size() < 10) return 1;
  const auto rows = uint64_t{load_be<uint32_t>(stream.data() + 2)};
  const auto columns = uint64_t{load_be<uint32_t>(stream.data() + 6)};
  const auto pixels = checked_mul(rows, columns);
  return pixels && *pixels > 0 && *pixels <= 1 << 16 ? *pixels : 1;
}

}  // namespace
}  // namespace fitstream::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fitstream;
  using namespace fitstream::fuzz;
  Input input(data, size);
  const uint8_t flags = input.byte();
  const HcompressCoding coding{(flags & 1) != 0, (flags & 2) != 0};
  const Bytes stream = copy_of(input.rest());
  std::optional<std::vector<int32_t>> expected;
  for (const auto level : levels()) {
    std::optional<std::vector<int32_t>> pixels(std::in_place, pixels_of(stream));
    HcompressScratch scratch;
    if (!decode_hcompress(coding, stream, level, scratch, *pixels)) pixels.reset();
    if (level == simd::Level::kScalar) expected = pixels;
    require(pixels == expected, "every level gives the same pixels");
  }
  return 0;
}
