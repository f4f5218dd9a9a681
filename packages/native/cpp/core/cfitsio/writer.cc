#include "writer.h"

#include <fitsio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <optional>

#include "../file.h"
#include "keyword_writer.h"
#include "session.h"

namespace fitstream::cfitsio {
namespace {

struct ImageType {
  int bitpix;  // as fits_create_img takes it: also the unsigned conventions
  int code;    // as fits_write_pix takes it
};

ImageType image_type(Dtype t) {
  switch (t) {
    case Dtype::kUint8:
      return {BYTE_IMG, TBYTE};
    case Dtype::kInt8:
      return {SBYTE_IMG, TSBYTE};
    case Dtype::kUint16:
      return {USHORT_IMG, TUSHORT};
    case Dtype::kInt16:
      return {SHORT_IMG, TSHORT};
    case Dtype::kUint32:
      return {ULONG_IMG, TUINT};
    case Dtype::kInt32:
      return {LONG_IMG, TINT};
    case Dtype::kUint64:
      return {ULONGLONG_IMG, TULONGLONG};
    case Dtype::kInt64:
      return {LONGLONG_IMG, TLONGLONG};
    case Dtype::kFloat32:
      return {FLOAT_IMG, TFLOAT};
    case Dtype::kFloat64:
      return {DOUBLE_IMG, TDOUBLE};
  }
  return {DOUBLE_IMG, TDOUBLE};
}

// A file under construction: removed when it is not finished.
class NewFile {
 public:
  explicit NewFile(std::string path)
      : path_(std::move(path)), temporary_(path_ + ".tmp" + unique_suffix()) {}
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile() {
    int status = 0;
    if (file_) fits_close_file(file_, &status);
    if (!is_published_) ::unlink(temporary_.c_str());
  }

  Status create() {
    if (temporary_.size() >= FLEN_FILENAME - 1)
      return Error::of(ErrorCode::kUnsupported, "the path is too long for CFITSIO").at_path(path_);
    ::unlink(temporary_.c_str());
    int status = 0;
    fits_create_diskfile(&file_, temporary_.c_str(), &status);
    if (status) return error_of(status, "cannot create the file").at_path(path_);
    return ok();
  }
  fitsfile* get() { return file_; }

  Status publish() {
    int status = 0;
    fits_close_file(file_, &status);
    file_ = nullptr;
    if (status) return error_of(status, "cannot finish the file").at_path(path_);
    if (std::rename(temporary_.c_str(), path_.c_str()) != 0)
      return Error::of(ErrorCode::kIo, "cannot rename the finished file", {}, std::strerror(errno))
          .at_path(path_);
    is_published_ = true;
    return ok();
  }

 private:
  // Writers of one path, in this process or another, must not get at each other's bytes.
  static std::string unique_suffix() {
    static std::atomic<uint64_t> count = 0;
    return std::to_string(::getpid()) + "-" + std::to_string(count++);
  }

