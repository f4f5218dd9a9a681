#include "rice_streams.h"

#include <limits>

// Exported by the library, declared in none of its public headers.
extern "C" {
int fits_rcomp(int* pixels, int n, unsigned char* stream, int length, int block);
int fits_rcomp_short(short* pixels, int n, unsigned char* stream, int length, int block);
int fits_rcomp_byte(signed char* pixels, int n, unsigned char* stream, int length, int block);
int fits_rdecomp(unsigned char* stream, int length, unsigned* pixels, int n, int block);
int fits_rdecomp_short(unsigned char* stream, int length, unsigned short* pixels, int n, int block);
int fits_rdecomp_byte(unsigned char* stream, int length, unsigned char* pixels, int n, int block);
}

namespace fitstream::test {
namespace {

template <typename T, typename Encode>
Bytes encode(Encode encoder, std::vector<T> pixels, uint32_t block) {
  Bytes stream(pixels.size() * sizeof(T) * 2 + 64);
  const int length = encoder(pixels.data(), static_cast<int>(pixels.size()),
                             reinterpret_cast<unsigned char*>(stream.data()),
                             static_cast<int>(stream.size()), static_cast<int>(block));
  EXPECT_GT(length, 0);
  // Memory of its own, so that the sanitizer sees a read behind it.
  return Bytes(stream.begin(), stream.begin() + length);
}

// `As` is what CFITSIO writes, `Pixel` what the standard says that it means.
template <typename As, typename Pixel, typename Decode>
std::vector<int32_t> decode(Decode decoder, Bytes stream, size_t n, uint32_t block) {
  std::vector<As> pixels(n);
  EXPECT_EQ(
      decoder(reinterpret_cast<unsigned char*>(stream.data()), static_cast<int>(stream.size()),
              pixels.data(), static_cast<int>(n), static_cast<int>(block)),
      0);
  std::vector<int32_t> out;
  for (const As pixel : pixels) out.push_back(static_cast<Pixel>(pixel));
  return out;
}

struct Range {
  int64_t low, high;
};
Range range_of(const RiceCoding& coding) {
  if (coding.bytes_per_pixel == 1) return {0, 255};
  if (coding.bytes_per_pixel == 2) return {-32768, 32767};
  return {std::numeric_limits<int32_t>::min(), std::numeric_limits<int32_t>::max()};
}

}  // namespace

std::vector<RiceCoding> rice_codings() {
  return {{1, 16}, {1, 32}, {2, 16}, {2, 32}, {4, 16}, {4, 32}};
}

std::vector<int32_t> make_rice_pixels(const RiceCoding& coding, size_t n, Random& random) {
  const auto [low, high] = range_of(coding);
  const auto anything = [&, least = low, most = high] {
    return least + static_cast<int64_t>(random.between(0, static_cast<uint64_t>(most - least)));
  };
  std::vector<int32_t> pixels;
  while (pixels.size() < n) {
    const int64_t base = anything();
    const uint64_t kind = random.between(0, 4);
    for (uint64_t i = random.between(1, 70); i > 0 && pixels.size() < n; --i) {
      int64_t value = base;
      if (kind == 1) value += static_cast<int64_t>(random.between(0, 3));
      if (kind == 2) value += static_cast<int64_t>(5 * random.gaussian());
      if (kind == 3 && random.chance(0.05)) value += int64_t{1} << random.between(0, 30);
      if (kind == 4) value = anything();
      pixels.push_back(static_cast<int32_t>(std::clamp(value, low, high)));
    }
  }
  return pixels;
}

std::vector<int32_t> make_sky_pixels(const RiceCoding& coding, size_t n, double sigma,
                                     Random& random) {
  const auto [low, high] = range_of(coding);
  std::vector<int32_t> pixels;
  for (size_t i = 0; i < n; ++i) {
    const auto value = 100 + static_cast<int64_t>(sigma * random.gaussian());
    pixels.push_back(static_cast<int32_t>(std::clamp(value, low, high)));
  }
  return pixels;
}

Bytes encode_rice(const RiceCoding& coding, const std::vector<int32_t>& pixels) {
  switch (coding.bytes_per_pixel) {
    case 1:
      return encode(fits_rcomp_byte, std::vector<signed char>(pixels.begin(), pixels.end()),
                    coding.block);
    case 2:
      return encode(fits_rcomp_short, std::vector<short>(pixels.begin(), pixels.end()),
                    coding.block);
    default:
      return encode(fits_rcomp, pixels, coding.block);
  }
}

std::vector<int32_t> decode_rice_by_cfitsio(const RiceCoding& coding, const Bytes& stream,
                                            size_t n) {
  switch (coding.bytes_per_pixel) {
    case 1:
      return decode<unsigned char, uint8_t>(fits_rdecomp_byte, stream, n, coding.block);
    case 2:
      return decode<unsigned short, int16_t>(fits_rdecomp_short, stream, n, coding.block);
    default:
      return decode<unsigned, int32_t>(fits_rdecomp, stream, n, coding.block);
  }
}

}  // namespace fitstream::test
