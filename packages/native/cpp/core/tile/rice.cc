#include "rice.h"

#include <algorithm>
#include <bit>

namespace fitstream {
namespace {

// Bits of a stream, most significant first. Behind the end they are zeros.
class BitReader {
 public:
  // What any window holds: 64 bits from the byte where it begins.
  static constexpr int kWindow = 57;

  BitReader(ByteSpan stream, uint64_t position) : stream_(stream), position_(position) {}

  uint64_t position() const { return position_; }
  bool overran() const { return position_ > stream_.size() * 8; }

  // 0 <= n <= 32.
  uint32_t take(int n) {
    const auto bits = static_cast<uint32_t>(window() >> 1 >> (63 - n));
    position_ += static_cast<uint64_t>(n);
    return bits;
  }

  // A number in Rice's code: its high bits as so many zeros and a one, then its low bits.
  uint32_t take_number(int low_bits) {
    uint32_t high = 0;
    while (window() >> (64 - kWindow) == 0 && !overran()) {
      position_ += kWindow;
      high += kWindow;
    }
    const int zeros = std::countl_zero(window() | 1);
    position_ += static_cast<uint64_t>(zeros) + 1;
    high += static_cast<uint32_t>(zeros);
    return high << low_bits | take(low_bits);
  }

  // The next `N` numbers from one window; false where they do not fit in it.
  template <int N>
  bool take_numbers(int low_bits, uint32_t (&numbers)[N]) {
    if (position_ / 8 + 8 > stream_.size()) return false;
    // The last bit stands behind all that may be taken: it ends a run of zeros that does not fit.
    uint64_t bits = window_inside() | 1;
    int length = N * (low_bits + 1);
    for (uint32_t& number : numbers) {
      const int zeros = std::countl_zero(bits);
      bits <<= zeros & 63;
      number = (static_cast<uint32_t>(zeros) << low_bits) +
               static_cast<uint32_t>(bits >> (63 - low_bits)) - (1u << low_bits);
      bits <<= low_bits + 1;
      length += zeros;
    }
    if (length > kWindow) return false;
    position_ += static_cast<uint64_t>(length);
    return true;
  }

 private:
  uint64_t window_inside() const {
    return load_be<uint64_t>(stream_.data() + position_ / 8) << (position_ % 8);
  }
  uint64_t window() const {
    const uint64_t byte = position_ / 8;
    if (byte + 8 <= stream_.size()) return window_inside();
    uint64_t bits = 0;
    for (uint64_t i = byte; i < stream_.size(); ++i)
      bits |= std::to_integer<uint64_t>(stream_[i]) << (56 - 8 * (i - byte));
    return bits << (position_ % 8);
  }

  ByteSpan stream_;
  uint64_t position_;
};

template <typename Pixel>
Status decode(RiceCursor& cursor, uint32_t block, std::span<int32_t> pixels) {
  BitReader bits(cursor.stream, cursor.position);
  uint32_t last = cursor.last;
  const auto put = [&](int32_t& pixel, uint32_t folded) {
    last += folded >> 1 ^ (0u - (folded & 1));
    pixel = static_cast<Pixel>(last);
  };
  for (size_t at = 0; at < pixels.size(); at += block) {
    const auto part = pixels.subspan(at, std::min<size_t>(block, pixels.size() - at));
    const int low_bits = static_cast<int>(bits.take(RiceWidth<Pixel>::kNameBits)) - 1;
    if (low_bits > RiceWidth<Pixel>::kVerbatim)
      return Error::of(ErrorCode::kCorrupt, "a RICE block has too many low bits",
                       "at most " + std::to_string(RiceWidth<Pixel>::kVerbatim),
                       std::to_string(low_bits));
    if (low_bits < 0) {
      std::fill(part.begin(), part.end(), static_cast<Pixel>(last));
    } else if (low_bits == RiceWidth<Pixel>::kVerbatim) {
      for (int32_t& pixel : part) put(pixel, bits.take(8 * static_cast<int>(sizeof(Pixel))));
    } else {
      size_t i = 0;
      for (; i + 4 <= part.size(); i += 4) {
        uint32_t numbers[4];
        if (!bits.take_numbers(low_bits, numbers))
          for (uint32_t& number : numbers) number = bits.take_number(low_bits);
        for (size_t k = 0; k < 4; ++k) put(part[i + k], numbers[k]);
      }
      for (; i < part.size(); ++i) put(part[i], bits.take_number(low_bits));
    }
  }
  // Once is enough: the zeros behind the end are constant blocks.
  if (bits.overran())
    return Error::of(ErrorCode::kCorrupt, "a RICE stream ends before its tile is full");
  cursor.position = bits.position();
  cursor.last = last;
  return ok();
}

}  // namespace

RiceCursor start_rice(const RiceCoding& coding, ByteSpan stream) {
  BitReader bits(stream, 0);
  const uint32_t first = bits.take(8 * coding.bytes_per_pixel);
  return {stream, bits.position(), first};
}

Status decode_rice(const RiceCoding& coding, RiceCursor& cursor, std::span<int32_t> pixels) {
  switch (coding.bytes_per_pixel) {
    case 1:
      return decode<uint8_t>(cursor, coding.block, pixels);
    case 2:
      return decode<int16_t>(cursor, coding.block, pixels);
    default:
      return decode<int32_t>(cursor, coding.block, pixels);
  }
}

Status decode_rice(const RiceCoding& coding, ByteSpan stream, std::span<int32_t> pixels) {
  RiceCursor cursor = start_rice(coding, stream);
  return decode_rice(coding, cursor, pixels);
}

}  // namespace fitstream
