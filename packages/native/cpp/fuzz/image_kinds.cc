#include "image_kinds.h"

namespace fitstream::fuzz {
namespace {

bool is_quantized(const ImageKind& kind) { return *kind.dither != '\0'; }

char letter_of(int bitpix) {
  switch (bitpix) {
    case 8:
      return 'B';
    case 16:
      return 'I';
    case 32:
      return 'J';
    case 64:
      return 'K';
    case -32:
      return 'E';
    default:
      return 'D';
  }
}

void put_axes(HeaderText& header, std::string_view stem, const std::vector<uint64_t>& axes) {
  for (size_t i = 0; i < axes.size(); ++i)
    header.key(std::string(stem) + std::to_string(i + 1), axes[i]);
}

}  // namespace

const std::vector<ImageKind>& image_kinds() {
  static const std::vector<ImageKind> kinds = {
      {.codec = "RICE_1", .bitpix = 16, .axes = {40, 21}, .tile = {40, 1}, .rice_width = 2},
      {.codec = "RICE_1", .bitpix = 8, .axes = {30, 20}, .tile = {7, 9}, .rice_width = 1},
      {.codec = "RICE_1", .bitpix = 32, .axes = {70, 33}, .tile = {16, 16}, .rice_block = 16},
      {.codec = "RICE_1", .bitpix = -32, .axes = {45, 20}, .tile = {45, 2}, .dither = "NO_DITHER"},
      {.codec = "RICE_1",
       .bitpix = -32,
       .axes = {64, 40},
       .tile = {20, 16},
       .dither = "SUBTRACTIVE_DITHER_2",
       .has_blank = true},
      {.codec = "RICE_1",
       .bitpix = -64,
       .axes = {6, 5, 4, 3, 2},
       .tile = {5, 2, 2, 3, 1},
       .dither = "SUBTRACTIVE_DITHER_1"},
      {.codec = "RICE_1",
       .bitpix = 16,
       .axes = {90},
       .tile = {17},
       .rice_width = 2,
       .rice_block = 16,
       .has_blank = true,
       .zero = 32768},
      {.codec = "GZIP_1", .bitpix = 32, .axes = {24, 18}, .tile = {24, 5}},
      {.codec = "GZIP_1", .bitpix = -64, .axes = {20, 20}, .tile = {8, 8}},
      {.codec = "GZIP_2", .bitpix = -32, .axes = {31, 16}, .tile = {31, 4}},
      {.codec = "GZIP_2",
       .bitpix = -32,
       .axes = {31, 16},
       .tile = {10, 10},
       .dither = "SUBTRACTIVE_DITHER_1"},
      {.codec = "GZIP_2", .bitpix = 64, .axes = {9, 8, 7}, .tile = {4, 4, 4}},
      {.codec = "HCOMPRESS_1", .bitpix = 16, .axes = {33, 29}, .tile = {16, 16}},
      {.codec = "HCOMPRESS_1", .bitpix = 32, .axes = {24, 50}, .tile = {24, 11}, .is_smooth = true},
      {.codec = "HCOMPRESS_1",
       .bitpix = -32,
       .axes = {28, 28},
       .tile = {28, 14},
       .dither = "NO_DITHER",
       .has_blank = true},
      {.codec = "PLIO_1", .bitpix = 16, .axes = {100, 12}, .tile = {100, 1}},
      {.codec = "PLIO_1", .bitpix = 32, .axes = {50, 50}, .tile = {25, 25}},
      {.codec = "NOCOMPRESS", .bitpix = 16, .axes = {20, 10}, .tile = {20, 3}, .zero = 32768},
      {.codec = "NOCOMPRESS", .bitpix = -64, .axes = {8, 8, 3}, .tile = {8, 8, 1}},
  };
  return kinds;
}

uint64_t tiles_of(const ImageKind& kind) {
  uint64_t tiles = 1;
  for (size_t i = 0; i < kind.axes.size(); ++i)
    tiles *= (kind.axes[i] + kind.tile[i] - 1) / kind.tile[i];
  return tiles;
}

uint64_t row_length_of(const ImageKind& kind) {
  return kDescriptors + (is_quantized(kind) ? 16 : 0);
}

std::string header_of(const ImageKind& kind, uint64_t data_length) {
  const uint64_t rows_length = row_length_of(kind) * tiles_of(kind);
  HeaderText header;
  header.text("XTENSION", "BINTABLE").key("BITPIX", 8).key("NAXIS", 2);
  header.key("NAXIS1", row_length_of(kind)).key("NAXIS2", tiles_of(kind));
  header.key("PCOUNT", data_length - rows_length).key("GCOUNT", 1);
  header.key("TFIELDS", is_quantized(kind) ? 5 : 3);
  header.text("TTYPE1", "COMPRESSED_DATA").text("TTYPE2", "GZIP_COMPRESSED_DATA");
  header.text("TTYPE3", "UNCOMPRESSED_DATA").text("TFORM2", "1PB");
  header.text("TFORM1", std::string_view(kind.codec) == "PLIO_1" ? "1PI" : "1PB");
  header.text("TFORM3", std::string("1P") + letter_of(kind.bitpix));
  if (is_quantized(kind)) {
    header.text("TTYPE4", "ZSCALE").text("TFORM4", "1D").text("TTYPE5", "ZZERO");
    header.text("TFORM5", "1D").text("ZQUANTIZ", kind.dither).key("ZDITHER0", 9998);
  }
  header.key("ZIMAGE", "T").text("ZCMPTYPE", kind.codec);
  header.key("ZBITPIX", std::to_string(kind.bitpix)).key("ZNAXIS", kind.axes.size());
  put_axes(header, "ZNAXIS", kind.axes);
  put_axes(header, "ZTILE", kind.tile);
  header.text("ZNAME1", "BYTEPIX").key("ZVAL1", static_cast<uint64_t>(kind.rice_width));
  header.text("ZNAME2", "BLOCKSIZE").key("ZVAL2", static_cast<uint64_t>(kind.rice_block));
  header.text("ZNAME3", "SMOOTH").key("ZVAL3", kind.is_smooth);
  if (kind.has_blank) header.key("ZBLANK", "-32768");
  if (kind.zero != 0) header.key("BZERO", std::to_string(kind.zero));
  return header.done();
}

}  // namespace fitstream::fuzz
