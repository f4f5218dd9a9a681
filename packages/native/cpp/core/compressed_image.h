// Pixels of a tile-compressed image (FITS Standard 4.0, section 10.1).
#pragma once

#include <optional>
#include <unordered_map>
#include <vector>

#include "cfitsio/session.h"
#include "file.h"
#include "image.h"
#include "tile/coding.h"
#include "tile/grid.h"

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
  uint64_t held_bytes() const { return session_.held_bytes() + decoded_bytes_; }
  // Same contract as read_image.
  Result<uint64_t> read(const Window& window, Dtype out, ImageTarget target, CancelFlag cancel);

 private:
  // What is found out about an image before its first tile is decoded.
  struct Coding {
    std::vector<size_t> gzip_columns;  // those whose cells are gzip streams
    std::optional<CodedImage> image;   // nothing: CFITSIO decodes
  };
  // The first pixels of a tile, as they come out.
  struct DecodedTile {
    Dtype dtype;
    uint64_t pixels;
    std::vector<std::byte> bytes;
  };

  CompressedImageReader(cfitsio::Session session, ImageLayout layout, const Hdu& hdu,
                        Coding coding);
  static Result<Coding> coding_of(const Hdu& hdu, std::string_view header, const TableBytes& bytes);

  bool is_ours(const Window& window, const simd::Recipe& recipe) const;
  Status read_ours(const Window& window, const simd::Recipe& recipe, MutableByteSpan pixels,
                   CancelFlag cancel);
  Result<ByteSpan> decode(const Tile& tile, const TilePart& part, const simd::Recipe& recipe);
  Status decode_into(std::vector<std::byte>& bytes, const TileRequest& tile,
                     const simd::Recipe& recipe);

  Status read_by_cfitsio(const Window& window, const simd::Recipe& recipe, MutableByteSpan pixels,
                         CancelFlag cancel);
  Status check_gzip_tiles(const Window& window);
  Status check_gzip_tile(uint64_t row);

  cfitsio::Session session_;
  ImageLayout layout_;
  TileGrid grid_;
  Coding coding_;
  uint64_t data_length_;       // bytes of the HDU's data: no stream is longer
  std::vector<bool> checked_;  // tiles whose gzip streams are known to end
  TileScratch scratch_;
  std::vector<std::byte> tile_bytes_;
  std::unordered_map<uint64_t, DecodedTile> decoded_;  // by row: tiles that windows cut through
  uint64_t decoded_bytes_ = 0;
};

}  // namespace fitstream
