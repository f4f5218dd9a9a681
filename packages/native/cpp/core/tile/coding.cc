#include "coding.h"

#include <strings.h>

#include <limits>

#include "../header.h"

namespace fitstream {
namespace {

Error unsupported(std::string what, std::string found = {}) {
  return Error::of(ErrorCode::kUnsupported, std::move(what), {}, std::move(found));
}

// As CFITSIO looks for columns: without regard to case.
const Column* column_named(const TableLayout& layout, const char* name) {
  for (const Column& column : layout.columns)
    if (strcasecmp(column.name.c_str(), name) == 0) return &column;
  return nullptr;
}

std::optional<double> number_of(std::string_view header, std::string_view keyword) {
  const auto card = find_card(header, keyword);
  if (!card) return std::nullopt;
  if (card->kind == ValueKind::kReal) return card->real;
  if (card->kind == ValueKind::kInteger) return parse_real(card->text);
  return std::nullopt;
}

// The value of the i-th parameter of the codec that has this name: ZNAMEi and ZVALi come in any
// order.
std::optional<double> parameter(std::string_view header, std::string_view name) {
  for (int i = 1; i < 1000; ++i) {
    const auto card = find_card(header, "ZNAME" + std::to_string(i));
    if (!card) break;
    if (card->text == name) return number_of(header, "ZVAL" + std::to_string(i));
  }
  return std::nullopt;
}

std::optional<TileCodec> codec_named(std::string_view name) {
  if (name == "RICE_1" || name == "RICE_ONE") return TileCodec::kRice;
  if (name == "GZIP_1") return TileCodec::kGzip1;
  if (name == "GZIP_2") return TileCodec::kGzip2;
  if (name == "HCOMPRESS_1") return TileCodec::kHcompress;
  if (name == "PLIO_1") return TileCodec::kPlio;
  if (name == "NOCOMPRESS") return TileCodec::kNone;
  return std::nullopt;
}

std::optional<Dither> dither_named(std::string_view name) {
  // NONE is not in the standard; astropy writes it for floats that are not quantized.
  if (name == "NO_DITHER" || name == "NONE") return Dither::kNone;
  if (name == "SUBTRACTIVE_DITHER_1") return Dither::kSubtractive1;
  if (name == "SUBTRACTIVE_DITHER_2") return Dither::kSubtractive2;
  return std::nullopt;
}

double stored_number(Dtype stored, const std::byte* cell) {
  switch (stored) {
    case Dtype::kUint8:
      return load_be<uint8_t>(cell);
    case Dtype::kInt16:
      return load_be<int16_t>(cell);
    case Dtype::kInt32:
      return load_be<int32_t>(cell);
    case Dtype::kInt64:
      return static_cast<double>(load_be<int64_t>(cell));
    case Dtype::kFloat32:
      return static_cast<double>(load_be<float>(cell));
    default:
      return load_be<double>(cell);
  }
}

}  // namespace

std::optional<double> TileCoding::Number::of_row(const std::byte* row) const {
  if (column) return stored_number(column->stored, row + column->offset);
  return value;
}

Result<TileCoding::Number> TileCoding::number_named(std::string_view header,
                                                    const TableLayout& layout, const char* name) {
  Number number;
  const Column* column = column_named(layout, name);
  if (!column) {
    number.value = number_of(header, name);
    return number;
  }
  const bool is_plain = !column->defect && !column->is_variable && column->repeat == 1 &&
                        column->kind == CellKind::kNumber && column->scale == 1 &&
                        column->zero == 0;
  if (!is_plain) return unsupported(std::string(name) + " is no column of numbers", column->form);
  number.column = *column;
  return number;
}

Status TileCoding::read_codec(const Hdu& hdu, std::string_view header) {
  const auto codec = codec_named(hdu.compressed->codec);
  if (!codec) return unsupported("the compression is not known", hdu.compressed->codec);
  codec_ = *codec;
  stored_ = *dtype_of_bitpix(hdu.compressed->bitpix);
  is_smooth_ = parameter(header, "SMOOTH").value_or(0) != 0;
  if (codec_ != TileCodec::kRice) return ok();
  const double width = parameter(header, "BYTEPIX").value_or(rice_.bytes_per_pixel);
  const double block = parameter(header, "BLOCKSIZE").value_or(rice_.block);
  if ((width != 1 && width != 2 && width != 4) || (block != 16 && block != 32))
    return unsupported("no such RICE coding",
                       "BYTEPIX " + std::to_string(width) + ", BLOCKSIZE " + std::to_string(block));
  rice_ = {static_cast<int>(width), static_cast<uint32_t>(block)};
  return ok();
}

Status TileCoding::read_columns(const TableLayout& layout) {
  constexpr std::array kNames{"COMPRESSED_DATA", "GZIP_COMPRESSED_DATA", "UNCOMPRESSED_DATA"};
  bool has_any = false;
  for (size_t i = 0; i < kNames.size(); ++i) {
    const Column* column = column_named(layout, kNames[i]);
    if (!column) continue;
    if (column->defect) return *column->defect;
    if (!column->is_variable)
      return Error::of(ErrorCode::kBadHeader,
                       std::string(kNames[i]) + " must hold streams of bytes",
                       "a variable-length column", column->form);
    has_any = true;
    if (column->width == 0) continue;  // 0P: no tile lies there
    streams_[i] = Streams{column->offset, size_of(column->stored), column->is_wide_descriptor};
  }
  if (has_any) return ok();
  return Error::of(ErrorCode::kBadHeader, "the image has no column of tiles", "COMPRESSED_DATA");
}

Status TileCoding::read_quantization(std::string_view header, const TableLayout& layout) {
  for (auto [number, name] :
       {std::pair{&scale_, "ZSCALE"}, {&zero_, "ZZERO"}, {&blank_, "ZBLANK"}}) {
    auto found = number_named(header, layout, name);
    if (!found) return found.error();
    *number = std::move(*found);
  }
  is_quantized_ = scale_.is_given() && zero_.is_given();
  if (!info(stored_).is_float) {
    if (is_quantized_ || blank_.column)
      return unsupported("integers that are scaled or undefined tile by tile");
    return ok();
  }
  if (!is_quantized_) return ok();
  const auto method = find_card(header, "ZQUANTIZ");
  const auto dither = method ? dither_named(method->text) : Dither::kNone;
  if (!dither) return unsupported("ZQUANTIZ is not known", method->text);
  dither_ = *dither;
  if (dither_ == Dither::kNone) return ok();
  const auto seed = number_of(header, "ZDITHER0");
  if (!seed || *seed < 1 || *seed > 10000)
    return Error::of(ErrorCode::kBadHeader, "dithered pixels need their seed, ZDITHER0",
                     "1 to 10000", seed ? std::to_string(*seed) : "none");
  seed_ = static_cast<uint64_t>(*seed);
  return ok();
}

Result<TileCoding> TileCoding::of(const Hdu& hdu, std::string_view header) {
  const auto layout = layout_of_table(hdu, parse_cards(header));
  if (!layout) return layout.error();
  TileCoding coding;
  if (Status s = coding.read_codec(hdu, header); !s) return s.error();
  if (Status s = coding.read_columns(*layout); !s) return s.error();
  if (Status s = coding.read_quantization(header, *layout); !s) return s.error();
  if (column_named(*layout, "NULL_PIXEL_MASK") || find_card(header, "ZMASKCMP"))
    return unsupported("masks of undefined pixels (NULL_PIXEL_MASK)");
  const bool is_of_32_bits = coding.codec_ == TileCodec::kRice ||
                             coding.codec_ == TileCodec::kHcompress ||
                             coding.codec_ == TileCodec::kPlio;
  if (is_of_32_bits && coding.stored_ == Dtype::kInt64)
    return unsupported("64-bit integers by a codec of 32 bits", hdu.compressed->codec);
  coding.row_length_ = layout->frame.row_length;
  coding.heap_offset_ = layout->frame.heap_offset;
  coding.data_length_ = layout->data_length;
  return coding;
}

Quantization TileCoding::quantization(uint64_t row, const std::byte* bytes) const {
  Quantization q;
  q.scale = *scale_.of_row(bytes);
  q.zero = *zero_.of_row(bytes);
  q.dither = dither_;
  q.row = row;
  q.seed = seed_;
  const auto blank = blank_.of_row(bytes);
  if (blank && *blank >= std::numeric_limits<int32_t>::min() &&
      *blank <= std::numeric_limits<int32_t>::max())
    q.blank = static_cast<int32_t>(*blank);
  return q;
}

Result<TileEntry> TileCoding::entry(uint64_t row, const std::byte* bytes) const {
  for (size_t i = 0; i < streams_.size(); ++i) {
    if (!streams_[i]) continue;
    const std::byte* at = bytes + streams_[i]->offset;
    // Heaps above 2 GiB written with P exist: the numbers are taken as unsigned.
    const uint64_t count = streams_[i]->is_wide ? load_be<uint64_t>(at) : load_be<uint32_t>(at);
    const uint64_t offset =
        streams_[i]->is_wide ? load_be<uint64_t>(at + 8) : load_be<uint32_t>(at + 4);
    if (count == 0) continue;
    const uint64_t heap = data_length_ - std::min(data_length_, heap_offset_);
    if (offset > heap || count > (heap - offset) / streams_[i]->element)
      return Error::of(ErrorCode::kCorrupt, "a descriptor points outside the heap",
                       "bytes within a heap of " + std::to_string(heap),
                       std::to_string(count) + " elements at byte " + std::to_string(offset) +
                           ", row " + std::to_string(row));
    TileEntry entry;
    entry.column = static_cast<TileColumn>(i);
    entry.stream = {heap_offset_ + offset, count * streams_[i]->element};
    if (is_quantized_ && entry.column == TileColumn::kCoded && codec_ != TileCodec::kNone)
      entry.quantization = quantization(row, bytes);
    return entry;
  }
  return Error::of(ErrorCode::kCorrupt, "a tile has no bytes", {}, "row " + std::to_string(row));
}

}  // namespace fitstream
