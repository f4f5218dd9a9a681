#include "support.h"
#include "tile/cache.h"

namespace fitstream {
namespace {

std::shared_ptr<const DecodedTile> tile_of(uint64_t pixels, Dtype dtype = Dtype::kInt16) {
  return std::make_shared<DecodedTile>(dtype, pixels);
}

TEST(TileCache, DropsWhatWasNotUsedForLongest) {
  TileCache cache(100);
  for (uint64_t row = 0; row < 5; ++row) cache.keep(row, tile_of(10));
  EXPECT_EQ(cache.bytes(), 100u);
  ASSERT_TRUE(cache.find(0, Dtype::kInt16));  // used again
  cache.keep(5, tile_of(11));
  EXPECT_TRUE(cache.find(0, Dtype::kInt16));
  EXPECT_FALSE(cache.find(1, Dtype::kInt16));
  EXPECT_FALSE(cache.find(2, Dtype::kInt16));
  EXPECT_TRUE(cache.find(3, Dtype::kInt16));
  EXPECT_EQ(cache.bytes(), 82u);
}

TEST(TileCache, KeepsOneTypeAndLengthOfATile) {
  TileCache cache(100);
  cache.keep(7, tile_of(10));
  EXPECT_FALSE(cache.find(7, Dtype::kFloat32));
  cache.keep(7, tile_of(20, Dtype::kFloat32));
  EXPECT_FALSE(cache.find(7, Dtype::kInt16));
  ASSERT_TRUE(cache.find(7, Dtype::kFloat32));
  EXPECT_EQ(cache.find(7, Dtype::kFloat32)->pixels, 20u);
  EXPECT_EQ(cache.bytes(), 80u);
  cache.clear();
  EXPECT_FALSE(cache.find(7, Dtype::kFloat32));
  EXPECT_EQ(cache.bytes(), 0u);
}

TEST(TileCache, DoesNotKeepWhatIsLargerThanItIs) {
  TileCache cache(100);
  cache.keep(0, tile_of(10));
  cache.keep(1, tile_of(51));
  EXPECT_TRUE(cache.find(0, Dtype::kInt16));
  EXPECT_FALSE(cache.find(1, Dtype::kInt16));
}

TEST(TileCache, LeavesWhatIsInUse) {
  TileCache cache(40);
  cache.keep(0, tile_of(20));
  const auto used = cache.find(0, Dtype::kInt16);
  cache.keep(1, tile_of(20));
  EXPECT_FALSE(cache.find(0, Dtype::kInt16));
  EXPECT_EQ(used->length(), 40u);
}

}  // namespace
}  // namespace fitstream
