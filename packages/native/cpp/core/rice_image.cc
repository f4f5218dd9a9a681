#include "rice_image.h"

#include <strings.h>

#include <algorithm>
#include <limits>

#include "header.h"

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
std::optional<RiceCoding> coding_of(std::string_view header) {
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

std::optional<Dither> dither_of(std::string_view header) {
  const auto card = find_card(header, "ZQUANTIZ");
  if (!card || card->text == "NO_DITHER") return Dither::kNone;
  if (card->text == "SUBTRACTIVE_DITHER_1") return Dither::kSubtractive1;
  if (card->text == "SUBTRACTIVE_DITHER_2") return Dither::kSubtractive2;
  return std::nullopt;
}

// Fills in what floats need; false where this is not how they were quantized.
Result<bool> read_quantization(std::string_view header, const TableLayout& layout,
                               const TableBytes& bytes, RiceImage& image) {
  const auto dither = dither_of(header);
  if (!dither || image.coding.bytes_per_pixel != 4) return false;
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

template <typename Float>
void dequantize_bytes(const Quantization& q, std::span<const int32_t> stored, std::byte* out) {
  dequantize(q, stored, std::span(reinterpret_cast<Float*>(out), stored.size()));
}

Status decode_integers(const RiceImage& image, std::span<const int32_t> stored,
                       const simd::Recipe& recipe, simd::Level level, RiceScratch& scratch,
                       MutableByteSpan out) {
  scratch.pixels.resize(stored.size() * size_of(image.stored));
  std::byte* plain = scratch.pixels.data();
  const Status s = image.stored == Dtype::kUint8   ? store_plainly<uint8_t>(stored, plain)
                   : image.stored == Dtype::kInt16 ? store_plainly<int16_t>(stored, plain)
                                                   : store_plainly<int32_t>(stored, plain);
  if (!s) return s;
  simd::convert(recipe, plain, out.data(), stored.size(), level);
  return ok();
}

// The pixels of a float32 image are float32 whatever they are read as.
void decode_floats(const RiceImage& image, const Quantization& q, std::span<const int32_t> stored,
                   Dtype out_type, RiceScratch& scratch, MutableByteSpan out) {
  if (out_type == Dtype::kFloat32) return dequantize_bytes<float>(q, stored, out.data());
  if (image.stored == Dtype::kFloat64) return dequantize_bytes<double>(q, stored, out.data());
  scratch.pixels.resize(stored.size() * sizeof(float));
  dequantize_bytes<float>(q, stored, scratch.pixels.data());
  const auto* narrow = reinterpret_cast<const float*>(scratch.pixels.data());
  std::copy_n(narrow, stored.size(), reinterpret_cast<double*>(out.data()));
}

}  // namespace

Result<std::optional<RiceImage>> rice_image_of(const Hdu& hdu, std::string_view header,
                                               const TableLayout& layout, const TableBytes& bytes) {
  const std::optional<RiceImage> other;
  const CompressedImage& compressed = *hdu.compressed;
  if (compressed.codec != "RICE_1" && compressed.codec != "RICE_ONE") return other;
  const auto column = column_named(layout, "COMPRESSED_DATA");
  const auto coding = coding_of(header);
  const bool is_masked = column_named(layout, "NULL_PIXEL_MASK") || find_card(header, "ZMASKCMP");
  if (!column || !coding || is_masked || compressed.bitpix == 64) return other;
  const Column& data = layout.columns[*column];
  if (!data.is_variable || data.width == 0 || data.stored != Dtype::kUint8) return other;

  RiceImage image;
  image.stored = *dtype_of_bitpix(compressed.bitpix);
  image.coding = *coding;
  image.column = *column;
  if (info(image.stored).is_float) {
    const auto is_known = read_quantization(header, layout, bytes, image);
    if (!is_known) return is_known.error();
    if (!*is_known) return other;
  } else {
    for (const char* name : {"ZSCALE", "ZZERO", "ZBLANK"})
      if (column_named(layout, name)) return other;
    if (find_card(header, "ZSCALE") || find_card(header, "ZZERO")) return other;
    if (find_card(header, "ZBLANK") && find_card(header, "BLANK")) return other;
  }
  auto cells = read_descriptors(layout, bytes, *column);
  if (!cells) return cells.error();
  image.cells = std::move(*cells);
  return std::optional<RiceImage>(std::move(image));
}

Status decode_rice_tile(const RiceImage& image, uint64_t row, ByteSpan stream, uint64_t n,
                        const simd::Recipe& recipe, simd::Level level, RiceScratch& scratch,
                        MutableByteSpan out) {
  scratch.stored.resize(n);
  if (Status s = decode_rice(image.coding, stream, scratch.stored); !s) return s;
  if (!info(image.stored).is_float)
    return decode_integers(image, scratch.stored, recipe, level, scratch, out);
  Quantization q;
  q.scale = of_row(image.scales, row);
  q.zero = of_row(image.zeros, row);
  q.dither = image.dither;
  q.row = row;
  q.seed = image.seed;
  if (!image.blanks.empty()) q.blank = of_row(image.blanks, row);
  decode_floats(image, q, scratch.stored, recipe.out, scratch, out);
  return ok();
}

}  // namespace fitstream
