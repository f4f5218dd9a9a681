#include "hcompress.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>

#include "hcompress_kernels.h"

namespace fitstream {
namespace {

using hcompress::Frame;
using hcompress::Kernels;
using hcompress::Quadrant;

Error corrupt(std::string what, std::string expected = {}, std::string found = {}) {
  return Error::of(ErrorCode::kCorrupt, std::move(what), std::move(expected), std::move(found));
}
Error ends_early() { return corrupt("an HCOMPRESS stream ends before its tile is full"); }

// Codes of quadtree nodes: which of four parts have a bit set. The six bits that a code may take,
// to the code and its length.
struct Symbol {
  uint8_t code;
  uint8_t length;
};
constexpr auto kSymbols = [] {
  constexpr std::array<uint8_t, 16> bits = {0x3e, 0x00, 0x01, 0x08, 0x02, 0x09, 0x1a, 0x1b,
                                            0x03, 0x1c, 0x0a, 0x1d, 0x0b, 0x1e, 0x3f, 0x0c};
  constexpr std::array<uint8_t, 16> lengths = {6, 3, 3, 4, 3, 4, 5, 5, 3, 5, 4, 5, 4, 5, 6, 4};
  std::array<Symbol, 64> symbols{};
  for (uint8_t code = 0; code < 16; ++code) {
    const int free = 6 - lengths[code];
    for (int rest = 0; rest < 1 << free; ++rest)
      symbols[static_cast<size_t>((bits[code] << free) + rest)] = {code, lengths[code]};
  }
  return symbols;
}();

// Bits of a stream, most significant first. Behind the end they are zeros, and `overran` says so.
class BitReader {
 public:
  explicit BitReader(ByteSpan stream) : stream_(stream) {}

  // 1 <= n <= 32.
  uint32_t take(int n) {
    if (valid_ < n) refill();
    const auto bits = static_cast<uint32_t>(buffer_ >> (64 - n));
    skip(n);
    return bits;
  }
  uint8_t take_symbol() {
    if (valid_ < 6) refill();
    const Symbol s = kSymbols[buffer_ >> 58];
    skip(s.length);
    return s.code;
  }

  bool overran() const { return padding_ > valid_; }
  // What follows the byte that was begun; not after an overrun.
  ByteSpan rest() const {
    return stream_.subspan(next_ - static_cast<size_t>((valid_ - padding_) / 8));
  }

 private:
  void refill() {
    if (stream_.size() - next_ >= 8) {
      // Bits beyond the counted ones are those that come next: to set them again changes nothing.
      buffer_ |= load_be<uint64_t>(stream_.data() + next_) >> valid_;
      const int bytes = (63 - valid_) / 8;
      next_ += static_cast<size_t>(bytes);
      valid_ += 8 * bytes;
      return;
    }
    for (; valid_ <= 56; valid_ += 8) {
      if (next_ < stream_.size())
        buffer_ |= static_cast<uint64_t>(stream_[next_++]) << (56 - valid_);
      else
        padding_ += 8;
    }
  }
  void skip(int n) {
    buffer_ <<= n;
    valid_ -= n;
  }