  std::string path_;
  std::string temporary_;
  fitsfile* file_ = nullptr;
  bool is_published_ = false;
};

Status set_compression(fitsfile* file, const TileCompression& c, const ImageToWrite& image) {
  int status = 0;
  const int codec = c.codec == "RICE_1"   ? RICE_1
                    : c.codec == "GZIP_1" ? GZIP_1
                    : c.codec == "GZIP_2" ? GZIP_2
                                          : 0;
  if (codec == 0)
    return Error::of(ErrorCode::kUnsupported, "this compression is not written",
                     "RICE_1, GZIP_1 or GZIP_2", c.codec);
  fits_set_compression_type(file, codec, &status);
  if (!c.tile.empty()) {
    if (c.tile.size() != image.shape.size())
      return Error::of(ErrorCode::kBadArgument, "the tile has the wrong number of axes",
                       std::to_string(image.shape.size()), std::to_string(c.tile.size()));
    std::vector<long> tile;
    for (size_t i = c.tile.size(); i-- > 0;) {
      if (c.tile[i] == 0)
        return Error::of(ErrorCode::kBadArgument, "a tile must have pixels", ">= 1", "0");
      // A tile of more than the image is the image.
      tile.push_back(static_cast<long>(std::min(c.tile[i], std::max<uint64_t>(image.shape[i], 1))));
    }
    fits_set_tile_dim(file, static_cast<int>(tile.size()), tile.data(), &status);
  }
  if (!(c.quantize >= 0) || !std::isfinite(c.quantize))
    return Error::of(ErrorCode::kBadArgument, "no such quantization", "a number >= 0",
                     std::to_string(c.quantize));
  if (c.dither_seed < 1 || c.dither_seed > 10000)
    return Error::of(ErrorCode::kBadArgument, "no such seed of the dithering", "1 to 10000",
                     std::to_string(c.dither_seed));
  fits_set_quantize_level(file, static_cast<float>(c.quantize), &status);
  if (c.quantize != 0) {
    fits_set_quantize_dither(file, SUBTRACTIVE_DITHER_1, &status);
    fits_set_dither_seed(file, c.dither_seed, &status);
  }
  if (status) return error_of(status, "cannot set up the compression");
  return ok();
}

// A quantized tile has a number of its own for undefined pixels. CFITSIO finds them by comparison,
// and NaN equals nothing: unless it is replaced by another value, it spoils the whole tile.
template <typename T>
void write_quantized(fitsfile* file, int code, const ImageToWrite& image, T undefined,
                     int* status) {
  const auto* begin = reinterpret_cast<const T*>(image.pixels.data());
  std::vector<T> pixels(begin, begin + image.pixels.size() / sizeof(T));
  bool has_nan = false;
  for (T& pixel : pixels) {
    if (!std::isnan(pixel)) continue;
    pixel = undefined;
    has_nan = true;
  }
  fits_write_imgnull(file, code, 1, static_cast<LONGLONG>(pixels.size()), pixels.data(),
                     has_nan ? &undefined : nullptr, status);
}

void write_pixels(fitsfile* file, int code, const ImageToWrite& image, int* status) {
  const bool is_quantized = image.compression && image.compression->quantize != 0;
  if (is_quantized && image.dtype == Dtype::kFloat32)
    return write_quantized(file, code, image, FLOATNULLVALUE, status);
  if (is_quantized && image.dtype == Dtype::kFloat64)
    return write_quantized(file, code, image, DOUBLENULLVALUE, status);
  const auto n = static_cast<LONGLONG>(image.pixels.size() / size_of(image.dtype));
  // CFITSIO takes the pixels as mutable and leaves them alone.
  fits_write_img(file, code, 1, n, const_cast<std::byte*>(image.pixels.data()), status);
}

Status check_compressible(const ImageToWrite& image) {
  if (!image.compression) return ok();
  if (image.shape.size() > 3)
    return Error::of(ErrorCode::kUnsupported, "images of so many axes are not compressed",
                     "at most 3", std::to_string(image.shape.size()));
  if (image.dtype == Dtype::kInt64 || image.dtype == Dtype::kUint64)
    return Error::of(ErrorCode::kUnsupported, "images of this type are not compressed",
                     "integers of at most 32 bits, or floats", std::string(name_of(image.dtype)));
  return ok();
}

Status write_image(fitsfile* file, const ImageToWrite& image) {
  // CFITSIO writes behind its buffers above that.
  if (image.shape.size() > 99)
    return Error::of(ErrorCode::kUnsupported, "images of so many axes are not written",
                     "at most 99", std::to_string(image.shape.size()));
  if (Status can = check_compressible(image); !can) return can;
  std::optional<uint64_t> length = image.shape.empty() ? 0 : size_of(image.dtype);
  for (const uint64_t n : image.shape) length = length ? checked_mul(*length, n) : length;
  if (!length) return Error::of(ErrorCode::kSizeOverflow, "the size of the image overflows");
  if (image.pixels.size() != *length)
    return Error::of(ErrorCode::kBadArgument, "the pixels do not fill the shape",
                     std::to_string(*length) + " bytes", std::to_string(image.pixels.size()));
  int status = 0;
  if (image.compression) {
    if (Status s = set_compression(file, *image.compression, image); !s) return s;
  } else {
    fits_set_compression_type(file, 0, &status);
  }
  std::vector<LONGLONG> axes(image.shape.rbegin(), image.shape.rend());
  const ImageType type = image_type(image.dtype);
  fits_create_imgll(file, type.bitpix, static_cast<int>(axes.size()), axes.data(), &status);
  if (*length > 0) write_pixels(file, type.code, image, &status);
  if (status) return error_of(status, "cannot write the image");
  return ok();
}

Status write_strings(fitsfile* file, int number, const ColumnToWrite& column, uint64_t rows) {
  std::vector<std::string> copies(rows);
  std::vector<char*> pointers(rows);
  for (uint64_t r = 0; r < rows; ++r) {
    const char* text = reinterpret_cast<const char*>(column.values.data()) + r * column.repeat;
    copies[r].assign(text, strnlen(text, column.repeat));
    pointers[r] = copies[r].data();
  }
  int status = 0;
  fits_write_col(file, TSTRING, number, 1, 1, static_cast<LONGLONG>(rows), pointers.data(),
                 &status);
  if (status) return error_of(status, "cannot write column '" + column.name + "'");
  return ok();
}

Status write_column(fitsfile* file, int number, const ColumnToWrite& column, uint64_t rows) {
  const size_t size = column.is_string || column.is_logical ? 1 : size_of(column.dtype);
  const auto width = checked_mul(column.repeat, size);
  const auto length = width ? checked_mul(*width, rows) : width;
  if (!length)
    return Error::of(ErrorCode::kSizeOverflow,
                     "the size of column '" + column.name + "' overflows");
  if (column.values.size() != *length)
    return Error::of(ErrorCode::kBadArgument, "column '" + column.name + "' has the wrong length",
                     std::to_string(*length) + " bytes", std::to_string(column.values.size()));
  const uint64_t elements = rows * column.repeat;
  if (rows == 0 || column.repeat == 0) return ok();
  if (column.is_string) return write_strings(file, number, column, rows);
  int status = 0;
  const int code = column.is_logical ? TLOGICAL : image_type(column.dtype).code;
  void* data = const_cast<std::byte*>(column.values.data());
  fits_write_col(file, code, number, 1, 1, static_cast<LONGLONG>(elements), data, &status);
  if (status) return error_of(status, "cannot write column '" + column.name + "'");
  return ok();
}

Status check_columns(const TableToWrite& table) {
  if (table.columns.size() > 999)
    return Error::of(ErrorCode::kBadArgument, "the table has too many columns", "at most 999",
                     std::to_string(table.columns.size()));
  for (const ColumnToWrite& c : table.columns)
    for (const std::string& text : {c.name, c.unit})
      // CFITSIO would cut it.
      if (!fits_card(text))
        return Error::of(ErrorCode::kBadArgument,
                         "the name or unit of a column does not fit a card",
                         std::to_string(kCardString) + " characters", text);
  return ok();
}

Status write_table(fitsfile* file, const TableToWrite& table) {
  if (Status can = check_columns(table); !can) return can;
  std::vector<char*> names, forms, units;
  for (const ColumnToWrite& c : table.columns) {
    names.push_back(const_cast<char*>(c.name.c_str()));
    forms.push_back(const_cast<char*>(c.form.c_str()));
    units.push_back(const_cast<char*>(c.unit.c_str()));
  }
  int status = 0;
  fits_create_tbl(file, BINARY_TBL, static_cast<LONGLONG>(table.rows),
                  static_cast<int>(table.columns.size()), names.data(), forms.data(), units.data(),
                  nullptr, &status);
  if (status) return error_of(status, "cannot create the table");
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const Status s = write_column(file, static_cast<int>(i) + 1, table.columns[i], table.rows);
    if (!s) return s;
  }
  return ok();
}

Status write_hdu(fitsfile* file, const HduToWrite& hdu) {
  const Status data = std::holds_alternative<ImageToWrite>(hdu.data)
                          ? write_image(file, std::get<ImageToWrite>(hdu.data))
                          : write_table(file, std::get<TableToWrite>(hdu.data));
  if (!data) return data;
  for (const KeywordValue& k : hdu.keywords)
    if (Status s = write_keyword(file, k); !s) return s;
  return ok();
}

}  // namespace

Status write_file(const std::string& path, const std::vector<HduToWrite>& hdus, bool overwrite) {
  if (Status name = check_path(path); !name) return name;
  struct stat s;
  if (!overwrite && ::stat(path.c_str(), &s) == 0)
    return Error::of(ErrorCode::kBadArgument, "the file exists; pass overwrite to replace it")
        .at_path(path);
  NewFile file(path);
  if (Status created = file.create(); !created) return created;
  for (size_t i = 0; i < hdus.size(); ++i) {
    Status written = write_hdu(file.get(), hdus[i]);
    if (!written) return std::move(written.error()).at_path(path).at_hdu(static_cast<int64_t>(i));
  }
  return file.publish();
}

}  // namespace fitstream::cfitsio
