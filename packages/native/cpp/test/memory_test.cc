#include "memory.h"

#include <cstdint>

#include "support.h"

namespace fitstream {
namespace {

TEST(AlignmentGap, ReachesTheNextMultiple) {
  alignas(64) std::byte memory[256];
  for (const size_t alignment : {1, 2, 8, 64})
    for (size_t offset = 0; offset < 128; ++offset) {
      const size_t gap = alignment_gap(memory + offset, alignment);
      EXPECT_LT(gap, alignment);
      EXPECT_EQ(reinterpret_cast<uintptr_t>(memory + offset + gap) % alignment, 0u);
    }
}

TEST(AdviseHugePages, LeavesContentsAndNeighboursAlone) {
  test::Random random(29);
  // Less than a huge page, and more than two wherever they begin.
  for (const size_t size : {size_t{1}, size_t{5000}, size_t{7} << 20}) {
    test::Bytes memory = random.bytes(size + 2);
    const test::Bytes before = memory;
    advise_huge_pages(MutableByteSpan(memory).subspan(1, size));
    EXPECT_EQ(memory, before);
  }
}

TEST(AdviseHugePages, AcceptsNoMemory) { advise_huge_pages({}); }

}  // namespace
}  // namespace fitstream
