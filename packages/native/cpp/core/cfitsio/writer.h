// Writing FITS files, by CFITSIO. A file appears under its name complete, or not at all.
#pragma once

#include <complex>
#include <string>
#include <variant>
#include <vector>

#include "../bytes.h"
#include "../dtype.h"
#include "../file.h"
#include "../new_file.h"
#include "../status.h"
#include "../table/row_encoder.h"

namespace fitstream::cfitsio {

// A keyword to write. The value's type chooses the card's; long strings are continued, names that
// are no FITS keyword become HIERARCH cards. COMMENT, HISTORY and the empty name hold free text.
struct KeywordValue {
  std::string keyword;
  std::variant<std::monostate, bool, int64_t, uint64_t, double, std::complex<double>, std::string>
      value;
  std::string comment;
};

// How an image is packed into tiles (FITS Standard 4.0, section 10).
struct TileCompression {
  std::string codec;             // "RICE_1", "GZIP_1", "GZIP_2", "HCOMPRESS_1", "PLIO_1"
  std::vector<uint64_t> tile{};  // C order; empty: one row, or CFITSIO's choice for HCOMPRESS_1
  // Floats: the step is noise / quantize, or -quantize where it is negative; 0: lossless.
  double quantize = 4;
  int dither_seed = 1;  // 1 to 10000; 0: from the clock; -1: from the first tile's checksum
  std::string dither = "SUBTRACTIVE_DITHER_1";  // ZQUANTIZ
  double hcompress_scale = 0;  // 0: lossless; positive: times the noise; negative: as it is
  bool hcompress_smooth = false;
};

struct ImageToWrite {
  Dtype dtype = Dtype::kFloat32;  // unsigned types are written by the BZERO convention
  std::vector<uint64_t> shape;    // C order; empty: a header without data
  ByteSpan pixels;
  std::optional<TileCompression> compression;
};

// How a column is stored that its values alone do not say.
struct ColumnToWrite {
  ColumnCells cells{};  // their name is TTYPEn
  CellKind kind = CellKind::kNumber;
  std::vector<uint64_t> cell_shape{};  // C order; empty: one element
  uint64_t string_width = 0;           // of a fixed string
  bool is_variable = false;
  bool is_wide = false;  // Q descriptors
  std::string unit{};
  std::string display{};
  std::string comment{};          // of TTYPEn
  std::optional<int64_t> null{};  // TNULLn
  std::string null_text{};        // TNULLn of an ASCII table
  std::optional<Dtype> stored{};  // of a scaled column
  double scale = 1;
  double zero = 0;
  std::string ascii_form{};  // TFORMn of an ASCII table
};
struct TableToWrite {
  bool is_ascii = false;
  std::vector<ColumnToWrite> columns{};
};

struct HduToWrite {
  std::variant<ImageToWrite, TableToWrite> data;
  std::vector<KeywordValue> keywords;
};

// How far a write is, and whether it is to end early. Looked at and told between pieces.
struct Progress {
  CancelFlag cancel = nullptr;
  std::atomic<uint64_t>* done = nullptr;  // bytes of data that were handed over

  // An error once the write was cancelled.
  Status advance(uint64_t bytes) const;
};

struct WriteOptions {
  PublishOptions publish{};
  bool checksum = false;  // CHECKSUM and DATASUM in every HDU
};

// Writes all HDUs to a temporary file beside `path`, which then takes that name.
Status write_file(const std::string& path, const std::vector<HduToWrite>& hdus,
                  const WriteOptions& options, const Progress& progress);

}  // namespace fitstream::cfitsio
