#include "tile_writer.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "error.h"
#include "plio_writer.h"

namespace fitstream::cfitsio {
namespace {

// Rows of tiles are handed over together, in at least this many bytes.
constexpr uint64_t kPiece = uint64_t{4} << 20;

struct Codec {
  std::string_view name;
  int code;
};
constexpr Codec kCodecs[] = {{"RICE_1", RICE_1},
                             {"GZIP_1", GZIP_1},
                             {"GZIP_2", GZIP_2},
                             {"HCOMPRESS_1", HCOMPRESS_1},
                             {"PLIO_1", PLIO_1}};
constexpr Codec kDithers[] = {{"NO_DITHER", NO_DITHER},
                              {"SUBTRACTIVE_DITHER_1", SUBTRACTIVE_DITHER_1},
                              {"SUBTRACTIVE_DITHER_2", SUBTRACTIVE_DITHER_2}};

std::optional<int> code_named(std::span<const Codec> codecs, std::string_view name) {
  for (const Codec& codec : codecs)
    if (codec.name == name) return codec.code;
  return std::nullopt;
}

Error bad(std::string what, std::string expected, std::string found) {
  return Error::of(ErrorCode::kBadArgument, std::move(what), std::move(expected), std::move(found));
}

// As fits_write_subset takes a type.
int code_of(Dtype t) {
  constexpr int kCodes[] = {TBYTE, TSBYTE,     TUSHORT,   TSHORT, TUINT,
                            TINT,  TULONGLONG, TLONGLONG, TFLOAT, TDOUBLE};
  return kCodes[static_cast<size_t>(t)];
}

// Whether noise takes several times its bytes.
bool may_grow(const TileCompression& c) { return c.codec == "HCOMPRESS_1" || c.codec == "PLIO_1"; }

bool is_quantized(const ImageToWrite& image) {
  return info(image.dtype).is_float && image.compression->quantize != 0;
}

template <typename T>
bool has_nan(const std::byte* pixels, uint64_t n) {
  for (uint64_t i = 0; i < n; ++i) {
    T value;
    std::memcpy(&value, pixels + i * sizeof(T), sizeof(T));
    if (std::isnan(value)) return true;
  }
  return false;
}
bool has_nan(Dtype dtype, const std::byte* pixels, uint64_t n) {
  return dtype == Dtype::kFloat32 ? has_nan<float>(pixels, n) : has_nan<double>(pixels, n);
}

Status check_type(const ImageToWrite& image) {
  const TileCompression& c = *image.compression;
  const Dtype t = image.dtype;
  if (t == Dtype::kInt64 || t == Dtype::kUint64)
    return Error::of(ErrorCode::kUnsupported, "images of this type are not compressed",
                     "integers of at most 32 bits, or floats", std::string(name_of(t)));
  // Of unsigned integers CFITSIO stores other numbers than the standard says; astropy reads others.
  if (c.codec == "PLIO_1" && (info(t).is_float || t == Dtype::kUint16 || t == Dtype::kUint32))
    return bad("PLIO_1 cannot hold this type", "uint8, int8, int16 or int32",
               std::string(name_of(t)));
  if (!info(t).is_float || c.quantize != 0 || c.codec.starts_with("GZIP")) return ok();
  return bad(c.codec + " cannot keep floats exactly", "GZIP_1, GZIP_2, or a quantize other than 0",
             "quantize 0");
}

Status check_settings(const TileCompression& c) {
  if (!code_named(kCodecs, c.codec))
    return Error::of(ErrorCode::kUnsupported, "this compression is not written",
                     "RICE_1, GZIP_1, GZIP_2, HCOMPRESS_1 or PLIO_1", c.codec);
  if (!std::isfinite(static_cast<float>(c.quantize)))
    return bad("no such quantization", "a finite number", std::to_string(c.quantize));
  if (!code_named(kDithers, c.dither))
    return bad("no such dithering", "NO_DITHER, SUBTRACTIVE_DITHER_1 or SUBTRACTIVE_DITHER_2",
               c.dither);
  if (c.codec == "HCOMPRESS_1" && c.dither == "SUBTRACTIVE_DITHER_2")
    return bad("HCOMPRESS_1 cannot keep the zeros of SUBTRACTIVE_DITHER_2",
               "NO_DITHER or SUBTRACTIVE_DITHER_1", c.dither);
  if (c.dither_seed < -1 || c.dither_seed > 10000)
    return bad("no such seed of the dithering", "1 to 10000", std::to_string(c.dither_seed));
  if (!std::isfinite(static_cast<float>(c.hcompress_scale)))
    return bad("no such scale of HCOMPRESS_1", "a finite number",
               std::to_string(c.hcompress_scale));
  return ok();
}

// HCOMPRESS works on squares of 4 pixels: two axes of every tile, also of the last one of a row,
// must have as many, and the others 1.
Status check_hcompress_tile(const ImageToWrite& image) {
  const std::vector<uint64_t>& tile = image.compression->tile;
  const std::string expected = "two axes of 4 pixels or more, the others of 1";
  if (tile.empty()) {
    const size_t n = image.shape.size();
    if (n < 2 || image.shape[n - 1] < 4 || image.shape[n - 2] < 4)
      return bad("the image is too small for HCOMPRESS_1", expected, "fewer");
    return ok();
  }
  size_t axes = 0;
  for (size_t i = 0; i < tile.size(); ++i) {
    const uint64_t length = std::min(tile[i], image.shape[i]);
    if (length == 1) continue;
    const uint64_t rest = image.shape[i] % length;
    if (length < 4 || (rest > 0 && rest < 4))
      return bad("a tile is too small for HCOMPRESS_1", expected,
                 std::to_string(length < 4 ? length : rest) + " pixels");
    ++axes;
  }
  return axes == 2 ? ok() : bad("no tile for HCOMPRESS_1", expected, std::to_string(axes));
}

Status check_tile(const ImageToWrite& image) {
  const TileCompression& c = *image.compression;
  if (image.shape.empty() || image.pixels.empty())
    return bad("an image without pixels is not compressed", "at least 1 pixel", "none");
  // CFITSIO's limit; only whole images of at most 3 axes can hold NaN there.
  const bool is_nan_lost =
      is_quantized(image) && image.shape.size() > 3 &&
      has_nan(image.dtype, image.pixels.data(), image.pixels.size() / size_of(image.dtype));
  if (image.shape.size() > 6 || is_nan_lost)
    return Error::of(ErrorCode::kUnsupported, "images of so many axes are not compressed",
                     is_nan_lost ? "at most 3, where NaN is quantized" : "at most 6",
                     std::to_string(image.shape.size()));
  if (!c.tile.empty() && c.tile.size() != image.shape.size())
    return bad("the tile has the wrong number of axes", std::to_string(image.shape.size()),
               std::to_string(c.tile.size()));
  if (std::find(c.tile.begin(), c.tile.end(), 0) != c.tile.end())
    return bad("a tile must have pixels", ">= 1", "0");
  // CFITSIO counts the bytes of a tile in 32 bits; HCOMPRESS_1 gets room for 18 a pixel, and the
  // reader takes no larger ones of it and of PLIO_1.
  const int bits = may_grow(c) ? 26 : 27;
  uint64_t pixels = c.tile.empty() ? image.shape.back() : 1;
  for (size_t i = 0; i < c.tile.size(); ++i) pixels *= std::min(c.tile[i], image.shape[i]);
  if (pixels > uint64_t{1} << bits)
    return Error::of(ErrorCode::kUnsupported, "a tile has too many pixels",
                     "at most 2^" + std::to_string(bits), std::to_string(pixels));
  return c.codec == "HCOMPRESS_1" ? check_hcompress_tile(image) : ok();
}

template <typename T>
Status check_plio(ByteSpan pixels, int64_t zero) {
  for (size_t at = 0; at < pixels.size(); at += sizeof(T)) {
    T value;
    std::memcpy(&value, pixels.data() + at, sizeof(T));
    if (value - zero < 0 || value - zero >= (1 << 24))
      return bad("PLIO_1 cannot hold this pixel", "0 to 2^24 - 1", std::to_string(value));
  }
  return ok();
}

// PLIO_1 encodes runs of up to 24 bits; signed bytes are stored 128 higher.
Status check_pixels(const ImageToWrite& image) {
  if (image.compression->codec != "PLIO_1") return ok();
  if (image.dtype == Dtype::kInt16) return check_plio<int16_t>(image.pixels, 0);
  if (image.dtype == Dtype::kInt32) return check_plio<int32_t>(image.pixels, 0);
  return ok();
}

// A quantized tile has a number of its own for undefined pixels. CFITSIO finds them by comparison,
// and NaN equals nothing: unless it is replaced by another value, it spoils the whole tile.
template <typename T>
void write_with_nan(fitsfile* file, int code, uint64_t first, const std::byte* from, uint64_t n,
                    T undefined, int* status) {
  std::vector<T> pixels(n);
  std::memcpy(pixels.data(), from, n * sizeof(T));
  for (T& pixel : pixels)
    if (std::isnan(pixel)) pixel = undefined;
  fits_write_imgnull(file, code, static_cast<LONGLONG>(first) + 1, static_cast<LONGLONG>(n),
                     pixels.data(), &undefined, status);
}

// The slowest axis from `first` to `first + count`, all of the others.
void write_slab(fitsfile* file, const ImageToWrite& image, uint64_t first, uint64_t count,
                uint64_t step, int* status) {
  const int code = code_of(image.dtype);
  const std::byte* from = image.pixels.data() + first * step * size_of(image.dtype);
  if (is_quantized(image) && has_nan(image.dtype, from, count * step)) {
    if (image.dtype == Dtype::kFloat32)
      write_with_nan<float>(file, code, first * step, from, count * step, FLOATNULLVALUE, status);
    else
      write_with_nan<double>(file, code, first * step, from, count * step, DOUBLENULLVALUE, status);
    return;
  }
  std::vector<long> begin(image.shape.size(), 1);
  std::vector<long> end(image.shape.rbegin(), image.shape.rend());
  begin.back() = static_cast<long>(first) + 1;
  end.back() = static_cast<long>(first + count);
  // CFITSIO takes the pixels as mutable and leaves them alone.
  fits_write_subset(file, code, begin.data(), end.data(), const_cast<std::byte*>(from), status);
}

// Noise gets longer by HCOMPRESS_1: tiles of 5 rows take up to 5.3 bytes a pixel of 16 bits
// and 10.3 of 32. CFITSIO reserves 2.2 and 4.4, and its encoder writes behind them.
void make_room(fitsfile* file, int* status) {
  fits_set_hdustruc(file, status);
  file->Fptr->maxelem *= 4;
}

}  // namespace

Status check_compression(const ImageToWrite& image) {
  if (Status s = check_settings(*image.compression); !s) return s;
  if (Status s = check_type(image); !s) return s;
  if (Status s = check_tile(image); !s) return s;
  return check_pixels(image);
}

Status set_compression(fitsfile* file, const ImageToWrite& image) {
  const TileCompression& c = *image.compression;
  int status = 0;
  fits_set_compression_type(file, *code_named(kCodecs, c.codec), &status);
  // What was set for an image before this one stays set: zeros stand for the defaults.
  std::vector<long> tile(image.shape.size(), 0);
  for (size_t i = 0; i < c.tile.size(); ++i)
    tile[tile.size() - 1 - i] = static_cast<long>(std::min(c.tile[i], image.shape[i]));
  fits_set_tile_dim(file, static_cast<int>(tile.size()), tile.data(), &status);
  fits_set_quantize_level(file, static_cast<float>(c.quantize), &status);
  fits_set_quantize_dither(file, *code_named(kDithers, c.dither), &status);
  fits_set_dither_seed(file, c.dither_seed, &status);
  fits_set_hcomp_scale(file, static_cast<float>(c.hcompress_scale), &status);
  fits_set_hcomp_smooth(file, c.hcompress_smooth, &status);
  // Tiles that do not get smaller may fill a heap that is too long for P descriptors.
  const uint64_t most = uint64_t{1} << (may_grow(c) ? 28 : 30);
  fits_set_huge_hdu(file, image.pixels.size() > most, &status);
  if (status) return error_of(status, "cannot set up the compression");
  return ok();
}

Status name_codec(fitsfile* file, const TileCompression& c) {
  int status = 0;
  // CFITSIO calls RICE_1 with SUBTRACTIVE_DITHER_2 'RICE_ONE', which the standard does not know.
  if (c.codec == "RICE_1") fits_modify_key_str(file, "ZCMPTYPE", c.codec.c_str(), "&", &status);
  if (status) return error_of(status, "cannot name the codec");
  return ok();
}

Status write_tiles(fitsfile* file, const ImageToWrite& image, const Progress& progress) {
  if (image.compression->codec == "PLIO_1") return write_plio_tiles(file, image, progress);
  int status = 0;
  long tile = 1;
  const std::string axis = "ZTILE" + std::to_string(image.shape.size());
  fits_read_key_lng(file, axis.c_str(), &tile, nullptr, &status);
  if (image.compression->codec == "HCOMPRESS_1") make_room(file, &status);
  uint64_t step = 1;
  for (size_t i = 1; i < image.shape.size(); ++i) step *= image.shape[i];
  // Whole tiles: a part of one would be decoded, merged and encoded again.
  const uint64_t row_of_tiles = static_cast<uint64_t>(tile) * step * size_of(image.dtype);
  const uint64_t slab = static_cast<uint64_t>(tile) * std::max<uint64_t>(1, kPiece / row_of_tiles);
  for (uint64_t first = 0; first < image.shape[0] && status == 0; first += slab) {
    const uint64_t count = std::min(slab, image.shape[0] - first);
    write_slab(file, image, first, count, step, &status);
    if (status) break;
    if (Status s = progress.advance(count * step * size_of(image.dtype)); !s) return s;
  }
  if (status) return error_of(status, "cannot write the compressed image");
  return ok();
}

}  // namespace fitstream::cfitsio
