#include "memory.h"

#include <sys/mman.h>

#include <cstdint>

namespace fitstream {

size_t alignment_gap(const void* address, size_t alignment) {
  const size_t rest = reinterpret_cast<uintptr_t>(address) & (alignment - 1);
  return rest == 0 ? 0 : alignment - rest;
}

void advise_huge_pages(MutableByteSpan memory) {
#if defined(MADV_HUGEPAGE)
  constexpr size_t kHuge = size_t{2} << 20;
  const size_t gap = alignment_gap(memory.data(), kHuge);
  if (memory.size() < gap + kHuge) return;
  // A kernel that refuses costs speed, nothing else.
  static_cast<void>(
      madvise(memory.data() + gap, (memory.size() - gap) / kHuge * kHuge, MADV_HUGEPAGE));
#else
  static_cast<void>(memory);
#endif
}

}  // namespace fitstream
