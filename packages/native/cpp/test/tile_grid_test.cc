#include <algorithm>

#include "support.h"
#include "tile/grid.h"

namespace fitstream {
namespace {

using test::Random;

struct Cut {
  std::vector<uint64_t> image;
  std::vector<uint64_t> tile;
};

Cut random_cut(Random& random) {
  Cut cut;
  for (uint64_t rank = random.between(1, 5); rank > 0; --rank) {
    cut.image.push_back(random.between(1, 9));
    cut.tile.push_back(random.between(1, 12));  // also larger than the image
  }
  return cut;
}

Window random_window(const std::vector<uint64_t>& shape, Random& random) {
  Window window = whole_window(shape);
  for (size_t i = 0; i < shape.size(); ++i) {
    window.stride[i] = random.between(1, 4);
    window.origin[i] = random.between(0, shape[i] - 1);
    window.shape[i] = random.between(1, (shape[i] - window.origin[i] - 1) / window.stride[i] + 1);
  }
  return window;
}

uint64_t product_of(const std::vector<uint64_t>& v) {
  uint64_t n = 1;
  for (const uint64_t x : v) n *= x;
  return n;
}

uint64_t index_of(const std::vector<uint64_t>& shape, const std::vector<uint64_t>& at) {
  uint64_t index = 0;
  for (size_t i = 0; i < shape.size(); ++i) index = index * shape[i] + at[i];
  return index;
}

// The next index of a box of this shape, last axis fastest; false behind the last one.
bool advance(std::vector<uint64_t>& at, const uint64_t* shape) {
  for (size_t i = at.size(); i-- > 0;) {
    if (++at[i] < shape[i]) return true;
    at[i] = 0;
  }
  return false;
}

// For each pixel of a tile, its number in the image.
std::vector<uint32_t> pixels_of(const Tile& tile, const std::vector<uint64_t>& image) {
  std::vector<uint32_t> pixels;
  std::vector<uint64_t> at(tile.rank, 0);
  do {
    std::vector<uint64_t> in_image = at;
    for (size_t i = 0; i < at.size(); ++i) in_image[i] += tile.origin[i];
    pixels.push_back(static_cast<uint32_t>(index_of(image, in_image)));
  } while (advance(at, tile.shape.data()));
  return pixels;
}

// The numbers of a window's pixels.
std::vector<uint32_t> pixels_of(const Window& window, const std::vector<uint64_t>& image) {
  std::vector<uint32_t> pixels;
  std::vector<uint64_t> at(image.size(), 0);
  do {
    std::vector<uint64_t> in_image = at;
    for (size_t i = 0; i < at.size(); ++i)
      in_image[i] = window.origin[i] + at[i] * window.stride[i];
    pixels.push_back(static_cast<uint32_t>(index_of(image, in_image)));
  } while (advance(at, window.shape.data()));
  return pixels;
}

TEST(TileGrid, GivesEveryPixelToOneTile) {
  Random random(1);
  for (int i = 0; i < 200; ++i) {
    const Cut cut = random_cut(random);
    const TileGrid grid(cut.image, cut.tile);
    std::vector<uint64_t> rows;
    grid.append_touched(whole_window(cut.image), rows);
    std::vector<uint32_t> seen;
    for (size_t row = 0; row < rows.size(); ++row) {
      EXPECT_EQ(rows[row], row);
      const auto pixels = pixels_of(grid.tile(row), cut.image);
      seen.insert(seen.end(), pixels.begin(), pixels.end());
    }
    std::ranges::sort(seen);
    ASSERT_EQ(seen.size(), product_of(cut.image));
    for (uint32_t pixel = 0; pixel < seen.size(); ++pixel) ASSERT_EQ(seen[pixel], pixel);
  }
}

TEST(TileGrid, PutsTogetherAnyWindowFromTheTilesItTouches) {
  Random random(2);
  for (int i = 0; i < 500; ++i) {
    const Cut cut = random_cut(random);
    const TileGrid grid(cut.image, cut.tile);
    const Window window = random_window(cut.image, random);
    std::vector<uint64_t> rows;
    grid.append_touched(window, rows);
    EXPECT_TRUE(std::ranges::is_sorted(rows));
    std::vector<uint32_t> out(product_of(window.shape), UINT32_MAX);
    for (const uint64_t row : rows) {
      const Tile tile = grid.tile(row);
      const TilePart part = part_of(tile, window);
      if (part.is_empty(tile)) continue;
      auto pixels = pixels_of(tile, cut.image);
      ASSERT_LE(part.pixels_needed(tile), pixels.size());
      pixels.resize(part.pixels_needed(tile));
      copy_part(part, tile, test::bytes_of(pixels), window, std::as_writable_bytes(std::span(out)),
                sizeof(uint32_t));
    }
    EXPECT_EQ(out, pixels_of(window, cut.image));
  }
}

TEST(TilePlace, PutsWholeTilesWhereCopyingWouldPutThem) {
  Random random(3);
  int direct = 0;
  for (int i = 0; i < 1000; ++i) {
    const Cut cut = random_cut(random);
    const TileGrid grid(cut.image, cut.tile);
    const Window window =
        random.chance(0.5) ? whole_window(cut.image) : random_window(cut.image, random);
    std::vector<uint64_t> rows;
    grid.append_touched(window, rows);
    std::vector<uint32_t> out(product_of(window.shape), UINT32_MAX);
    std::vector<uint32_t> expected = out;
    for (const uint64_t row : rows) {
      const Tile tile = grid.tile(row);
      const TilePart part = part_of(tile, window);
      if (!part.is_whole(tile)) continue;
      ++direct;
      const auto pixels = pixels_of(tile, cut.image);
      copy_part(part, tile, test::bytes_of(pixels), window,
                std::as_writable_bytes(std::span(expected)), sizeof(uint32_t));
      TilePlace place(tile, part, window, reinterpret_cast<std::byte*>(out.data()),
                      sizeof(uint32_t));
      for (size_t done = 0; done < pixels.size();) {
        const size_t n = random.between(1, place.run());
        ASSERT_LE(n, pixels.size() - done);
        std::memcpy(place.at(), pixels.data() + done, n * sizeof(uint32_t));
        place.advance(n);
        done += n;
      }
    }
    EXPECT_EQ(out, expected);
  }
  EXPECT_GT(direct, 1000);
}

}  // namespace
}  // namespace fitstream
