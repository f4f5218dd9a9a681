// RICE streams by every way to decode them. Input: width of pixels and length of blocks (one byte),
// pixels less one (2), streams less one (1), blocks decoded at a time less one (1); the streams.
#include "tile/rice.h"

#include "support.h"
#include "tile/rice_lanes.h"

namespace fitstream::fuzz {
namespace {

struct Streams {
  RiceCoding coding;
  size_t pixels = 0;   // of each
  size_t at_once = 0;  // pixels that are decoded at a time: whole blocks
  std::vector<Bytes> streams;
};

// Nothing where the stream is damaged.
using Pixels = std::optional<std::vector<int32_t>>;

Pixels decode_whole(const Streams& s, ByteSpan stream) {
  std::vector<int32_t> out(s.pixels);
  if (!decode_rice(s.coding, stream, out)) return std::nullopt;
  return out;
}

Pixels decode_in_parts(const Streams& s, ByteSpan stream) {
  std::vector<int32_t> out(s.pixels);
  RiceCursor cursor = start_rice(s.coding, stream);
  for (size_t at = 0; at < s.pixels; at += s.at_once) {
    const auto part = std::span(out).subspan(at, std::min(s.at_once, s.pixels - at));
    if (!decode_rice(s.coding, cursor, part)) return std::nullopt;
  }
  return out;
}

// All streams, one after the other.
Pixels decode_in_lanes(const Streams& s, std::span<const Bytes> streams, simd::Level level) {
  const std::vector<ByteSpan> spans(streams.begin(), streams.end());
  std::vector<RiceCursor> cursors;
  for (const ByteSpan span : spans) cursors.push_back(start_rice(s.coding, span));
  RiceLanes lanes(s.coding, cursors, level);
  std::vector<int32_t> out(s.pixels * spans.size());
  for (size_t at = 0; at < s.pixels; at += s.at_once)
    if (!lanes.decode(std::min(s.at_once, s.pixels - at), out.data() + at, s.pixels))
      return std::nullopt;
  return out;
}

void check_lanes(const Streams& s, std::span<const Pixels> expected, simd::Level level) {
  const size_t most = rice_lanes(level);
  for (size_t first = 0; first < s.streams.size(); first += most) {
    const size_t n = std::min(most, s.streams.size() - first);
    Pixels all{std::in_place};
    for (const Pixels& one : expected.subspan(first, n)) {
      if (!one) all.reset();
      if (all) all->insert(all->end(), one->begin(), one->end());
    }
    require(decode_in_lanes(s, std::span(s.streams).subspan(first, n), level) == all,
            "lanes give what one stream alone gives");
  }
}

}  // namespace
}  // namespace fitstream::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fitstream::fuzz;
  Input input(data, size);
  Streams s;
  const uint8_t coding = input.byte();
  s.coding = {1 << coding % 3, coding & 0x80 ? 16u : 32u};
  s.pixels = input.size_up_to(4096);
  const size_t streams = input.byte() % 32 + 1;
  s.at_once = s.coding.block * (input.byte() % 16 + 1);
  const size_t length = input.rest().size() / streams;
  for (size_t i = 0; i < streams; ++i)
    s.streams.push_back(copy_of(input.rest().subspan(i * length, length)));

  std::vector<Pixels> expected;
  for (const Bytes& stream : s.streams) {
    expected.push_back(decode_whole(s, stream));
    require(decode_in_parts(s, stream) == expected.back(), "parts of a stream make the whole");
  }
  for (const auto level : levels()) check_lanes(s, expected, level);
  return 0;
}
