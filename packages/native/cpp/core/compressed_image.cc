#include "compressed_image.h"

#include <strings.h>

#include <algorithm>
#include <array>

#include "cfitsio/image.h"
#include "header.h"
#include "table/read.h"
#include "unpack.h"

namespace fitstream {
namespace {

// CFITSIO's own bounds: axes of a compressed image, and what it allocates for one tile.
constexpr size_t kMaxAxes = 6;
constexpr uint64_t kMaxTilePixels = uint64_t{1} << 28;
// Pixels that CFITSIO decodes between two looks at the cancel flag: about 0.1 s of RICE.
constexpr uint64_t kSlabPixels = uint64_t{1} << 24;
// Decoded tiles that are kept for the next window; when they are more, all are dropped.
constexpr uint64_t kMaxDecodedBytes = uint64_t{32} << 20;

Error broken(const Hdu& hdu, ErrorCode code, std::string what, std::string expected = {},
             std::string found = {}) {
  return Error::of(code, std::move(what), std::move(expected), std::move(found))
      .at_hdu(static_cast<int64_t>(hdu.index));
}

// What CFITSIO trusts: that there is a row for every tile and that tiles have a sane size.
Status check_tiles(const Hdu& hdu) {
  const CompressedImage& image = *hdu.compressed;
  if (image.axes.size() > kMaxAxes)
    return broken(hdu, ErrorCode::kUnsupported, "the compressed image has too many axes",
                  "at most " + std::to_string(kMaxAxes), std::to_string(image.axes.size()));
  std::optional<uint64_t> tiles = 1;
  std::optional<uint64_t> tile_pixels = 1;
  for (size_t i = 0; i < image.axes.size(); ++i) {
    if (image.tile[i] == 0)
      return broken(hdu, ErrorCode::kBadHeader, "ZTILE" + std::to_string(i + 1) + " is zero");
    const uint64_t along = image.axes[i] / image.tile[i] + (image.axes[i] % image.tile[i] != 0);
    tiles = tiles ? checked_mul(*tiles, along) : tiles;
    tile_pixels = tile_pixels ? checked_mul(*tile_pixels, std::min(image.tile[i], image.axes[i]))
                              : tile_pixels;
  }
  if (!tiles || *tiles > hdu.table->rows)
    return broken(hdu, ErrorCode::kBadHeader, "the table has fewer rows than the image has tiles",
                  tiles ? std::to_string(*tiles) + " rows" : "a number of tiles below 2^63",
                  std::to_string(hdu.table->rows));
  if (!tile_pixels || *tile_pixels > kMaxTilePixels)
    return broken(hdu, ErrorCode::kLimit, "the tiles are larger than the limit",
                  "at most " + std::to_string(kMaxTilePixels) + " pixels");
  return ok();
}

// An HCOMPRESS stream names its own size, which old decoders believe (CFITSIO issue 131): it must
// not be larger than a tile.
Status check_hcompress(const Hdu& hdu, const TableBytes& bytes, uint64_t offset, uint64_t length) {
  std::array<std::byte, 10> head;
  if (length < head.size()) return ok();  // the decoder reports a short stream itself
  if (Status read = bytes.read(offset, head); !read) return read;
  const uint64_t nx = load_be<uint32_t>(head.data() + 2);
  const uint64_t ny = load_be<uint32_t>(head.data() + 6);
  uint64_t tile_pixels = 1;
  for (size_t i = 0; i < hdu.compressed->axes.size(); ++i)
    tile_pixels *= std::min(hdu.compressed->tile[i], hdu.compressed->axes[i]);
  const auto pixels = checked_mul(nx, ny);
  if (pixels && *pixels <= tile_pixels) return ok();
  return broken(hdu, ErrorCode::kCorrupt, "an HCOMPRESS stream is larger than its tile",
                "at most " + std::to_string(tile_pixels) + " pixels",
                std::to_string(nx) + " x " + std::to_string(ny));
}

// As CFITSIO looks for columns: without regard to case.
bool is_named(const Column& column, const char* name) {
  return strcasecmp(column.name.c_str(), name) == 0;
}

// Every descriptor must lie inside the heap before a decoder sees it. Returns the columns whose
// cells are gzip streams.
Result<std::vector<size_t>> check_heap(const Hdu& hdu, const TableLayout& layout,
                                       const TableBytes& bytes) {
  const std::string& codec = hdu.compressed->codec;
  std::vector<size_t> gzip_columns;
  for (size_t c = 0; c < layout.columns.size(); ++c) {
    const Column& column = layout.columns[c];
    // What CFITSIO would make of such a column is unknown.
    if (column.defect) return *column.defect;
    if (!column.is_variable || column.width == 0) continue;
    const auto cells = read_descriptors(layout, bytes, c);
    if (!cells) return cells.error();
    const bool is_data = is_named(column, "COMPRESSED_DATA");
    if (is_named(column, "GZIP_COMPRESSED_DATA") || (is_data && codec.starts_with("GZIP")))
      gzip_columns.push_back(c);
    if (!is_data || codec != "HCOMPRESS_1") continue;
    for (const HeapCell& cell : *cells) {
      const Status s =
          check_hcompress(hdu, bytes, layout.frame.heap_offset + cell.offset, cell.count);
      if (!s) return s.error();
    }
  }
  return gzip_columns;
}

// CFITSIO dequantizes to the type it is asked for. The pixels of a float32 image are float32
// whatever they are read as, so those are read first and widened then.
Status read_slab(cfitsio::Session& session, const simd::Recipe& recipe, const Window& slab,
                 MutableByteSpan pixels) {
  const bool widens =
      recipe.stored == Dtype::kFloat32 && recipe.out == Dtype::kFloat64 && !recipe.is_scaled;
  if (!widens) return cfitsio::read_subset(session, recipe, slab, pixels);
  simd::Recipe narrow = recipe;
  narrow.out = Dtype::kFloat32;
  const MutableByteSpan upper_half = pixels.subspan(pixels.size() / 2);
  if (Status s = cfitsio::read_subset(session, narrow, slab, upper_half); !s) return s;
  // Front to back: the double at i ends before the floats that are still to be read begin.
  for (size_t i = 0; i < pixels.size() / sizeof(double); ++i) {
    float value;
    std::memcpy(&value, upper_half.data() + i * sizeof value, sizeof value);
    const double wide = value;
    std::memcpy(pixels.data() + i * sizeof wide, &wide, sizeof wide);
  }
  return ok();
}

Error not_compressed(const Hdu& hdu) {
  return broken(hdu, ErrorCode::kBadArgument, "this HDU is no tile-compressed image",
                "a compressed image", std::string(hdu_kind_name(hdu.kind)));
}

}  // namespace

Result<ImageLayout> layout_of_compressed(const Hdu& hdu) {
  if (hdu.kind != HduKind::kCompressedImage) return not_compressed(hdu);
  if (hdu.defect) return *hdu.defect;
  ImageLayout layout;
  layout.stored = *dtype_of_bitpix(hdu.compressed->bitpix);
  layout.shape.assign(hdu.compressed->axes.rbegin(), hdu.compressed->axes.rend());
  layout.data_offset = hdu.data_offset;
  layout.scaling = hdu.scaling;
  return layout;
}

CompressedImageReader::CompressedImageReader(cfitsio::Session session, ImageLayout layout,
                                             const Hdu& hdu, Coding coding)
    : session_(std::move(session)),
      layout_(std::move(layout)),
      grid_(layout_.shape, {hdu.compressed->tile.rbegin(), hdu.compressed->tile.rend()}),
      coding_(std::move(coding)),
      data_length_(hdu.data_length),
      checked_(coding_.gzip_columns.empty() ? 0 : hdu.table->rows) {}

Result<CompressedImageReader::Coding> CompressedImageReader::coding_of(const Hdu& hdu,
                                                                       std::string_view header,
                                                                       const TableBytes& bytes) {
  const auto layout = layout_of_table(hdu, parse_cards(header));
  if (!layout) return layout.error();
  auto gzip_columns = check_heap(hdu, *layout, bytes);
  if (!gzip_columns) return gzip_columns.error();
  auto image = coded_image_of(hdu, header, *layout, bytes);
  if (!image) return image.error();
  return Coding{std::move(*gzip_columns), std::move(*image)};
}

Result<CompressedImageReader> CompressedImageReader::open(const File& file, const Hdu& hdu) {
  auto layout = layout_of_compressed(hdu);
  if (!layout) return std::move(layout.error()).at_path(file.path());
  if (Status s = check_tiles(hdu); !s) return std::move(s.error()).at_path(file.path());
  auto header = read_header(file, hdu);
  if (!header) return header.error();
  auto coding = coding_of(hdu, *header, TableFile(file, hdu.data_offset));
  if (!coding) return std::move(coding.error()).at_path(file.path());

  auto session = cfitsio::Session::open(file, hdu);
  if (!session)
    return std::move(session.error()).at_path(file.path()).at_hdu(static_cast<int64_t>(hdu.index));
  return CompressedImageReader(std::move(*session), std::move(*layout), hdu, std::move(*coding));
}

Result<CompressedImageReader> CompressedImageReader::open(ByteSpan bytes, const Hdu& hdu) {
  auto layout = layout_of_compressed(hdu);
  if (!layout) return layout.error();
  if (Status s = check_tiles(hdu); !s) return s.error();
  if (bytes.size() < hdu.header_length + hdu.data_length)
    return broken(hdu, ErrorCode::kTruncated, "the HDU is not complete",
                  std::to_string(hdu.header_length + hdu.data_length) + " bytes",
                  std::to_string(bytes.size()));
  const std::string_view header(reinterpret_cast<const char*>(bytes.data()), hdu.header_length);
  auto coding = coding_of(hdu, header, TableMemory(bytes.subspan(hdu.header_length)));
  if (!coding) return coding.error();
  auto session = cfitsio::Session::open_extension(bytes);
  if (!session) return std::move(session.error()).at_hdu(static_cast<int64_t>(hdu.index));
  return CompressedImageReader(std::move(*session), std::move(*layout), hdu, std::move(*coding));
}

Status CompressedImageReader::ignore_scaling() {
  layout_ = unscaled(std::move(layout_));
  decoded_.clear();
  decoded_bytes_ = 0;
  return cfitsio::ignore_scaling(session_);
}

// Whether our own decoder has all tiles of the window.
bool CompressedImageReader::is_ours(const Window& window, const simd::Recipe& recipe) const {
  if (!coding_.image) return false;
  if (info(layout_.stored).is_float && recipe.is_scaled) return false;
  const Status all = grid_.for_each_touched(window, [&](const Tile& tile) -> Status {
    if (coding_.image->column_of(tile.row)) return ok();
    return Error::of(ErrorCode::kUnsupported, "the tile lies in another column");
  });
  return static_cast<bool>(all);
}

Status CompressedImageReader::decode_into(std::vector<std::byte>& bytes, const TileRequest& tile,
                                          const simd::Recipe& recipe) {
  const size_t column = *coding_.image->column_of(tile.row);
  const auto stream = cfitsio::read_cell(session_, column, tile.row, data_length_);
  if (!stream) return stream.error();
  return decode_tile(*coding_.image, tile, *stream, recipe, simd::active_level(), scratch_, bytes);
}

// The pixels of a tile, at least those that the part needs. Valid until the next call.
Result<ByteSpan> CompressedImageReader::decode(const Tile& tile, const TilePart& part,
                                               const simd::Recipe& recipe) {
  const uint64_t whole = tile.pixels();
  if (part.shape == tile.shape) {
    // Nothing of it is left for another window.
    if (Status s = decode_into(tile_bytes_, {tile.row, whole, whole}, recipe); !s) return s.error();
    return ByteSpan(tile_bytes_);
  }
  const uint64_t needed = part.pixels_needed(tile);
  const auto known = decoded_.find(tile.row);
  const bool is_known = known != decoded_.end() && known->second.dtype == recipe.out;
  if (is_known && known->second.pixels >= needed) return ByteSpan(known->second.bytes);
  // Who comes a second time gets all of it; a gzip stream is unpacked whole anyway.
  const bool is_rice = coding_.image->codec == TileCodec::kRice;
  const uint64_t pixels = is_rice && known == decoded_.end() ? needed : whole;
  if (known != decoded_.end()) {
    decoded_bytes_ -= known->second.bytes.size();
    decoded_.erase(known);
  }
  if (decoded_bytes_ > kMaxDecodedBytes) {
    decoded_.clear();
    decoded_bytes_ = 0;
  }
  DecodedTile made{recipe.out, pixels, {}};
  if (Status s = decode_into(made.bytes, {tile.row, whole, pixels}, recipe); !s) return s.error();
  decoded_bytes_ += made.bytes.size();
  return ByteSpan(decoded_.emplace(tile.row, std::move(made)).first->second.bytes);
}

Status CompressedImageReader::read_ours(const Window& window, const simd::Recipe& recipe,
                                        MutableByteSpan pixels, CancelFlag cancel) {
  return grid_.for_each_touched(window, [&](const Tile& tile) -> Status {
    if (is_cancelled(cancel)) return Error::of(ErrorCode::kAborted, "the read was aborted");
    const TilePart part = part_of(tile, window);
    if (part.is_empty()) return ok();  // a stride leaps over it
    const auto decoded = decode(tile, part, recipe);
    if (!decoded) return decoded.error();
    copy_part(part, tile, *decoded, window, pixels, size_of(recipe.out));
    return ok();
  });
}

// CFITSIO's inflater never returns from a stream that stops before its end, and takes ever more
// memory meanwhile (uncompress2mem_from_mem, up to version 4.6 at least).
Status CompressedImageReader::check_gzip_tile(uint64_t row) {
  if (checked_[row]) return ok();
  const uint64_t max_bytes = sizeof(double) * grid_.tile_pixels();
  for (const size_t column : coding_.gzip_columns) {
    const auto stream = cfitsio::read_cell(session_, column, row, data_length_);
    if (!stream) return stream.error();
    if (stream->empty()) continue;  // the tile lies in another column
    if (Status s = check_gzip(*stream, max_bytes); !s) return s;
  }
  checked_[row] = true;
  return ok();
}

// Checks the tiles that the window touches.
Status CompressedImageReader::check_gzip_tiles(const Window& window) {
  if (coding_.gzip_columns.empty()) return ok();
  return grid_.for_each_touched(window,
                                [&](const Tile& tile) { return check_gzip_tile(tile.row); });
}

// In slabs along the slowest axis, whole tiles at a time, so that an abort is seen soon.
Status CompressedImageReader::read_by_cfitsio(const Window& window, const simd::Recipe& recipe,
                                              MutableByteSpan pixels, CancelFlag cancel) {
  const size_t slice = pixels.size() / window.shape[0];
  uint64_t step = kSlabPixels / std::max<uint64_t>(slice / size_of(recipe.out), 1);
  step = std::max<uint64_t>(step / grid_.depth(), 1) * grid_.depth();
  Window slab = window;
  for (uint64_t done = 0; done < window.shape[0]; done += step) {
    if (is_cancelled(cancel)) return Error::of(ErrorCode::kAborted, "the read was aborted");
    slab.shape[0] = std::min(step, window.shape[0] - done);
    slab.origin[0] = window.origin[0] + done * window.stride[0];
    if (Status s = check_gzip_tiles(slab); !s) return s;
    const MutableByteSpan part = pixels.subspan(done * slice, slab.shape[0] * slice);
    if (Status s = read_slab(session_, recipe, slab, part); !s) return s;
  }
  return ok();
}

Result<uint64_t> CompressedImageReader::read(const Window& window, Dtype out, ImageTarget target,
                                             CancelFlag cancel) {
  if (Status s = check_window(layout_.shape, window); !s) return s.error();
  const auto recipe = recipe_for(layout_.stored, layout_.scaling, out);
  if (!recipe) return recipe.error();
  uint64_t pixels = window.shape.empty() ? 0 : 1;
  for (const uint64_t n : window.shape) pixels *= n;  // bounded by the image's own pixels
  if (target.pixels.size() != pixels * size_of(out))
    return Error::of(ErrorCode::kBadArgument, "the target memory has the wrong size",
                     std::to_string(pixels * size_of(out)) + " bytes",
                     std::to_string(target.pixels.size()));
  if (pixels == 0) return uint64_t{0};

  const Status read = is_ours(window, *recipe)
                          ? read_ours(window, *recipe, target.pixels, cancel)
                          : read_by_cfitsio(window, *recipe, target.pixels, cancel);
  if (!read) return read.error();
  if (target.mask.empty()) return uint64_t{0};
  return mark_undefined(*recipe, target.pixels, target.mask);
}

}  // namespace fitstream
