// Validity bits: one a value, lowest bit first, 0 for null.
#pragma once

#include <cstddef>

namespace fitstream::relation {

inline bool bit_at(const std::byte* bits, size_t i) {
  return (std::to_integer<unsigned>(bits[i >> 3]) >> (i & 7) & 1) != 0;
}
inline size_t bytes_of_bits(size_t bits) { return (bits + 7) / 8; }

// Writes bits one after the other, from the first bit of a byte on. The byte that is not full has
// zeros at its end.
class BitWriter {
 public:
  explicit BitWriter(std::byte* out) : out_(out) {}
  void put(bool bit) {
    byte_ |= static_cast<unsigned>(bit) << count_;
    *out_ = static_cast<std::byte>(byte_);
    if (++count_ == 8) ++out_, byte_ = 0, count_ = 0;
  }

 private:
  std::byte* out_;
  unsigned byte_ = 0;
  unsigned count_ = 0;
};

}  // namespace fitstream::relation