  ByteSpan stream_;
  size_t next_ = 0;
  uint64_t buffer_ = 0;  // the next bit is the highest
  int valid_ = 0;        // bits of it that are counted
  int64_t padding_ = 0;  // bits that were counted though the stream had ended
};

// Codes as they are, four bits each.
void read_codes(BitReader& reader, std::span<uint8_t> codes) {
  BitReader bits = reader;
  size_t i = 0;
  for (; i + 8 <= codes.size(); i += 8) {
    uint64_t spread = swap_bytes(bits.take(32));
    spread = (spread | spread << 16) & 0x0000ffff0000ffff;
    spread = (spread | spread << 8) & 0x00ff00ff00ff00ff;
    spread = (spread >> 4 & 0x000f000f000f000f) | (spread & 0x000f000f000f000f) << 8;
    std::memcpy(&codes[i], &spread, sizeof spread);
  }
  for (; i < codes.size(); ++i) codes[i] = static_cast<uint8_t>(bits.take(4));
  reader = bits;
}

// Behind codes, for reads of whole groups.
constexpr size_t kParents = 32;

// Which children of kParents neighbours have a code, the first one at the highest bit. The codes'
// bits from `shift` on name two children in the row: 2 those above, 0 those below.
uint64_t children_of(const uint8_t* parents, int shift) {
  uint64_t children = 0;
  for (size_t i = 0; i < kParents; i += 8) {
    uint64_t pairs = load_be<uint64_t>(reinterpret_cast<const std::byte*>(parents + i)) >> shift;
    pairs &= 0x0303030303030303;
    pairs = (pairs | pairs >> 6) & 0x000f000f000f000f;
    pairs = (pairs | pairs >> 12) & 0x000000ff000000ff;
    children = children << 16 | ((pairs | pairs >> 24) & 0xffff);
  }
  return children;
}

// One level of a quadtree: a code for every child that its parent names, the last one first.
void read_level(BitReader& reader, const uint8_t* parents, size_t rows, size_t columns,
                uint8_t* codes) {
  BitReader bits = reader;
  std::fill_n(codes, rows * columns, uint8_t{0});
  const size_t parent_columns = (columns + 1) / 2;
  for (size_t row = rows; row-- > 0;) {
    const uint8_t* of_row = parents + row / 2 * parent_columns;
    for (size_t group = (parent_columns - 1) / kParents + 1; group-- > 0;) {
      uint64_t children = children_of(of_row + group * kParents, row % 2 == 0 ? 2 : 0);
      const size_t first = 2 * kParents * group;
      if (columns - first < 64) children &= ~uint64_t{0} << (64 - (columns - first));
      uint8_t* to = codes + row * columns + first;
      for (; children != 0; children &= children - 1)
        to[63 - std::countr_zero(children)] = bits.take_symbol();
    }
  }
  reader = bits;
}

// The codes of a plane that is written as a quadtree; nothing where no bit is set. The result is
// one of the buffers.
const uint8_t* read_tree(BitReader& reader, const Quadrant& quadrant, uint8_t* codes,
                         uint8_t* spare) {
  codes[0] = reader.take_symbol();
  if (codes[0] == 0 || quadrant.codes() == 0) return nullptr;
  const int levels = hcompress::halvings(quadrant.rows, quadrant.columns);
  for (int order = levels - 1; order > 0; --order) {
    read_level(reader, codes, ((quadrant.rows - 1) >> order) + 1,
               ((quadrant.columns - 1) >> order) + 1, spare);
    std::swap(codes, spare);
  }
  return codes;
}

Status read_quadrant(BitReader& reader, const Quadrant& quadrant, const Kernels& kernels,
                     std::vector<uint8_t>& buffer) {
  const size_t n = quadrant.codes();
  buffer.resize(std::max(buffer.size(), 2 * (n + kParents)));
  uint8_t* codes = buffer.data();
  for (int bit = quadrant.planes - 1; bit >= 0; --bit) {
    const uint8_t* plane = codes;
    const uint32_t format = reader.take(4);
    if (format == 0) {
      read_codes(reader, {codes, n});
    } else if (format == 15) {
      plane = read_tree(reader, quadrant, codes, codes + n + kParents);
    } else {
      return corrupt("an HCOMPRESS bit plane has an unknown format", "0 or 15",
                     std::to_string(format));
    }
    if (reader.overran()) return ends_early();
    if (plane) kernels.insert_plane(quadrant, plane, bit);
  }
  return ok();
}

struct Header {
  int32_t rows;
  int32_t columns;
  int32_t scale;
  int64_t sum;
  std::array<uint8_t, 3> planes;  // top left; top right and bottom left; bottom right
};
constexpr size_t kHeader = 25;

Result<Header> read_header(ByteSpan stream) {
  if (stream.size() < kHeader) return ends_early();
  const std::byte* p = stream.data();
  if (load_be<uint16_t>(p) != 0xdd99) return corrupt("not an HCOMPRESS stream");
  return Header{load_be<int32_t>(p + 2),
                load_be<int32_t>(p + 6),
                load_be<int32_t>(p + 10),
                load_be<int64_t>(p + 14),
                {load_be<uint8_t>(p + 22), load_be<uint8_t>(p + 23), load_be<uint8_t>(p + 24)}};
}

Result<Frame> frame_of(const HcompressCoding& coding, const Header& header, size_t pixels) {
  if (header.rows <= 0 || header.columns <= 0 ||
      static_cast<uint64_t>(header.rows) * static_cast<uint64_t>(header.columns) != pixels)
    return corrupt("an HCOMPRESS stream is of another size than its tile",
                   std::to_string(pixels) + " pixels",
                   std::to_string(header.rows) + " x " + std::to_string(header.columns));
  const int most = coding.is_wide ? 63 : 31;
  const int planes = *std::max_element(header.planes.begin(), header.planes.end());
  if (planes > most)
    return corrupt("an HCOMPRESS stream has too many bit planes", "at most " + std::to_string(most),
                   std::to_string(planes));

  Frame frame;
  frame.rows = static_cast<size_t>(header.rows);
  frame.columns = static_cast<size_t>(header.columns);
  const size_t top = (frame.rows + 1) / 2;
  const size_t left = (frame.columns + 1) / 2;
  frame.quadrants = {{{top, left, header.planes[0]},
                      {top, frame.columns - left, header.planes[1]},
                      {frame.rows - top, left, header.planes[1]},
                      {frame.rows - top, frame.columns - left, header.planes[2]}}};
  frame.scale = header.scale;
  frame.is_smooth = coding.is_smooth;
  frame.sum = header.sum;
  return frame;
}

// Whether no sum can leave 32 bits, so that half as wide arithmetic gives the same pixels. Levels
// halve the sums that they make of h0 and three coefficients, so none is above twice the greatest
// ones with what rounding adds; smoothing has terms of up to 160 times that.
bool fits_in_32_bits(const Frame& frame) {
  int planes = 0;
  for (const Quadrant& q : frame.quadrants) planes = std::max(planes, q.planes);
  if (planes > 30 || frame.sum > INT32_MAX || frame.sum < -INT32_MAX) return false;
  const auto scale = static_cast<uint64_t>(std::max(frame.scale, 1));
  const int levels = hcompress::halvings(frame.rows, frame.columns);
  const uint64_t coefficient = ((uint64_t{1} << planes) + 1) * scale;
  const uint64_t lowest = static_cast<uint64_t>(std::abs(frame.sum)) * scale;
  const uint64_t bound = lowest + 3 * coefficient + (uint64_t{16} << levels);
  return bound < uint64_t{1} << (frame.is_smooth ? 23 : 30);
}

template <typename T, typename Place, typename Invert>
Status rebuild(const Frame& frame, ByteSpan signs, Place place, Invert invert,
               HcompressScratch& scratch, std::vector<T>& integers, std::span<int32_t> pixels) {
  const size_t most = pixels.size() / 8 + 1;
  scratch.signs.assign(most + 8, std::byte{0});
  const ByteSpan used = signs.first(std::min(signs.size(), most));
  std::copy(used.begin(), used.end(), scratch.signs.begin());
  integers.resize(std::max(integers.size(), pixels.size() + band_integers(frame)));
  if (place(frame, scratch.signs.data(), integers.data()) > 8 * used.size()) return ends_early();
  invert(frame, integers.data(), integers.data() + pixels.size(), pixels.data());
  return ok();
}

}  // namespace

Status decode_hcompress(const HcompressCoding& coding, ByteSpan stream, simd::Level level,
                        HcompressScratch& scratch, std::span<int32_t> pixels) {
  const auto header = read_header(stream);
  if (!header) return header.error();
  auto frame = frame_of(coding, *header, pixels.size());
  if (!frame) return frame.error();

  size_t bytes = 0;
  for (const Quadrant& q : frame->quadrants) bytes += q.magnitude_bytes();
  scratch.magnitudes.assign(bytes, 0);
  uint8_t* next = scratch.magnitudes.data();
  const Kernels& kernels = hcompress::kernels(level);
  BitReader reader(stream.subspan(kHeader));
  for (Quadrant& q : frame->quadrants) {
    q.magnitudes = next;
    next += q.magnitude_bytes();
    if (Status s = read_quadrant(reader, q, kernels, scratch.codes); !s) return s;
  }
  const uint32_t end = reader.take(4);
  if (reader.overran()) return ends_early();
  if (end != 0) return corrupt("HCOMPRESS bit planes do not end where they should");

  if (coding.is_wide && !fits_in_32_bits(*frame))
    return rebuild(*frame, reader.rest(), kernels.place_wide, kernels.invert_wide, scratch,
                   scratch.wide, pixels);
  return rebuild(*frame, reader.rest(), kernels.place_narrow, kernels.invert_narrow, scratch,
                 scratch.narrow, pixels);
}

}  // namespace fitstream
