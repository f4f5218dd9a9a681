#include "compressed_image.h"

#include <algorithm>

#include "header.h"
#include "threads.h"

namespace fitstream {
namespace {

// Above it a header's word is not enough to take memory for a tile.
constexpr uint64_t kMaxTilePixels = uint64_t{1} << 28;
// The same where a few bytes may stand for any number of equal pixels, and a tile is decoded whole.
constexpr uint64_t kMaxDenseTilePixels = uint64_t{1} << 26;

Error broken(const Hdu& hdu, ErrorCode code, std::string what, std::string expected = {},
             std::string found = {}) {
  return Error::of(code, std::move(what), std::move(expected), std::move(found))
      .at_hdu(static_cast<int64_t>(hdu.index));
}

// That there is a row for every tile and that tiles have a sane size.
Status check_tiles(const Hdu& hdu) {
  const CompressedImage& image = *hdu.compressed;
  if (image.axes.size() > kMaxTileAxes)
    return broken(hdu, ErrorCode::kUnsupported, "the compressed image has too many axes",
                  "at most " + std::to_string(kMaxTileAxes), std::to_string(image.axes.size()));
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
  const bool is_dense = image.codec == "HCOMPRESS_1" || image.codec == "PLIO_1";
  const uint64_t most = is_dense ? kMaxDenseTilePixels : kMaxTilePixels;
  if (!tile_pixels || *tile_pixels > most)
    return broken(hdu, ErrorCode::kLimit, "the tiles are larger than the limit",
                  "at most " + std::to_string(most) + " pixels");
  return ok();
}

Status check_length(const Hdu& hdu, uint64_t available) {
  if (hdu.data_length <= available) return ok();
  return broken(hdu, ErrorCode::kTruncated, "the HDU is not complete",
                std::to_string(hdu.data_length) + " bytes of data", std::to_string(available));
}

// The data unit of an image in a file of its own, or in memory.
class OwnFile final : public TableBytes {
 public:
  OwnFile(File file, uint64_t data_offset) : file_(std::move(file)), bytes_(file_, data_offset) {}
  Status read(uint64_t offset, MutableByteSpan to) const override {
    return bytes_.read(offset, to);
  }
  std::optional<ByteSpan> view(uint64_t offset, uint64_t length) const override {
    return bytes_.view(offset, length);
  }
  Status check_views() const override { return file_.check_views(); }
  uint64_t length() const override { return bytes_.length(); }

 private:
  File file_;
  TableFile bytes_;
};
class OwnMemory final : public TableBytes {
 public:
  explicit OwnMemory(ByteSpan data) : data_(data.begin(), data.end()), bytes_(data_) {}
  Status read(uint64_t offset, MutableByteSpan to) const override {
    return bytes_.read(offset, to);
  }
  std::optional<ByteSpan> view(uint64_t offset, uint64_t length) const override {
    return bytes_.view(offset, length);
  }
  uint64_t length() const override { return bytes_.length(); }

