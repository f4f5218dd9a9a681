#include "array.h"

#include <cstdlib>
#include <new>

#include "memory.h"

namespace fitstream {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;

}  // namespace

void* allocate_uninitialised(size_t bytes) {
  void* memory = nullptr;
  if (bytes < 2 * kHugePage) {
    memory = std::malloc(bytes);
  } else if (bytes <= SIZE_MAX - kHugePage) {
    // Whole huge pages: the last part would be small ones otherwise.
    const size_t whole = (bytes + kHugePage - 1) / kHugePage * kHugePage;
    if (posix_memalign(&memory, kHugePage, whole) != 0) throw std::bad_alloc();
    advise_huge_pages({static_cast<std::byte*>(memory), whole});
  }
  if (!memory) throw std::bad_alloc();
  return memory;
}

void free_uninitialised(void* memory) { std::free(memory); }

}  // namespace fitstream
