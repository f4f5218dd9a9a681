#include "shuffle.h"

namespace fitstream {
namespace {

// The width must be known to the compiler: it makes vector code of this loop then, 10 times as fast
// as without. 33 MB of 2-byte elements take 0.4 ms in the cache; AVX2 by hand takes 0.36 to 0.44.
template <size_t Width>
void unshuffle(ByteSpan from, MutableByteSpan to) {
  const size_t n = from.size() / Width;
  const std::byte* planes = from.data();
  std::byte* elements = to.data();
  for (size_t i = 0; i < n; ++i)
    for (size_t byte = 0; byte < Width; ++byte) elements[i * Width + byte] = planes[byte * n + i];
}

}  // namespace

void unshuffle(ByteSpan from, size_t width, MutableByteSpan to) {
  switch (width) {
    case 2:
      return unshuffle<2>(from, to);
    case 4:
      return unshuffle<4>(from, to);
    case 8:
      return unshuffle<8>(from, to);
    default:
      return unshuffle<1>(from, to);
  }
}

}  // namespace fitstream
