#include "memory.h"

#include <algorithm>
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

TEST(IsTouched, TellsNewMemoryFromOld) {
  const size_t size = size_t{33} << 20;  // nobody kept pages of this size
  const MutableByteSpan pages = take_pages(size);
  ASSERT_EQ(pages.size(), size);
  EXPECT_FALSE(is_touched(pages));
  std::ranges::fill(pages, std::byte{7});
  EXPECT_TRUE(is_touched(pages));
  give_back_pages(pages);
}

TEST(TakePages, GivesWritablePagesFromTheStartOfAHugePage) {
  for (const size_t size : {size_t{1}, size_t{5} << 20, (size_t{6} << 20) + 1}) {
    const MutableByteSpan pages = take_pages(size);
    ASSERT_EQ(pages.size(), size);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(pages.data()) % (size_t{2} << 20), 0u);
    std::ranges::fill(pages, std::byte{7});
    give_back_pages(pages);
  }
}

TEST(TakePages, TakesAgainWhatWasGivenBack) {
  const MutableByteSpan first = take_pages(size_t{9} << 20);
  const MutableByteSpan second = take_pages(size_t{9} << 20);
  EXPECT_NE(first.data(), second.data());
  give_back_pages(first);
  const MutableByteSpan third = take_pages((size_t{9} << 20) - 5);  // as many pages
  EXPECT_EQ(third.data(), first.data());
  give_back_pages(second);
  give_back_pages(third);
}

TEST(TakePages, KeepsALimitedAmountForLater) {
  // 20 times 40 MiB: most of them go back to the kernel.
  for (int round = 0; round < 2; ++round) {
    std::vector<MutableByteSpan> taken;
    for (int i = 0; i < 20; ++i) taken.push_back(take_pages(size_t{40} << 20));
    for (const MutableByteSpan pages : taken) {
      pages.front() = std::byte{1};
      pages.back() = std::byte{2};
    }
    for (const MutableByteSpan pages : taken) give_back_pages(pages);
  }
}

TEST(TakePages, RefusesMoreThanMayBeOutAtATime) {
  EXPECT_TRUE(take_pages(size_t{3} << 30).empty());
  EXPECT_TRUE(take_pages(SIZE_MAX).empty());
  const MutableByteSpan most = take_pages(size_t{2} << 30);
  EXPECT_EQ(most.size(), size_t{2} << 30);  // nobody touches it
  EXPECT_TRUE(take_pages(1).empty());
  give_back_pages(most);
  const MutableByteSpan one = take_pages(1);
  EXPECT_EQ(one.size(), 1u);
  give_back_pages(one);
}

}  // namespace
}  // namespace fitstream
