#include "array.h"

#include <cstdlib>
#include <new>

#include "memory.h"

namespace fitstream {
namespace {

// From here on an array has pages of its own.
constexpr size_t kLarge = size_t{2} << 20;

}  // namespace

std::shared_ptr<void> allocate_uninitialised(size_t bytes) {
  if (bytes >= kLarge) {
    const MutableByteSpan pages = take_pages(bytes);
    if (!pages.empty()) return {pages.data(), [pages](void*) { give_back_pages(pages); }};
  }
  void* memory = std::malloc(bytes);
  if (!memory) throw std::bad_alloc();
  return {memory, std::free};
}

}  // namespace fitstream
