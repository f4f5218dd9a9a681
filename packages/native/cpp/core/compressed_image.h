// Pixels of a tile-compressed image (FITS Standard 4.0, section 10.1).
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "file.h"
#include "image.h"
#include "tile/reader.h"

namespace fitstream {

// The type and shape of the pixels: as layout_of for plain images, without an offset.
Result<ImageLayout> layout_of_compressed(const Hdu& hdu);

// A tile-compressed image that is open. Keeps decoded tiles, so that neighbouring cutouts cost
// less; bound its lifetime. One thread at a time, which may have others help it.
class CompressedImageReader {
 public:
  static Result<CompressedImageReader> open(File file, const Hdu& hdu);
  // `bytes`: the HDU's header and data; they are copied.
  static Result<CompressedImageReader> open(ByteSpan bytes, const Hdu& hdu);

  const ImageLayout& layout() const { return layout_; }
  // From now on pixels come out as they are stored, without BSCALE and BZERO.
  void ignore_scaling();
  // Bytes of the file that are kept in memory.
  uint64_t held_bytes() const { return copied_bytes_; }
  // As File::check_views: where it fails, every read will.
  Status check_views() const { return source_->bytes->check_views(); }

  // Same contract as read_image. Tiles are decoded by at most `threads` threads.
  Result<uint64_t> read(const Window& window, Dtype out, ImageTarget target, CancelFlag cancel,
                        size_t threads = 1);
  // Several windows, of which each has target memory of its own size: every tile is decoded once.
  // When one window cannot be read, nothing is said about the others.
  Status read_windows(std::span<const WindowTarget> windows, Dtype out, CancelFlag cancel,
                      size_t threads = 1);

 private:
  CompressedImageReader(std::unique_ptr<const TableBytes> bytes, uint64_t copied_bytes,
                        ImageLayout layout, const Hdu& hdu, TileCoding coding);

  Result<simd::Recipe> check(const WindowTarget& target, Dtype out) const;
  Status read_uses(std::span<const TileUse> uses, std::span<const WindowTarget> windows,
                   const simd::Recipe& recipe, CancelFlag cancel, size_t threads);
  std::unique_ptr<TileReader> take_reader();
  void give_back(std::unique_ptr<TileReader> reader);

  ImageLayout layout_;
  uint64_t copied_bytes_;
  std::unique_ptr<TileSource> source_;
  // Readers that no thread uses now.
  std::unique_ptr<std::mutex> mutex_ = std::make_unique<std::mutex>();
  std::vector<std::unique_ptr<TileReader>> readers_;
};

}  // namespace fitstream
