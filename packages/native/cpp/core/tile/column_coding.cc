#include "column_coding.h"

#include "gzip.h"
#include "rice.h"
#include "shuffle.h"

namespace fitstream {
namespace {

std::optional<ColumnCodec> codec_named(std::string_view name) {
  if (name.empty() || name == "GZIP_2") return ColumnCodec::kGzip2;  // as CFITSIO takes none
  if (name == "GZIP_1") return ColumnCodec::kGzip1;
  if (name == "RICE_1") return ColumnCodec::kRice;
  if (name == "NOCOMPRESS") return ColumnCodec::kNone;
  return std::nullopt;
}

// CFITSIO, by which nearly all compressed tables are written, calls complex columns GZIP_2 and does
// not sort their bytes, except that it takes the 8 bytes of a variable-length 'C' for one element.
// Its own reader refuses the former.
size_t sorted_width(const Column& column) {
  if (column.kind != CellKind::kComplex) return size_of(column.stored);
  return column.is_variable && column.stored == Dtype::kFloat32 ? 8 : 1;
}

RiceCoding rice_of(const ColumnCoding& coding) {
  return {.bytes_per_pixel = static_cast<int>(coding.width), .block = 32};
}

Error wrong_length(uint64_t expected, uint64_t found) {
  return Error::of(ErrorCode::kCorrupt, "a stream of a compressed table has the wrong length",
                   std::to_string(expected) + " bytes", std::to_string(found));
}

Status inflate(ByteSpan stream, MutableByteSpan out) {
  const auto length = inflate_gzip(stream, out);
  if (!length) return length.error();
  if (*length != out.size()) return wrong_length(out.size(), *length);
  return ok();
}

template <typename U>
void store_be(std::span<const int32_t> numbers, std::byte* to) {
  for (const int32_t number : numbers) {
    const U stored = swap_bytes(static_cast<U>(number));
    std::memcpy(to, &stored, sizeof stored);
    to += sizeof stored;
  }
}

Status decode_rice(const ColumnCoding& coding, ByteSpan stream, ColumnScratch& scratch,
                   MutableByteSpan out) {
  scratch.numbers.resize(out.size() / coding.width);
  if (Status s = decode_rice(rice_of(coding), stream, scratch.numbers); !s) return s;
  if (coding.width == 1) store_be<uint8_t>(scratch.numbers, out.data());
  if (coding.width == 2) store_be<uint16_t>(scratch.numbers, out.data());
  if (coding.width == 4) store_be<uint32_t>(scratch.numbers, out.data());
  return ok();
}

}  // namespace

Result<ColumnCoding> column_coding_of(const Column& column, std::string_view name) {
  const auto codec = codec_named(name);
  if (!codec)
    return Error::of(ErrorCode::kUnsupported,
                     "a column of a compressed table is coded in no known way",
                     "ZCTYPn RICE_1, GZIP_1, GZIP_2 or NOCOMPRESS", "'" + std::string(name) + "'");
  if (*codec == ColumnCodec::kGzip2) return ColumnCoding{*codec, sorted_width(column)};
  if (*codec != ColumnCodec::kRice) return ColumnCoding{*codec, 1};
  const size_t width = size_of(column.stored);
  const bool is_integer = column.kind == CellKind::kNumber && !info(column.stored).is_float;
  if (!is_integer || width > 4)
    return Error::of(ErrorCode::kUnsupported, "RICE_1 codes no such column",
                     "integers of 1, 2 or 4 bytes", "'" + column.form + "'");
  return ColumnCoding{*codec, width};
}

Status check_stream(const ColumnCoding& coding, uint64_t stream_length, uint64_t length) {
  const uint64_t most = coding.codec == ColumnCodec::kNone ? stream_length
                        : coding.codec == ColumnCodec::kRice
                            ? max_rice_pixels(rice_of(coding), stream_length) * coding.width
                            : max_inflated(stream_length);
  if (length <= most) return ok();
  return Error::of(ErrorCode::kCorrupt, "a stream of a compressed table is too short",
                   "a stream that holds " + std::to_string(length) + " bytes",
                   std::to_string(stream_length) + " bytes");
}

Status decode_stream(const ColumnCoding& coding, ByteSpan stream, ColumnScratch& scratch,
                     MutableByteSpan out) {
  switch (coding.codec) {
    case ColumnCodec::kNone:
      if (stream.size() != out.size()) return wrong_length(out.size(), stream.size());
      if (!out.empty()) std::memcpy(out.data(), stream.data(), out.size());
      return ok();
    case ColumnCodec::kRice:
      return decode_rice(coding, stream, scratch, out);
    case ColumnCodec::kGzip1:
      return inflate(stream, out);
    case ColumnCodec::kGzip2:
      break;
  }
  if (coding.width == 1) return inflate(stream, out);
  scratch.shuffled.resize(out.size());
  if (Status s = inflate(stream, scratch.shuffled); !s) return s;
  unshuffle(scratch.shuffled, coding.width, out);
  return ok();
}

}  // namespace fitstream
