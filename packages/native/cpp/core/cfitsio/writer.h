// Writing FITS files, by CFITSIO. A file appears under its name complete, or not at all.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "../bytes.h"
#include "../dtype.h"
#include "../status.h"

namespace fitstream::cfitsio {

// A keyword to write. The value's type chooses the card's; long strings are continued, names that
// are no FITS keyword become HIERARCH cards.
struct KeywordValue {
  std::string keyword;
  std::variant<std::monostate, bool, int64_t, double, std::string> value;
  std::string comment;
};

// How an image is packed into tiles (FITS Standard 4.0, section 10).
struct TileCompression {
  std::string codec;           // "RICE_1", "GZIP_1", "GZIP_2"
  std::vector<uint64_t> tile;  // C order; empty: one row
  double quantize = 4;         // floats: noise divided by this is the step; 0: lossless (GZIP only)
  int dither_seed = 1;         // 1 to 10000
};

struct ImageToWrite {
  Dtype dtype = Dtype::kFloat32;  // unsigned types are written by the BZERO convention
  std::vector<uint64_t> shape;    // C order; empty: a header without data
  ByteSpan pixels;
  std::optional<TileCompression> compression;
};

struct ColumnToWrite {
  std::string name;
  std::string form;  // TFORM: "J", "3E", "16A"
  std::string unit;
  Dtype dtype = Dtype::kFloat64;  // of `values`; strings: kUint8, `repeat` characters a row
  bool is_string = false;
  bool is_logical = false;
  uint64_t repeat = 1;
  ByteSpan values;
};
struct TableToWrite {
  uint64_t rows = 0;
  std::vector<ColumnToWrite> columns;
};

struct HduToWrite {
  std::variant<ImageToWrite, TableToWrite> data;
  std::vector<KeywordValue> keywords;
};

// Writes all HDUs to a temporary file beside `path`, then renames it. Refuses to replace an
// existing file unless `overwrite` is set.
Status write_file(const std::string& path, const std::vector<HduToWrite>& hdus, bool overwrite);

}  // namespace fitstream::cfitsio
