#include "writer.h"

#include <fitsio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>

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
      : path_(std::move(path)), temporary_(path_ + ".tmp" + std::to_string(::getpid())) {}
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
  std::string path_;
  std::string temporary_;
  fitsfile* file_ = nullptr;
  bool is_published_ = false;
};

// Significant digits that bring this number back exactly: 0.1 stays 0.1.
int digits_of(double value) {
  for (int digits = 15; digits < 17; ++digits) {
    char text[40];
    std::snprintf(text, sizeof text, "%.*G", digits, value);
    if (std::strtod(text, nullptr) == value) return digits;
  }
  return 17;
}

Status write_keyword(fitsfile* file, const KeywordValue& k) {
  int status = 0;
  const char* name = k.keyword.c_str();
  const char* comment = k.comment.empty() ? nullptr : k.comment.c_str();
  if (k.keyword == "COMMENT" || k.keyword == "HISTORY") {
    const std::string* text = std::get_if<std::string>(&k.value);
    const char* words = text ? text->c_str() : "";
    if (k.keyword == "COMMENT")
      fits_write_comment(file, words, &status);
    else
      fits_write_history(file, words, &status);
  } else if (const auto* b = std::get_if<bool>(&k.value)) {
    fits_update_key_log(file, name, *b, comment, &status);
  } else if (const auto* i = std::get_if<int64_t>(&k.value)) {
    fits_update_key_lng(file, name, *i, comment, &status);
  } else if (const auto* d = std::get_if<double>(&k.value)) {
    fits_update_key_dbl(file, name, *d, -digits_of(*d), comment, &status);
  } else if (const auto* s = std::get_if<std::string>(&k.value)) {
    fits_update_key_longstr(file, name, s->c_str(), comment, &status);
  } else {
    fits_update_key_null(file, name, comment, &status);
  }
  if (status == 0) return ok();
  Error e = error_of(status, "cannot write the keyword");
  e.code = ErrorCode::kBadArgument;
  e.keyword = k.keyword;
  return e;
}

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
    std::vector<long> tile(c.tile.rbegin(), c.tile.rend());
    fits_set_tile_dim(file, static_cast<int>(tile.size()), tile.data(), &status);
  }
  fits_set_quantize_level(file, static_cast<float>(c.quantize), &status);
  if (c.quantize != 0) {
    fits_set_quantize_dither(file, SUBTRACTIVE_DITHER_1, &status);
    fits_set_dither_seed(file, c.dither_seed, &status);
  }
  if (status) return error_of(status, "cannot set up the compression");
  return ok();
}

Status write_image(fitsfile* file, const ImageToWrite& image) {
  std::optional<uint64_t> length = image.shape.empty() ? 0 : size_of(image.dtype);
  for (const uint64_t n : image.shape) length = length ? checked_mul(*length, n) : length;
  if (!length) return Error::of(ErrorCode::kSizeOverflow, "the size of the image overflows");
  if (image.pixels.size() != *length)
    return Error::of(ErrorCode::kBadArgument, "the pixels do not fill the shape",
                     std::to_string(*length) + " bytes", std::to_string(image.pixels.size()));
  const uint64_t pixels = *length / size_of(image.dtype);
  int status = 0;
  if (image.compression) {
    if (Status s = set_compression(file, *image.compression, image); !s) return s;
  } else {
    fits_set_compression_type(file, 0, &status);
  }
  std::vector<LONGLONG> axes(image.shape.rbegin(), image.shape.rend());
  const ImageType type = image_type(image.dtype);
  fits_create_imgll(file, type.bitpix, static_cast<int>(axes.size()), axes.data(), &status);
  if (pixels > 0) {
    std::vector<LONGLONG> first(axes.size(), 1);
    // CFITSIO takes the pixels as mutable and leaves them alone.
    void* data = const_cast<std::byte*>(image.pixels.data());
    fits_write_pixll(file, type.code, first.data(), static_cast<LONGLONG>(pixels), data, &status);
  }
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

Status write_table(fitsfile* file, const TableToWrite& table) {
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
