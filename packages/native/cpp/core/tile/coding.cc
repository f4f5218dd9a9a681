#include "coding.h"

#include <strings.h>

#include <algorithm>
#include <bit>
#include <limits>

#include "../header.h"
#include "gzip.h"

namespace fitstream {
namespace {

// As CFITSIO looks for columns: without regard to case.
std::optional<size_t> column_named(const TableLayout& layout, const char* name) {
  for (size_t i = 0; i < layout.columns.size(); ++i)
    if (strcasecmp(layout.columns[i].name.c_str(), name) == 0) return i;
  return std::nullopt;
}

std::optional<double> number_of(std::string_view header, std::string_view keyword) {
  const auto card = find_card(header, keyword);
  if (!card) return std::nullopt;
  if (card->kind == ValueKind::kReal) return card->real;
  if (card->kind == ValueKind::kInteger) return parse_real(card->text);
  return std::nullopt;
}

std::optional<int32_t> int32_of(std::string_view header, std::string_view keyword) {
  const auto card = find_card(header, keyword);
  if (!card || card->kind != ValueKind::kInteger) return std::nullopt;
  const auto number = parse_real(card->text);
  if (!number || *number < std::numeric_limits<int32_t>::min() ||
      *number > std::numeric_limits<int32_t>::max())
    return std::nullopt;
  return static_cast<int32_t>(*number);
}

// One number a row of a column; nothing where the column is of another kind.
Result<std::optional<ColumnData>> read_numbers(const TableLayout& layout, const TableBytes& bytes,
                                               size_t column, Dtype dtype) {
  const Column& c = layout.columns[column];
  const bool is_plain = !c.defect && !c.is_variable && c.kind == CellKind::kNumber &&
                        c.repeat == 1 && c.stored == dtype && c.natural_dtype() == dtype;
  if (!is_plain) return std::optional<ColumnData>();
  auto data = read_columns(layout, bytes, {column}, {0, layout.frame.rows},
                           std::numeric_limits<int64_t>::max(), simd::Level::kScalar, nullptr);
  if (!data) return data.error();
  return std::optional<ColumnData>(std::move(data->front()));
}

// ZSCALE or ZZERO: a column, or a keyword for all tiles. Empty where it is neither.
Result<std::vector<double>> doubles_of(std::string_view header, const TableLayout& layout,
                                       const TableBytes& bytes, const char* name) {
  std::vector<double> values;
  const auto column = column_named(layout, name);
  if (!column) {
    if (const auto number = number_of(header, name)) values.push_back(*number);
    return values;
  }
  const auto data = read_numbers(layout, bytes, *column, Dtype::kFloat64);
  if (!data) return data.error();
  if (!*data) return values;
  values.resize((*data)->elements);
  std::memcpy(values.data(), (*data)->values.data(), values.size() * sizeof(double));
  return values;
}

// ZNAMEi and ZVALi, in any order. Nothing where they name a coding that does not exist.
std::optional<RiceCoding> rice_coding_of(std::string_view header) {
  RiceCoding coding;
  for (int i = 1; i < 1000; ++i) {
    const auto name = find_card(header, "ZNAME" + std::to_string(i));
    if (!name) break;
    const auto value = int32_of(header, "ZVAL" + std::to_string(i));
    if (!value) continue;
    if (name->text == "BYTEPIX") coding.bytes_per_pixel = *value;
    if (name->text == "BLOCKSIZE" && *value > 0) coding.block = static_cast<uint32_t>(*value);
  }
  const int width = coding.bytes_per_pixel;
  const bool exists =
      (width == 1 || width == 2 || width == 4) && (coding.block == 16 || coding.block == 32);
  return exists ? std::optional(coding) : std::nullopt;
}

std::optional<TileCodec> codec_named(std::string_view name) {
  if (name == "RICE_1" || name == "RICE_ONE") return TileCodec::kRice;
  if (name == "GZIP_1") return TileCodec::kGzip1;
  if (name == "GZIP_2") return TileCodec::kGzip2;
  return std::nullopt;
}

// A column of byte streams; nothing where it is none.
Result<std::optional<StreamColumn>> streams_of(const TableLayout& layout, const TableBytes& bytes,
                                               const char* name) {
  const auto column = column_named(layout, name);
  if (!column) return std::optional<StreamColumn>();
  const Column& c = layout.columns[*column];
  if (!c.is_variable || c.width == 0 || c.stored != Dtype::kUint8)
    return std::optional<StreamColumn>();
  auto cells = read_descriptors(layout, bytes, *column);
  if (!cells) return cells.error();
  return std::optional(StreamColumn{*column, std::move(*cells)});
}

std::optional<Dither> dither_of(std::string_view header) {
  const auto card = find_card(header, "ZQUANTIZ");
  if (!card || card->text == "NO_DITHER") return Dither::kNone;
  if (card->text == "SUBTRACTIVE_DITHER_1") return Dither::kSubtractive1;
  if (card->text == "SUBTRACTIVE_DITHER_2") return Dither::kSubtractive2;
  return std::nullopt;
}

// Fills in what floats need; false where this is not how they were quantized.
Result<bool> read_quantization(std::string_view header, const TableLayout& layout,
                               const TableBytes& bytes, CodedImage& image) {
  const auto dither = dither_of(header);
  if (!dither || (image.codec == TileCodec::kRice && image.rice.bytes_per_pixel != 4)) return false;
  image.dither = *dither;
  if (*dither != Dither::kNone) {
    const auto seed = int32_of(header, "ZDITHER0");
    if (!seed || *seed < 1 || *seed > 10000) return false;
    image.seed = static_cast<uint64_t>(*seed);
  }
  auto scales = doubles_of(header, layout, bytes, "ZSCALE");
  if (!scales) return scales.error();
  auto zeros = doubles_of(header, layout, bytes, "ZZERO");
  if (!zeros) return zeros.error();
  if (scales->empty() || zeros->empty()) return false;
  image.scales = std::move(*scales);
  image.zeros = std::move(*zeros);

  if (const auto column = column_named(layout, "ZBLANK")) {
    const auto data = read_numbers(layout, bytes, *column, Dtype::kInt32);
    if (!data) return data.error();
    if (!*data) return false;
    for (uint64_t i = 0; i < (*data)->elements; ++i) {
      int32_t value;
      std::memcpy(&value, (*data)->values.data() + i * sizeof value, sizeof value);
      image.blanks.push_back(value);
    }
  } else if (const auto blank = int32_of(header, "ZBLANK")) {
    image.blanks.push_back(*blank);
  } else if (find_card(header, "ZBLANK") || find_card(header, "BLANK")) {
    return false;
  }
  return true;
}

// Whether our own decoder reads these floats; fills in how.
Result<bool> read_float_coding(std::string_view header, const TableLayout& layout,
                               const TableBytes& bytes, CodedImage& image) {
  const bool is_quantized = column_named(layout, "ZSCALE") || find_card(header, "ZSCALE");
  if (is_quantized) return read_quantization(header, layout, bytes, image);
  return image.codec != TileCodec::kRice;  // RICE has no floats of its own
}

// Integers that are scaled or undefined tile by tile are CFITSIO's.
bool is_plain_integer_coding(std::string_view header, const TableLayout& layout) {
  for (const char* name : {"ZSCALE", "ZZERO", "ZBLANK"})
    if (column_named(layout, name)) return false;
  if (find_card(header, "ZSCALE") || find_card(header, "ZZERO")) return false;
  return !(find_card(header, "ZBLANK") && find_card(header, "BLANK"));
}

template <typename T>
T of_row(const std::vector<T>& values, uint64_t row) {
  return values.size() == 1 ? values[0] : values[row];
}

// Integers as a plain image would have stored them: big-endian, in the width of ZBITPIX.
template <typename T>
Status store_plainly(std::span<const int32_t> from, std::byte* to) {
  for (size_t i = 0; i < from.size(); ++i) {
    const auto narrow = static_cast<T>(from[i]);
    if (static_cast<int32_t>(narrow) != from[i])
      return Error::of(ErrorCode::kCorrupt, "a decoded pixel does not fit ZBITPIX",
                       std::to_string(8 * sizeof(T)) + " bits", std::to_string(from[i]));
    const T big_endian = load_be<T>(reinterpret_cast<const std::byte*>(&narrow));
    std::memcpy(to + i * sizeof(T), &big_endian, sizeof(T));
  }
  return ok();
}

Status store_plainly(Dtype stored, std::span<const int32_t> from, Scratch& to) {
  to.resize(from.size() * size_of(stored));
  switch (stored) {
    case Dtype::kUint8:
      return store_plainly<uint8_t>(from, to.data());
    case Dtype::kInt16:
      return store_plainly<int16_t>(from, to.data());
    default:
      return store_plainly<int32_t>(from, to.data());
  }
}

// GZIP_2 sorts bytes by their significance, the highest of all pixels first (10.4.2).
void unshuffle(ByteSpan from, size_t width, MutableByteSpan to) {
  const size_t n = from.size() / width;
  for (size_t byte = 0; byte < width; ++byte)
    for (size_t i = 0; i < n; ++i) to[i * width + byte] = from[byte * n + i];
}

// The content of a tile's gzip stream, in scratch.bytes: big-endian. Returns the bytes of a pixel,
// at most `max_width`; the stream says how many.
Result<size_t> unpack(const TileRequest& tile, ByteSpan stream, size_t max_width, bool is_shuffled,
                      TileScratch& scratch) {
  Scratch& content = is_shuffled ? scratch.shuffled : scratch.bytes;
  content.resize(tile.pixels * max_width);
  const auto length = inflate_gzip(stream, content);
  if (!length) return length.error();
  const size_t width = *length / tile.pixels;
  if (*length != tile.pixels * width || !std::has_single_bit(width))
    return Error::of(ErrorCode::kCorrupt, "a gzip stream does not fill its tile",
                     std::to_string(tile.pixels) + " pixels", std::to_string(*length) + " bytes");
  if (!is_shuffled) return width;
  scratch.bytes.resize(*length);
  unshuffle(ByteSpan(content).first(*length), width, scratch.bytes);
  return width;
}

// Integers of 1, 2 or 4 bytes from scratch.bytes to scratch.stored.
void widen(size_t width, uint64_t n, TileScratch& scratch) {
  const std::byte* from = scratch.bytes.data();
  scratch.stored.resize(n);
  for (int32_t& value : scratch.stored) {
    value = width == 1   ? load_be<uint8_t>(from)
            : width == 2 ? load_be<int16_t>(from)
                         : load_be<int32_t>(from);
    from += width;
  }
}

template <typename Float>
void dequantize_bytes(const Quantization& q, std::span<const int32_t> stored, std::byte* out) {
  dequantize(q, stored, std::span(reinterpret_cast<Float*>(out), stored.size()));
}

// The pixels of a float32 image are float32 whatever they are read as.
void dequantize_as(Dtype image, Dtype out_type, const Quantization& q, TileScratch& scratch,
                   MutableByteSpan out) {
  const std::span<const int32_t> stored = scratch.stored;
  if (out_type == Dtype::kFloat32) return dequantize_bytes<float>(q, stored, out.data());
  if (image == Dtype::kFloat64) return dequantize_bytes<double>(q, stored, out.data());
  scratch.bytes.resize(stored.size() * sizeof(float));
  dequantize_bytes<float>(q, stored, scratch.bytes.data());
  const auto* narrow = reinterpret_cast<const float*>(scratch.bytes.data());
  std::copy_n(narrow, stored.size(), reinterpret_cast<double*>(out.data()));
}

Quantization quantization_of(const CodedImage& image, uint64_t row) {
  Quantization q;
  q.scale = of_row(image.scales, row);
  q.zero = of_row(image.zeros, row);
  q.dither = image.dither;
  q.row = row;
  q.seed = image.seed;
  if (!image.blanks.empty()) q.blank = of_row(image.blanks, row);
  return q;
}

// The integers of a coded tile, in scratch.stored.
Status decode_stored(const CodedImage& image, const TileRequest& tile, ByteSpan stream,
                     TileScratch& scratch) {
  scratch.stored.resize(tile.needed);
  if (image.codec == TileCodec::kRice) return decode_rice(image.rice, stream, scratch.stored);
  const bool is_shuffled = image.codec == TileCodec::kGzip2;
  const auto width = unpack(tile, stream, sizeof(int32_t), is_shuffled, scratch);
  if (!width) return width.error();
  widen(*width, tile.needed, scratch);
  return ok();
}

// The pixels of a tile that was not quantized, as a plain image stores them, in scratch.bytes.
Status decode_plain(const CodedImage& image, const TileRequest& tile, ByteSpan stream,
                    bool is_coded, TileScratch& scratch) {
  const bool is_float = info(image.stored).is_float;
  if (is_coded && image.codec == TileCodec::kRice) {
    if (Status s = decode_stored(image, tile, stream, scratch); !s) return s;
    return store_plainly(image.stored, scratch.stored, scratch.bytes);
  }
  const bool is_shuffled = is_coded && image.codec == TileCodec::kGzip2;
  const size_t stored_width = size_of(image.stored);
  const size_t max_width = is_float ? stored_width : sizeof(int32_t);
  const auto width = unpack(tile, stream, max_width, is_shuffled, scratch);
  if (!width) return width.error();
  if (*width == stored_width) return ok();
  if (is_float)
    return Error::of(ErrorCode::kCorrupt, "a gzip stream does not fill its tile",
                     std::to_string(stored_width) + " bytes a pixel", std::to_string(*width));
  // Writers widen integers that they have to mark undefined ones in.
  widen(*width, tile.needed, scratch);
  return store_plainly(image.stored, scratch.stored, scratch.bytes);
}

}  // namespace

std::optional<size_t> CodedImage::column_of(uint64_t row) const {
  if (data.cells[row].count > 0) return data.column;
  if (plain && plain->cells[row].count > 0) return plain->column;
  return std::nullopt;
}

Result<std::optional<CodedImage>> coded_image_of(const Hdu& hdu, std::string_view header,
                                                 const TableLayout& layout,
                                                 const TableBytes& bytes) {
  const std::optional<CodedImage> other;
  const CompressedImage& compressed = *hdu.compressed;
  const auto codec = codec_named(compressed.codec);
  const auto rice = rice_coding_of(header);
  const bool is_masked = column_named(layout, "NULL_PIXEL_MASK") || find_card(header, "ZMASKCMP");
  if (!codec || !rice || is_masked || compressed.bitpix == 64) return other;

  CodedImage image;
  image.stored = *dtype_of_bitpix(compressed.bitpix);
  image.codec = *codec;
  image.rice = *rice;
  auto data = streams_of(layout, bytes, "COMPRESSED_DATA");
  if (!data) return data.error();
  if (!*data) return other;
  image.data = std::move(**data);
  if (!info(image.stored).is_float)
    return is_plain_integer_coding(header, layout) ? std::optional(std::move(image)) : other;

  auto plain = streams_of(layout, bytes, "GZIP_COMPRESSED_DATA");
  if (!plain) return plain.error();
  image.plain = std::move(*plain);
  const auto is_known = read_float_coding(header, layout, bytes, image);
  if (!is_known) return is_known.error();
  return *is_known ? std::optional(std::move(image)) : other;
}

Status decode_tile(const CodedImage& image, const TileRequest& tile, ByteSpan stream,
                   const simd::Recipe& recipe, simd::Level level, TileScratch& scratch,
                   std::vector<std::byte>& out) {
  const bool is_coded = image.data.cells[tile.row].count > 0;
  const bool is_rice = is_coded && image.codec == TileCodec::kRice;
  // Before memory is taken for pixels that only a header speaks of.
  if (is_rice ? tile.needed > max_rice_pixels(image.rice, stream.size())
              : tile.pixels > max_inflated(stream.size()))
    return Error::of(ErrorCode::kCorrupt, "a compressed stream is too short for its tile",
                     std::to_string(tile.pixels) + " pixels",
                     std::to_string(stream.size()) + " bytes");
  out.resize(tile.needed * size_of(recipe.out));
  if (is_coded && !image.scales.empty()) {
    if (Status s = decode_stored(image, tile, stream, scratch); !s) return s;
    dequantize_as(image.stored, recipe.out, quantization_of(image, tile.row), scratch, out);
    return ok();
  }
  if (Status s = decode_plain(image, tile, stream, is_coded, scratch); !s) return s;
  simd::convert(recipe, scratch.bytes.data(), out.data(), tile.needed, level);
  return ok();
}

}  // namespace fitstream
