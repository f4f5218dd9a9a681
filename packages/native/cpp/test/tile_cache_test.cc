#include "support.h"
#include "tile/cache.h"

namespace fitstream {
namespace {

// In a slab of its own.
DecodedTile tile_of(uint64_t pixels, Dtype dtype = Dtype::kInt16) {
  auto slab = std::make_shared<TileSlab>(pixels * size_of(dtype));
  return {dtype, pixels, slab->take(slab->length()), slab};
}

TEST(TileCache, DropsWhatWasNotUsedForLongest) {
  TileCache cache(100);
  ImageTiles image(cache);
  for (uint64_t row = 0; row < 5; ++row) image.keep(row, tile_of(10));
  EXPECT_EQ(cache.bytes(), 100u);
  ASSERT_TRUE(image.find(0, Dtype::kInt16));  // used again
  image.keep(5, tile_of(11));
  EXPECT_TRUE(image.find(0, Dtype::kInt16));
  EXPECT_FALSE(image.find(1, Dtype::kInt16));
  EXPECT_FALSE(image.find(2, Dtype::kInt16));
  EXPECT_TRUE(image.find(3, Dtype::kInt16));
  EXPECT_EQ(cache.bytes(), 82u);
}

TEST(TileCache, KeepsOneTypeAndLengthOfATile) {
  TileCache cache(100);
  ImageTiles image(cache);
  image.keep(7, tile_of(10));
  EXPECT_FALSE(image.find(7, Dtype::kFloat32));
  image.keep(7, tile_of(20, Dtype::kFloat32));
  EXPECT_FALSE(image.find(7, Dtype::kInt16));
  ASSERT_TRUE(image.find(7, Dtype::kFloat32));
  EXPECT_EQ(image.find(7, Dtype::kFloat32)->pixels, 20u);
  image.keep(8, tile_of(10));  // there is room when the slab of the first one goes
  EXPECT_TRUE(image.find(7, Dtype::kFloat32));
  EXPECT_EQ(cache.bytes(), 100u);
  image.clear();
  EXPECT_FALSE(image.find(7, Dtype::kFloat32));
  EXPECT_EQ(cache.bytes(), 0u);
}

TEST(TileCache, DoesNotKeepWhatIsLargerThanItIs) {
  TileCache cache(100);
  ImageTiles image(cache);
  image.keep(0, tile_of(10));
  image.keep(1, tile_of(51));
  EXPECT_TRUE(image.find(0, Dtype::kInt16));
  EXPECT_FALSE(image.find(1, Dtype::kInt16));
}

TEST(TileCache, LeavesWhatIsInUse) {
  TileCache cache(40);
  ImageTiles image(cache);
  image.keep(0, tile_of(20));
  const auto used = image.find(0, Dtype::kInt16);
  image.keep(1, tile_of(20));
  EXPECT_FALSE(image.find(0, Dtype::kInt16));
  EXPECT_EQ(used->length(), 40u);
}

TEST(TileCache, DropsTheTilesOfASlabTogether) {
  TileMemory memory;
  const uint64_t pixels = 500000;  // two of them fill a slab
  DecodedTile tiles[4];
  for (DecodedTile& tile : tiles) {
    tile = memory.take(Dtype::kInt16, pixels);
    std::ranges::fill(std::span(tile.bytes, tile.length()), std::byte{1});
  }
  ASSERT_EQ(tiles[0].slab, tiles[1].slab);
  ASSERT_NE(tiles[1].slab, tiles[2].slab);
  ASSERT_EQ(tiles[2].slab, tiles[3].slab);

  const DecodedTile other = tile_of(10);
  TileCache cache(tiles[2].slab->length() + other.length());
  ImageTiles image(cache);
  for (uint64_t row = 0; row < 2; ++row) image.keep(row, tiles[row]);
  image.keep(1, other);  // in another slab, which stays when the first one goes
  for (uint64_t row = 2; row < 4; ++row) image.keep(row, tiles[row]);
  EXPECT_FALSE(image.find(0, Dtype::kInt16));
  EXPECT_TRUE(image.find(1, Dtype::kInt16));
  EXPECT_TRUE(image.find(2, Dtype::kInt16));
  EXPECT_TRUE(image.find(3, Dtype::kInt16));
  EXPECT_EQ(cache.bytes(), tiles[2].slab->length() + other.length());
}

TEST(TileMemory, LivesAsLongAsItsTiles) {
  TileMemory memory;
  std::weak_ptr<TileSlab> slab;
  {
    const DecodedTile first = memory.take(Dtype::kInt16, 10);
    const DecodedTile second = memory.take(Dtype::kInt16, 10);
    EXPECT_EQ(first.slab, second.slab);
    slab = first.slab;
  }
  EXPECT_TRUE(slab.expired());
  EXPECT_TRUE(memory.take(Dtype::kInt16, 10).slab);
}

TEST(TileCache, TellsImagesApartAndForgetsThemWhenTheyAreClosed) {
  TileCache cache(100);
  ImageTiles first(cache);
  {
    ImageTiles second(cache);
    first.keep(3, tile_of(10));
    second.keep(3, tile_of(20));
    second.keep(4, tile_of(5));
    EXPECT_EQ(first.find(3, Dtype::kInt16)->pixels, 10u);
    EXPECT_EQ(second.find(3, Dtype::kInt16)->pixels, 20u);
    EXPECT_FALSE(first.find(4, Dtype::kInt16));
    first.keep(5, tile_of(20));  // in place of the one that was not used for longest
    EXPECT_TRUE(first.find(3, Dtype::kInt16));
    EXPECT_FALSE(second.find(4, Dtype::kInt16));
  }
  EXPECT_EQ(cache.bytes(), 60u);
}

}  // namespace
}  // namespace fitstream
