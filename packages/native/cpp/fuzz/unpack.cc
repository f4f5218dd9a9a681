// Files that are compressed as a whole. Input: limit in units of 256 bytes (2 bytes); the file.
#include "unpack.h"

#include "support.h"

namespace fitstream::fuzz {
namespace {

// What comes out; nothing where that fails.
template <typename Packed>
std::optional<Bytes> unpacked(const Packed& packed, uint64_t limit) {
  Bytes out;
  const Status done = unpack(packed, limit, nullptr, [&](ByteSpan piece) {
    out.insert(out.end(), piece.begin(), piece.end());
    return ok();
  });
  require(out.size() <= limit, "no more comes out than the limit");
  if (!done) return std::nullopt;
  return out;
}

}  // namespace
}  // namespace fitstream::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fitstream;
  using namespace fitstream::fuzz;
  Input input(data, size);
  const uint64_t limit = uint64_t{input.number<uint16_t>()} << 8;
  const Bytes packed = copy_of(input.rest());
  static_cast<void>(packing_of(packed));
  const MemoryFile stored(packed);
  const auto file = File::open(stored.path());
  require(bool(file), "a file in memory opens");
  require(unpacked(ByteSpan(packed), limit) == unpacked(*file, limit),
          "a file unpacks as its bytes do");
  return 0;
}
