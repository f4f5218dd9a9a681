#include "big_endian.h"

namespace fitstream {
namespace {

template <size_t Width>
void store(bool flips_sign, const std::byte* from, std::byte* to, size_t n) {
  using U = typename UintOfWidth<Width>::type;
  const U flip = flips_sign ? static_cast<U>(U{1} << (8 * Width - 1)) : U{0};
  for (size_t i = 0; i < n; ++i) {
    U u;
    std::memcpy(&u, from + i * Width, Width);
    u = swap_bytes(static_cast<U>(u ^ flip));
    std::memcpy(to + i * Width, &u, Width);
  }
}

}  // namespace

void store_big_endian(Dtype dtype, bool flips_sign, const std::byte* from, std::byte* to,
                      size_t n) {
  switch (size_of(dtype)) {
    case 1:
      return store<1>(flips_sign, from, to, n);
    case 2:
      return store<2>(flips_sign, from, to, n);
    case 4:
      return store<4>(flips_sign, from, to, n);
    default:
      return store<8>(flips_sign, from, to, n);
  }
}

}  // namespace fitstream
