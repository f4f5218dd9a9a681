#include "memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <vector>

namespace fitstream {
namespace {

constexpr size_t kHuge = size_t{2} << 20;
// Bytes that are kept for later takers, and bytes that may be out at a time. What is kept stays in
// memory: with MADV_FREE the next taker paid for its pages once more (12 instead of 8 ms for 64
// MiB).
constexpr size_t kMaxKept = size_t{128} << 20;
constexpr size_t kMaxTaken = size_t{2} << 30;

size_t whole_pages(size_t bytes) { return (bytes + kHuge - 1) / kHuge * kHuge; }

MutableByteSpan map_pages(size_t bytes) {
  // With room for moving the start to where a huge page starts; the rest is given back.
  void* const address =
      ::mmap(nullptr, bytes + kHuge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (address == MAP_FAILED) return {};
  auto* const first = static_cast<std::byte*>(address);
  const size_t gap = alignment_gap(first, kHuge);
  if (gap > 0) ::munmap(first, gap);
  if (gap < kHuge) ::munmap(first + gap + bytes, kHuge - gap);
  const MutableByteSpan pages(first + gap, bytes);
  advise_huge_pages(pages);
  return pages;
}

// One for all threads: what one gives back, another takes.
struct PageStore {
  std::mutex mutex;
  std::vector<MutableByteSpan> kept;  // oldest first
  size_t kept_bytes = 0;
  size_t taken_bytes = 0;
};
PageStore& page_store() {
  static PageStore& the = *new PageStore;
  return the;
}

}  // namespace

size_t alignment_gap(const void* address, size_t alignment) {
  const size_t rest = reinterpret_cast<uintptr_t>(address) & (alignment - 1);
  return rest == 0 ? 0 : alignment - rest;
}

void advise_huge_pages(MutableByteSpan memory) {
#if defined(MADV_HUGEPAGE)
  const size_t gap = alignment_gap(memory.data(), kHuge);
  if (memory.size() < gap + kHuge) return;
  // A kernel that refuses costs speed, nothing else.
  static_cast<void>(
      madvise(memory.data() + gap, (memory.size() - gap) / kHuge * kHuge, MADV_HUGEPAGE));
#else
  static_cast<void>(memory);
#endif
}

bool is_touched(MutableByteSpan memory) {
#if defined(__linux__)
  const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  const auto middle = reinterpret_cast<uintptr_t>(memory.data() + memory.size() / 2);
  unsigned char state = 1;
  if (::mincore(reinterpret_cast<void*>(middle / page * page), page, &state) == 0)
    return (state & 1) != 0;
#else
  static_cast<void>(memory);
#endif
  return true;  // as most memory
}

MutableByteSpan take_pages(size_t bytes) {
  const size_t length = whole_pages(bytes);
  if (length < bytes) return {};
  PageStore& store = page_store();
  const std::lock_guard lock(store.mutex);
  if (length > kMaxTaken - std::min(kMaxTaken, store.taken_bytes)) return {};
  const auto fits = [&](MutableByteSpan pages) { return pages.size() == length; };
  const auto kept = std::ranges::find_if(store.kept, fits);
  MutableByteSpan pages;
  if (kept != store.kept.end()) {
    pages = *kept;
    store.kept.erase(kept);
    store.kept_bytes -= length;
  } else {
    pages = map_pages(length);
    if (pages.empty()) return {};
  }
  store.taken_bytes += length;
  return pages.first(bytes);
}

void give_back_pages(MutableByteSpan taken) {
  const MutableByteSpan pages(taken.data(), whole_pages(taken.size()));
  PageStore& store = page_store();
  const std::lock_guard lock(store.mutex);
  store.taken_bytes -= pages.size();
  store.kept.push_back(pages);
  store.kept_bytes += pages.size();
  while (store.kept_bytes > kMaxKept) {
    const MutableByteSpan oldest = store.kept.front();
    ::munmap(oldest.data(), oldest.size());
    store.kept_bytes -= oldest.size();
    store.kept.erase(store.kept.begin());
  }
}

}  // namespace fitstream
