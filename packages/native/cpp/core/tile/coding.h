// How the tiles of a compressed image are coded: what its header says of all of them, and what a
// row of its table says of one (FITS Standard 4.0, sections 10.1 to 10.4).
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "../hdu.h"
#include "../image.h"
#include "../table/layout.h"
#include "quantize.h"
#include "rice.h"

namespace fitstream {

enum class TileCodec : uint8_t { kRice, kGzip1, kGzip2, kHcompress, kPlio, kNone };

// Which of the three columns that may hold a tile's pixels does (10.1.3).
enum class TileColumn : uint8_t {
  kCoded,  // COMPRESSED_DATA: by ZCMPTYPE
  kGzip,   // GZIP_COMPRESSED_DATA: floats that could not be quantized
  kPlain,  // UNCOMPRESSED_DATA: what could not be compressed
};

// What a row says of its tile.
struct TileEntry {
  TileColumn column = TileColumn::kCoded;
  ByteRange stream;  // in the data unit, inside the heap
  // Of the floats that the tile's integers stand for; nothing where they are what they are.
  std::optional<Quantization> quantization;
};

// What is needed to decode any tile; plain data, made when the image is opened.
class TileCoding {
 public:
  // kUnsupported for what no known writer makes: integers scaled tile by tile, 64 bits by codecs
  // of 32.
  static Result<TileCoding> of(const Hdu& hdu, std::string_view header);

  Dtype stored() const { return stored_; }  // by ZBITPIX
  TileCodec codec() const { return codec_; }
  const RiceCoding& rice() const { return rice_; }
  bool is_smooth() const { return is_smooth_; }  // HCOMPRESS_1: SMOOTH

  // Where the table's rows lie in the data unit.
  uint64_t row_length() const { return row_length_; }
  // What row `row` says, whose row_length() bytes are at `bytes`.
  Result<TileEntry> entry(uint64_t row, const std::byte* bytes) const;

 private:
  struct Streams {  // a column of descriptors
    uint64_t offset = 0;
    uint64_t element = 1;  // bytes of what its counts count
    bool is_wide = false;
  };
  // A number that is the same for all tiles, or in a column.
  struct Number {
    std::optional<double> value;
    std::optional<Column> column;

    bool is_given() const { return value || column; }
    std::optional<double> of_row(const std::byte* row) const;
  };

  static Result<Number> number_named(std::string_view header, const TableLayout& layout,
                                     const char* name);
  Status read_codec(const Hdu& hdu, std::string_view header);
  Status read_columns(const TableLayout& layout);
  Status read_quantization(std::string_view header, const TableLayout& layout);
  Quantization quantization(uint64_t row, const std::byte* bytes) const;

  Dtype stored_ = Dtype::kInt16;
  TileCodec codec_ = TileCodec::kRice;
  RiceCoding rice_;
  bool is_smooth_ = false;
  uint64_t row_length_ = 0;
  uint64_t heap_offset_ = 0;
  uint64_t data_length_ = 0;
  std::array<std::optional<Streams>, 3> streams_;  // by TileColumn
  bool is_quantized_ = false;
  Dither dither_ = Dither::kNone;
  uint64_t seed_ = 1;  // ZDITHER0
  Number scale_;       // ZSCALE
  Number zero_;        // ZZERO
  Number blank_;       // ZBLANK
};

}  // namespace fitstream
