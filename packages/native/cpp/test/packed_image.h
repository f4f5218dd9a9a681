// Images that CFITSIO compresses, for the tests of our own decoders.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compressed_image.h"
#include "support.h"

namespace fitstream::test {

// An image for CFITSIO to compress. Shapes in C order.
struct Packed {
  std::string name;
  int bitpix;  // as fits_create_img takes it: also the unsigned conventions
  Dtype dtype;
  std::vector<uint64_t> shape;
  int codec;
  std::vector<uint64_t> tile;
  float quantize = 0;
  int dither = NO_DITHER;
  std::optional<LONGLONG> blank = std::nullopt;
  int seed = 9998;  // runs over the end of the table of seeds
  float hcompress_scale = 0;
  bool is_smooth = false;
};

uint64_t product_of(const std::vector<uint64_t>& v);

// A sky of noise and a few sources; floats with zeros and undefined pixels among them.
Bytes make_pixels(const Packed& packed, Random& random);

// Writes HDU 1 of `path`, and another image behind it.
void write_packed(const std::string& path, const Packed& packed, const Bytes& pixels);

// The whole image as CFITSIO decodes it; undefined pixels are NaN in floats.
Bytes decode_by_cfitsio(const std::string& path, const Packed& packed, Dtype out);

}  // namespace fitstream::test
