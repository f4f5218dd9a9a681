#include "rice.h"

#include <algorithm>
#include <bit>

namespace fitstream {
namespace {

// Bits of a stream, most significant first. Behind the end they are zeros, and `overran` says so.
class BitReader {
 public:
  explicit BitReader(ByteSpan stream) : next_(stream.data()), end_(next_ + stream.size()) {}

  // 0 <= n <= 32.
  uint32_t take(int n) {
    if (valid_ < n) refill();
    const auto bits = static_cast<uint32_t>(buffer_ >> 1 >> (63 - n));
    skip(n);
    return bits;
  }

  // Zeros before the next one, which is skipped with them.
  uint32_t take_zeros() {
    uint32_t zeros = 0;
    for (;;) {
      const int leading = std::countl_zero(buffer_);
      if (leading < valid_) {
        skip(leading + 1);
        return zeros + static_cast<uint32_t>(leading);
      }
      zeros += static_cast<uint32_t>(valid_);
      skip(valid_);
      refill();
      if (valid_ == 0) {
        overran_ = true;
        return zeros;
      }
    }
  }

  // A number in Rice's code: its high bits as so many zeros and a one, then its low bits.
  uint32_t take_number(int low_bits) {
    if (valid_ < 32) refill();
    const int leading = std::countl_zero(buffer_);
    const int length = leading + 1 + low_bits;
    if (length <= valid_ && length < 64) {
      const auto low = static_cast<uint32_t>(buffer_ << leading << 1 >> 1 >> (63 - low_bits));
      buffer_ <<= length;
      valid_ -= length;
      return static_cast<uint32_t>(leading) << low_bits | low;
    }
    const uint32_t high = take_zeros() << low_bits;
    return high | take(low_bits);
  }

  bool overran() const { return overran_; }

 private:
  void refill() {
    while (valid_ <= 56 && next_ < end_) {
      if (end_ - next_ >= 8) {
        // Bits beyond the counted ones are those that come next: to set them again changes nothing.
        buffer_ |= load_be<uint64_t>(next_) >> valid_;
        const int bytes = (63 - valid_) / 8;
        next_ += bytes;
        valid_ += 8 * bytes;
        return;
      }
      buffer_ |= static_cast<uint64_t>(*next_++) << (56 - valid_);
      valid_ += 8;
    }
  }
  void skip(int n) {
    if (n > valid_) overran_ = true;
    buffer_ = n < 64 ? buffer_ << n : 0;
    valid_ = std::max(valid_ - n, 0);
  }

  const std::byte* next_;
  const std::byte* end_;
  uint64_t buffer_ = 0;  // the next bit is the highest
  int valid_ = 0;        // bits of it that are counted
  bool overran_ = false;
};

// What differs between the three widths: bits that name a block's low bits, and the name that
// stands for verbatim differences.
template <typename Pixel>
struct Width;
template <>
struct Width<uint8_t> {
  static constexpr int kNameBits = 3, kVerbatim = 6;
};
template <>
struct Width<int16_t> {
  static constexpr int kNameBits = 4, kVerbatim = 14;
};
template <>
struct Width<int32_t> {
  static constexpr int kNameBits = 5, kVerbatim = 25;
};

Error ends_early() {
  return Error::of(ErrorCode::kCorrupt, "a RICE stream ends before its tile is full");
}

template <typename Pixel>
Status decode(ByteSpan stream, uint32_t block, std::span<int32_t> pixels) {
  if (stream.size() < sizeof(Pixel)) return ends_early();
  // Differences wrap around at the pixel's width.
  uint32_t last = static_cast<uint32_t>(load_be<Pixel>(stream.data()));
  BitReader bits(stream.subspan(sizeof(Pixel)));
  const auto put = [&](int32_t& pixel, uint32_t folded) {
    last += folded & 1 ? ~(folded >> 1) : folded >> 1;
    pixel = static_cast<Pixel>(last);
    last = static_cast<uint32_t>(pixel);
  };
  for (size_t at = 0; at < pixels.size(); at += block) {
    const auto part = pixels.subspan(at, std::min<size_t>(block, pixels.size() - at));
    const int low_bits = static_cast<int>(bits.take(Width<Pixel>::kNameBits)) - 1;
    if (low_bits > Width<Pixel>::kVerbatim)
      return Error::of(ErrorCode::kCorrupt, "a RICE block has too many low bits",
                       "at most " + std::to_string(Width<Pixel>::kVerbatim),
                       std::to_string(low_bits));
    if (low_bits < 0) {
      std::fill(part.begin(), part.end(), static_cast<int32_t>(last));
    } else if (low_bits == Width<Pixel>::kVerbatim) {
      for (int32_t& pixel : part) put(pixel, bits.take(8 * static_cast<int>(sizeof(Pixel))));
    } else {
      for (int32_t& pixel : part) put(pixel, bits.take_number(low_bits));
    }
    if (bits.overran()) return ends_early();
  }
  return ok();
}

}  // namespace

Status decode_rice(const RiceCoding& coding, ByteSpan stream, std::span<int32_t> pixels) {
  switch (coding.bytes_per_pixel) {
    case 1:
      return decode<uint8_t>(stream, coding.block, pixels);
    case 2:
      return decode<int16_t>(stream, coding.block, pixels);
    default:
      return decode<int32_t>(stream, coding.block, pixels);
  }
}

}  // namespace fitstream
