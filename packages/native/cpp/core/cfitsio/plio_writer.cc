#include "plio_writer.h"

#include "../tile/grid.h"
#include "../tile/plio_encoder.h"
#include "error.h"

namespace fitstream::cfitsio {
namespace {

template <typename T>
void append(const std::byte* from, uint64_t n, int32_t zero, std::vector<int32_t>& to) {
  for (uint64_t i = 0; i < n; ++i) {
    T pixel;
    std::memcpy(&pixel, from + i * sizeof(T), sizeof(T));
    to.push_back(int32_t{pixel} + zero);
  }
}

// As they are stored: signed bytes 128 higher (section 10.2, and 5.3).
void append_stored(Dtype dtype, const std::byte* from, uint64_t n, std::vector<int32_t>& to) {
  switch (dtype) {
    case Dtype::kUint8:
      return append<uint8_t>(from, n, 0, to);
    case Dtype::kInt8:
      return append<int8_t>(from, n, 128, to);
    case Dtype::kInt16:
      return append<int16_t>(from, n, 0, to);
    default:
      return append<int32_t>(from, n, 0, to);
  }
}

// The pixels of a tile, one after the other.
void gather(const ImageToWrite& image, const Tile& tile, std::vector<int32_t>& to) {
  const Window whole = whole_window(image.shape);
  TilePlace place(tile, part_of(tile, whole), whole, const_cast<std::byte*>(image.pixels.data()),
                  size_of(image.dtype));
  to.clear();
  for (uint64_t left = tile.pixels(); left > 0;) {
    const uint64_t n = place.run();
    append_stored(image.dtype, place.at(), n, to);
    place.advance(n);
    left -= n;
  }
}

TileGrid grid_of(const ImageToWrite& image) {
  std::vector<uint64_t> tile = image.compression->tile;
  if (tile.empty()) {
    tile.resize(image.shape.size(), 1);
    tile.back() = image.shape.back();
  }
  return TileGrid(image.shape, tile);
}

}  // namespace

Status write_plio_tiles(fitsfile* file, const ImageToWrite& image, const Progress& progress) {
  const TileGrid grid = grid_of(image);
  int status = 0;
  LONGLONG tiles = 0;
  fits_get_num_rowsll(file, &tiles, &status);
  std::vector<int32_t> pixels;
  for (LONGLONG row = 0; row < tiles; ++row) {
    gather(image, grid.tile(static_cast<uint64_t>(row)), pixels);
    std::vector<int16_t> list = encode_plio(pixels);
    fits_write_col(file, TSHORT, 1, row + 1, 1, static_cast<LONGLONG>(list.size()), list.data(),
                   &status);
    if (status) return error_of(status, "cannot write the compressed image");
    if (Status s = progress.advance(pixels.size() * size_of(image.dtype)); !s) return s;
  }
  if (status) return error_of(status, "cannot write the compressed image");
  return ok();
}

}  // namespace fitstream::cfitsio
