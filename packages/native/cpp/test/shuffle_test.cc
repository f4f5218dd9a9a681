// Bytes of GZIP_2, by the text of FITS Standard 4.0, section 10.4.2.
#include "tile/shuffle.h"

#include "support.h"

namespace fitstream {
namespace {

TEST(Unshuffle, PutsElementsTogetherAgain) {
  test::Random random(5);
  for (const size_t width : {1, 2, 4, 8}) {
    for (const size_t n : {0, 1, 15, 16, 17, 31, 33, 64, 1000}) {
      const test::Bytes elements = random.bytes(n * width);
      test::Bytes sorted;
      for (size_t byte = 0; byte < width; ++byte)
        for (size_t i = 0; i < n; ++i) sorted.push_back(elements[i * width + byte]);
      test::Bytes out(n * width);
      unshuffle(sorted, width, out);
      EXPECT_EQ(out, elements) << width << " " << n;
    }
  }
}

}  // namespace
}  // namespace fitstream
