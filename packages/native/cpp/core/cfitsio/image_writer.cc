#include "image_writer.h"

#include <algorithm>

#include "../big_endian.h"
#include "error.h"
#include "tile_writer.h"

namespace fitstream::cfitsio {
namespace {

// Pixels are swapped in pieces that stay in the L2 cache.
constexpr uint64_t kPiece = uint64_t{1} << 19;

// As fits_create_img takes a type: also the conventions for unsigned integers and signed bytes.
int bitpix_of(Dtype t) {
  constexpr int kCodes[] = {BYTE_IMG, SBYTE_IMG,     USHORT_IMG,   SHORT_IMG, ULONG_IMG,
                            LONG_IMG, ULONGLONG_IMG, LONGLONG_IMG, FLOAT_IMG, DOUBLE_IMG};
  return kCodes[static_cast<size_t>(t)];
}

bool is_flipped(Dtype t) {
  return t == Dtype::kInt8 || t == Dtype::kUint16 || t == Dtype::kUint32 || t == Dtype::kUint64;
}

}  // namespace

Status check_image(const ImageToWrite& image) {
  // CFITSIO writes behind its buffers above that.
  if (image.shape.size() > 99)
    return Error::of(ErrorCode::kUnsupported, "images of so many axes are not written",
                     "at most 99", std::to_string(image.shape.size()));
  std::optional<uint64_t> length = image.shape.empty() ? 0 : size_of(image.dtype);
  for (const uint64_t n : image.shape) length = length ? checked_mul(*length, n) : length;
  if (!length) return Error::of(ErrorCode::kSizeOverflow, "the size of the image overflows");
  if (image.pixels.size() != *length)
    return Error::of(ErrorCode::kBadArgument, "the pixels do not fill the shape",
                     std::to_string(*length) + " bytes", std::to_string(image.pixels.size()));
  return image.compression ? check_compression(image) : ok();
}

Status create_image(fitsfile* file, const ImageToWrite& image) {
  int status = 0;
  if (image.compression) {
    if (Status s = set_compression(file, image); !s) return s;
  } else {
    fits_set_compression_type(file, 0, &status);
  }
  std::vector<LONGLONG> axes(image.shape.rbegin(), image.shape.rend());
  fits_create_imgll(file, bitpix_of(image.dtype), static_cast<int>(axes.size()), axes.data(),
                    &status);
  if (status) return error_of(status, "cannot create the image");
  return image.compression ? name_codec(file, *image.compression) : ok();
}

Status write_pixels(fitsfile* file, const ImageToWrite& image, const Progress& progress) {
  if (image.compression) return write_tiles(file, image, progress);
  std::vector<std::byte> piece(std::min<uint64_t>(image.pixels.size(), kPiece));
  const uint64_t size = size_of(image.dtype);
  int status = 0;
  for (uint64_t at = 0; at < image.pixels.size(); at += piece.size()) {
    const uint64_t n = std::min<uint64_t>(image.pixels.size() - at, piece.size());
    store_big_endian(image.dtype, is_flipped(image.dtype), image.pixels.data() + at, piece.data(),
                     n / size);
    fits_write_ext(file, static_cast<LONGLONG>(at), static_cast<LONGLONG>(n), piece.data(),
                   &status);
    if (status) return error_of(status, "cannot write the image");
    if (Status s = progress.advance(n); !s) return s;
  }
  return ok();
}

}  // namespace fitstream::cfitsio