 private:
  std::vector<std::byte> data_;
  TableMemory bytes_;
};

// Tiles that one reader takes at a time. Their streams should stay in the L2 cache until they are
// decoded, and there should be enough of them to fill all lanes: of tiles that several windows need
// to different ends, that takes more. Large ones are bounded by memory.
size_t tiles_at_a_time(uint64_t tile_pixels, bool is_for_several) {
  constexpr uint64_t kPixels = uint64_t{1} << 20;
  if (tile_pixels > kPixels) return std::max<size_t>((16 * kPixels) / tile_pixels, 1);
  const size_t in_cache = std::clamp<size_t>(kPixels / tile_pixels, 16, 128);
  return is_for_several ? std::max(in_cache, std::min<size_t>(4 * kPixels / tile_pixels, 64))
                        : in_cache;
}

}  // namespace

Result<ImageLayout> layout_of_compressed(const Hdu& hdu) {
  if (hdu.kind != HduKind::kCompressedImage)
    return broken(hdu, ErrorCode::kBadArgument, "this HDU is no tile-compressed image",
                  "a compressed image", std::string(hdu_kind_name(hdu.kind)));
  if (hdu.defect) return *hdu.defect;
  ImageLayout layout;
  layout.stored = *dtype_of_bitpix(hdu.compressed->bitpix);
  layout.shape.assign(hdu.compressed->axes.rbegin(), hdu.compressed->axes.rend());
  layout.data_offset = hdu.data_offset;
  layout.scaling = hdu.scaling;
  return layout;
}

CompressedImageReader::CompressedImageReader(std::unique_ptr<const TableBytes> bytes,
                                             uint64_t copied_bytes, ImageLayout layout,
                                             const Hdu& hdu, TileCoding coding)
    : layout_(std::move(layout)),
      copied_bytes_(copied_bytes),
      source_(new TileSource{
          std::move(bytes),
          TileGrid(layout_.shape, {hdu.compressed->tile.rbegin(), hdu.compressed->tile.rend()}),
          std::move(coding)}) {}

Result<CompressedImageReader> CompressedImageReader::open(File file, const Hdu& hdu) {
  const std::string path = file.path();
  auto layout = layout_of_compressed(hdu);
  if (!layout) return std::move(layout.error()).at_path(path);
  if (Status s = check_tiles(hdu); !s) return std::move(s.error()).at_path(path);
  const auto header = read_header(file, hdu);
  if (!header) return header.error();
  auto coding = TileCoding::of(hdu, *header);
  if (!coding)
    return std::move(coding.error()).at_path(path).at_hdu(static_cast<int64_t>(hdu.index));
  auto bytes = std::make_unique<OwnFile>(std::move(file), hdu.data_offset);
  if (Status s = check_length(hdu, bytes->length()); !s) return std::move(s.error()).at_path(path);
  return CompressedImageReader(std::move(bytes), 0, std::move(*layout), hdu, std::move(*coding));
}

Result<CompressedImageReader> CompressedImageReader::open(ByteSpan bytes, const Hdu& hdu) {
  auto layout = layout_of_compressed(hdu);
  if (!layout) return layout.error();
  if (Status s = check_tiles(hdu); !s) return s.error();
  const ByteSpan data = bytes.subspan(std::min<size_t>(hdu.header_length, bytes.size()));
  if (Status s = check_length(hdu, data.size()); !s) return s.error();
  const std::string_view header(reinterpret_cast<const char*>(bytes.data()), hdu.header_length);
  auto coding = TileCoding::of(hdu, header);
  if (!coding) return std::move(coding.error()).at_hdu(static_cast<int64_t>(hdu.index));
  return CompressedImageReader(std::make_unique<OwnMemory>(data), data.size(), std::move(*layout),
                               hdu, std::move(*coding));
}

void CompressedImageReader::ignore_scaling() {
  layout_ = unscaled(std::move(layout_));
  source_->kept.clear();
}

std::unique_ptr<TileReader> CompressedImageReader::take_reader() {
  const std::scoped_lock lock(*mutex_);
  if (readers_.empty()) return std::make_unique<TileReader>(*source_, simd::active_level());
  auto reader = std::move(readers_.back());
  readers_.pop_back();
  return reader;
}
void CompressedImageReader::give_back(std::unique_ptr<TileReader> reader) {
  const std::scoped_lock lock(*mutex_);
  readers_.push_back(std::move(reader));
}

Result<simd::Recipe> CompressedImageReader::check(const WindowTarget& target, Dtype out) const {
  if (Status s = check_window(layout_.shape, target.window); !s) return s.error();
  auto recipe = recipe_for(layout_.stored, layout_.scaling, out);
  if (!recipe) return recipe.error();
  uint64_t pixels = target.window.shape.empty() ? 0 : 1;
  for (const uint64_t n : target.window.shape) pixels *= n;  // bounded by the image's own pixels
  if (target.pixels.size() == pixels * size_of(out)) return recipe;
  return Error::of(ErrorCode::kBadArgument, "the target memory has the wrong size",
                   std::to_string(pixels * size_of(out)) + " bytes",
                   std::to_string(target.pixels.size()));
}

// In portions of whole tiles, which threads take one after the other.
Status CompressedImageReader::read_uses(std::span<const TileUse> uses,
                                        std::span<const WindowTarget> windows,
                                        const simd::Recipe& recipe, CancelFlag cancel,
                                        size_t threads) {
  if (uses.empty()) return ok();  // tiles of an image without pixels have none
  const size_t tiles = tiles_at_a_time(source_->grid.tile_pixels(), windows.size() > 1);
  std::vector<size_t> begins;
  for (size_t i = 0, seen = 0; i < uses.size(); ++i) {
    const bool is_new = i == 0 || uses[i].row != uses[i - 1].row;
    if (is_new && seen++ % tiles == 0) begins.push_back(i);
  }
  begins.push_back(uses.size());
  std::vector<Status> done(begins.size() - 1, ok());
  std::atomic<bool> has_failed = false;
  run_parallel(done.size(), threads, [&](size_t portion) {
    if (has_failed.load(std::memory_order_relaxed)) return;
    auto reader = take_reader();
    const auto part = uses.subspan(begins[portion], begins[portion + 1] - begins[portion]);
    done[portion] = is_cancelled(cancel)
                        ? Status(Error::of(ErrorCode::kAborted, "the read was aborted"))
                        : reader->read(part, windows, recipe);
    if (!done[portion]) has_failed = true;
    give_back(std::move(reader));
  });
  // The first in order, whichever thread was faster.
  for (Status& s : done)
    if (!s) return std::move(s);
  return ok();
}

Status CompressedImageReader::read_windows(std::span<const WindowTarget> windows, Dtype out,
                                           CancelFlag cancel, size_t threads) {
  std::vector<TileUse> uses;
  std::vector<uint64_t> rows;
  simd::Recipe recipe;
  for (size_t i = 0; i < windows.size(); ++i) {
    const auto checked = check(windows[i], out);
    if (!checked) return checked.error();
    recipe = *checked;
    if (windows[i].pixels.empty()) continue;
    rows.clear();
    source_->grid.append_touched(windows[i].window, rows);
    for (const uint64_t row : rows) uses.push_back({row, i});
  }
  if (windows.size() > 1) std::ranges::stable_sort(uses, {}, &TileUse::row);
  return read_uses(uses, windows, recipe, cancel, threads);
}

Result<uint64_t> CompressedImageReader::read(const Window& window, Dtype out, ImageTarget target,
                                             CancelFlag cancel, size_t threads) {
  const WindowTarget whole{window, target.pixels};
  const auto recipe = check(whole, out);
  if (!recipe) return recipe.error();
  if (Status s = read_windows({&whole, 1}, out, cancel, threads); !s) return s.error();
  if (target.mask.empty()) return uint64_t{0};
  return mark_undefined(*recipe, target.pixels, target.mask);
}

}  // namespace fitstream
