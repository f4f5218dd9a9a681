#include "seed_files.h"

#include <fitsio.h>

#include <algorithm>
#include <cstdlib>
#include <random>

namespace fitstream::fuzz {
namespace {

// A file that CFITSIO writes to memory.
class Written {
 public:
  Written() { fits_create_memfile(&file_, &memory_, &size_, kBlock, std::realloc, &status); }
  Written(const Written&) = delete;
  Written& operator=(const Written&) = delete;
  ~Written() {
    int ignored = 0;
    fits_close_file(file_, &ignored);
    std::free(memory_);
  }
  operator fitsfile*() const { return file_; }

  // What was written; nothing where any of it failed.
  std::optional<Bytes> done() {
    fits_flush_file(file_, &status);
    if (status != 0) return std::nullopt;
    const auto* bytes = static_cast<const std::byte*>(memory_);
    return Bytes(bytes, bytes + file_->Fptr->filesize);
  }

  int status = 0;

 private:
  fitsfile* file_ = nullptr;
  void* memory_ = nullptr;
  size_t size_ = 0;
};

int codec_of(std::string_view name) {
  if (name == "RICE_1") return RICE_1;
  if (name == "GZIP_1") return GZIP_1;
  if (name == "GZIP_2") return GZIP_2;
  if (name == "HCOMPRESS_1") return HCOMPRESS_1;
  return name == "PLIO_1" ? PLIO_1 : NOCOMPRESS;
}

int dither_of(std::string_view name) {
  if (name == "SUBTRACTIVE_DITHER_1") return SUBTRACTIVE_DITHER_1;
  return name == "SUBTRACTIVE_DITHER_2" ? SUBTRACTIVE_DITHER_2 : NO_DITHER;
}

// A sky with a few stars, small enough for every codec; a mask for PLIO_1.
std::vector<double> pixels_of(const ImageKind& kind) {
  std::mt19937 random(7);
  uint64_t n = 1;
  for (const uint64_t side : kind.axes) n *= side;
  std::vector<double> pixels(n);
  for (uint64_t i = 0; i < n; ++i) {
    if (std::string_view(kind.codec) == "PLIO_1")
      pixels[i] = i / 13 % 4 == 0 ? static_cast<double>(i / 50) : 0;
    else
      pixels[i] = static_cast<double>(50 + random() % 16 + (random() % 40 == 0 ? 150 : 0));
    if (kind.bitpix < 0) pixels[i] += static_cast<double>(random() % 64) / 64;
  }
  return pixels;
}

void write_image(Written& file, const ImageKind& kind) {
  const std::vector<long> axes(kind.axes.begin(), kind.axes.end());
  std::vector<long> first(axes.size(), 1);
  std::vector<long> last(axes);
  std::vector<double> pixels = pixels_of(kind);
  fits_create_img(file, kind.zero != 0 ? USHORT_IMG : kind.bitpix, static_cast<int>(axes.size()),
                  last.data(), &file.status);
  if (kind.bitpix < 0) {
    fits_write_subset(file, TDOUBLE, first.data(), last.data(), pixels.data(), &file.status);
  } else {
    std::vector<int> integers(pixels.begin(), pixels.end());
    fits_write_subset(file, TINT, first.data(), last.data(), integers.data(), &file.status);
  }
}

// Bytes of a row that any column understands; those of `A` are letters.
std::vector<unsigned char> row_of(const TableKind& kind, uint64_t row) {
  std::vector<unsigned char> bytes(kind.row_length);
  for (size_t i = 0; i < bytes.size(); ++i) {
    const uint64_t digit = (row + i / 10) % 10;
    bytes[i] = static_cast<unsigned char>(kind.is_ascii ? (i % 10 < 7 ? ' ' : '0' + digit)
                                                        : 'A' + (row + i) % 26);
  }
  return bytes;
}

bool is_variable(const ColumnKind& column) {
  return std::string_view(column.form).find_first_of("PQ") != std::string_view::npos;
}

// Elements that are all the same byte, or a text; more of them from row to row.
void write_cell(Written& file, int column, uint64_t row) {
  int type = 0;
  long repeat = 0;
  long width = 0;
  fits_get_coltype(file, column, &type, &repeat, &width, &file.status);
  std::vector<unsigned char> cell(128, static_cast<unsigned char>('A' + row));
  cell[row] = '\0';
  auto* text = reinterpret_cast<char*>(cell.data());
  const bool is_text = type == -TSTRING;
  fits_write_col(file, -type, column, static_cast<LONGLONG>(row + 1), 1,
                 is_text ? 1 : static_cast<LONGLONG>(row % 4),
                 is_text ? static_cast<void*>(&text) : cell.data(), &file.status);
}

// Columns beside those of variable length stay zero.
void write_row(Written& file, const TableKind& kind, uint64_t row) {
  if (std::ranges::none_of(kind.columns, is_variable)) {
    auto bytes = row_of(kind, row);
    fits_write_tblbytes(file, static_cast<LONGLONG>(row + 1), 1,
                        static_cast<LONGLONG>(bytes.size()), bytes.data(), &file.status);
  }
  for (size_t i = 0; i < kind.columns.size(); ++i)
    if (is_variable(kind.columns[i]) && kind.columns[i].form[0] != '0')
      write_cell(file, static_cast<int>(i + 1), row);
}

}  // namespace

std::optional<Bytes> compressed_image_file(const ImageKind& kind) {
  Written file;
  std::vector<long> tile(kind.tile.begin(), kind.tile.end());
  fits_create_img(file, BYTE_IMG, 0, nullptr, &file.status);
  fits_set_compression_type(file, codec_of(kind.codec), &file.status);
  fits_set_tile_dim(file, static_cast<int>(tile.size()), tile.data(), &file.status);
  fits_set_quantize_level(file, *kind.dither ? 4 : 0, &file.status);
  if (*kind.dither) {
    fits_set_quantize_dither(file, dither_of(kind.dither), &file.status);
    fits_set_dither_seed(file, 9998, &file.status);
  }
  fits_set_hcomp_smooth(file, kind.is_smooth, &file.status);
  write_image(file, kind);
  return file.done();
}

Bytes images_file() {
  Written file;
  for (const int bitpix : {8, 16, 32, 64, -32, -64})
    write_image(file, {.codec = "", .bitpix = bitpix, .axes = {9, 7, 2}, .tile = {}});
  fits_write_key_longstr(file, "LONG", std::string(100, 'x').c_str(), "continued", &file.status);
  fits_write_key_log(file, "HIERARCH ESO DET ID", 1, nullptr, &file.status);
  fits_write_chksum(file, &file.status);
  const auto bytes = file.done();
  require(bytes.has_value(), "CFITSIO writes images");
  return *bytes;
}

std::optional<Bytes> table_file(const TableKind& kind, uint64_t rows,
                                std::optional<uint64_t> tile_rows) {
  Written plain;
  std::vector<std::string> names;
  for (size_t i = 0; i < kind.columns.size(); ++i) names.push_back("C" + std::to_string(i));
  std::vector<char*> name_pointers;
  std::vector<char*> forms;
  for (size_t i = 0; i < kind.columns.size(); ++i) {
    name_pointers.push_back(names[i].data());
    forms.push_back(const_cast<char*>(kind.columns[i].form));
  }
  fits_create_img(plain, BYTE_IMG, 0, nullptr, &plain.status);
  fits_create_tbl(plain, kind.is_ascii ? ASCII_TBL : BINARY_TBL, static_cast<LONGLONG>(rows),
                  static_cast<int>(forms.size()), name_pointers.data(), forms.data(), nullptr,
                  nullptr, &plain.status);
  for (uint64_t row = 0; row < rows; ++row) write_row(plain, kind, row);
  if (!tile_rows) return plain.done();
  for (size_t i = 0; i < kind.columns.size(); ++i)
    if (*kind.columns[i].codec)
      fits_write_key_str(plain, ("FZALG" + std::to_string(i + 1)).c_str(), kind.columns[i].codec,
                         nullptr, &plain.status);
  fits_write_key_lng(plain, "FZTILELN", static_cast<LONGLONG>(*tile_rows), nullptr, &plain.status);
  Written packed;
  packed.status = plain.status;
  fits_create_img(packed, BYTE_IMG, 0, nullptr, &packed.status);
  fits_set_hdustruc(plain, &packed.status);
  fits_compress_table(plain, packed, &packed.status);
  return packed.done();
}

}  // namespace fitstream::fuzz
