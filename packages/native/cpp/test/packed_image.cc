#include "packed_image.h"

#include <cmath>
#include <limits>

namespace fitstream::test {

namespace {

int type_code(Dtype dtype) {
  switch (dtype) {
    case Dtype::kUint8:
      return TBYTE;
    case Dtype::kInt8:
      return TSBYTE;
    case Dtype::kUint16:
      return TUSHORT;
    case Dtype::kInt16:
      return TSHORT;
    case Dtype::kUint32:
      return TUINT;
    case Dtype::kInt32:
      return TINT;
    case Dtype::kFloat32:
      return TFLOAT;
    default:
      return TDOUBLE;
  }
}

}  // namespace

uint64_t product_of(const std::vector<uint64_t>& v) {
  uint64_t n = 1;
  for (const uint64_t x : v) n *= x;
  return n;
}

Bytes make_pixels(const Packed& packed, Random& random) {
  Bytes pixels;
  for (uint64_t i = product_of(packed.shape); i > 0; --i) {
    double value = 100 + 5 * random.gaussian();
    if (random.chance(0.01)) value += static_cast<double>(random.between(0, 20000));
    if (packed.dtype == Dtype::kUint8) value = std::fmod(value, 256);
    with_type(packed.dtype, [&](auto zero) {
      using T = decltype(zero);
      auto pixel = static_cast<T>(value);
      if (std::is_floating_point_v<T> && random.chance(0.05)) pixel = 0;
      if (std::is_floating_point_v<T> && random.chance(0.02))
        pixel = std::numeric_limits<T>::quiet_NaN();
      if (packed.blank && random.chance(0.05)) pixel = static_cast<T>(*packed.blank);
      put_native(pixels, pixel);
    });
  }
  return pixels;
}

void write_packed(const std::string& path, const Packed& packed, const Bytes& pixels) {
  Cfitsio file = Cfitsio::create(path);
  int status = 0;
  const std::vector<long> axes(packed.shape.rbegin(), packed.shape.rend());
  std::vector<long> tile(packed.tile.rbegin(), packed.tile.rend());
  fits_set_compression_type(file, packed.codec, &status);
  if (!tile.empty()) fits_set_tile_dim(file, static_cast<int>(tile.size()), tile.data(), &status);
  fits_set_quantize_level(file, packed.quantize, &status);
  if (packed.quantize != 0) {
    fits_set_quantize_dither(file, packed.dither, &status);
    fits_set_dither_seed(file, packed.seed, &status);
  }
  fits_set_hcomp_scale(file, packed.hcompress_scale, &status);
  fits_set_hcomp_smooth(file, packed.is_smooth, &status);
  fits_create_img(file, packed.bitpix, static_cast<int>(axes.size()),
                  const_cast<long*>(axes.data()), &status);
  if (packed.blank) fits_write_key_lng(file, "BLANK", *packed.blank, "", &status);
  float nan32 = std::numeric_limits<float>::quiet_NaN();
  double nan64 = std::numeric_limits<double>::quiet_NaN();
  void* null = packed.dtype == Dtype::kFloat32   ? static_cast<void*>(&nan32)
               : packed.dtype == Dtype::kFloat64 ? static_cast<void*>(&nan64)
                                                 : nullptr;
  std::vector<long> first(axes.size(), 1);
  std::vector<long> last = axes;
  void* data = const_cast<std::byte*>(pixels.data());
  if (null)
    fits_write_pixnull(file, type_code(packed.dtype), first.data(),
                       static_cast<LONGLONG>(product_of(packed.shape)), data, null, &status);
  else  // the only call that writes more than three axes
    fits_write_subset(file, type_code(packed.dtype), first.data(), last.data(), data, &status);
  fits_set_compression_type(file, 0, &status);
  fits_create_img(file, BYTE_IMG, 0, nullptr, &status);
  ASSERT_EQ(status, 0) << packed.name;
}

Bytes decode_by_cfitsio(const std::string& path, const Packed& packed, Dtype out) {
  const Cfitsio file = Cfitsio::open(path, 1);
  Bytes pixels(product_of(packed.shape) * size_of(out));
  float nan32 = std::numeric_limits<float>::quiet_NaN();
  double nan64 = std::numeric_limits<double>::quiet_NaN();
  void* null = out == Dtype::kFloat32   ? static_cast<void*>(&nan32)
               : out == Dtype::kFloat64 ? static_cast<void*>(&nan64)
                                        : nullptr;
  const size_t rank = packed.shape.size();
  std::vector<long> first(rank, 1), step(rank, 1);
  std::vector<long> last(packed.shape.rbegin(), packed.shape.rend());
  int any = 0;
  int status = 0;
  fits_read_subset(file, type_code(out), first.data(), last.data(), step.data(), null,
                   pixels.data(), &any, &status);
  EXPECT_EQ(status, 0) << packed.name;
  return pixels;
}

}  // namespace fitstream::test
