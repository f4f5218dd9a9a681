// Pixels of a tile-compressed image (FITS Standard 4.0, section 10.1).
#pragma once

#include <vector>

#include "cfitsio/session.h"
#include "file.h"
#include "image.h"

namespace fitstream {

// The type and shape of the pixels: as layout_of for plain images, without an offset.
Result<ImageLayout> layout_of_compressed(const Hdu& hdu);

// A tile-compressed image that is open. Keeps decoded tiles, so that neighbouring cutouts cost
// less; bound its lifetime. One thread at a time.
class CompressedImageReader {
 public:
  static Result<CompressedImageReader> open(const File& file, const Hdu& hdu);
  // `bytes`: the HDU's header and data; they are copied.
  static Result<CompressedImageReader> open(ByteSpan bytes, const Hdu& hdu);

  const ImageLayout& layout() const { return layout_; }
  // From now on pixels come out as they are stored, without BSCALE and BZERO.
  Status ignore_scaling();
  // Bytes of the file that are kept in memory.
  uint64_t held_bytes() const { return session_.held_bytes(); }
  // Same contract as read_image.
  Result<uint64_t> read(const Window& window, Dtype out, ImageTarget target, CancelFlag cancel);

 private:
  CompressedImageReader(cfitsio::Session session, ImageLayout layout, const Hdu& hdu,
                        std::vector<size_t> gzip_columns);
  Status check_gzip_tiles(const Window& window);
  Status check_gzip_tile(uint64_t tile);

  cfitsio::Session session_;
  ImageLayout layout_;
  std::vector<uint64_t> tile_;        // C order
  std::vector<size_t> gzip_columns_;  // those whose cells are gzip streams
  std::vector<bool> checked_;         // tiles whose streams are known to end
};

}  // namespace fitstream
