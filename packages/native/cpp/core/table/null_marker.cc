#include "null_marker.h"

#include <algorithm>
#include <cstring>

#include "../bytes.h"

namespace fitstream {
namespace {

// Elements that are compared before anything is marked: few enough to stay in the L1 cache.
constexpr uint64_t kStep = 1024;

// Sets marks[i] where an element has the bits of `null`; whether there is one.
template <typename U>
bool find_equal(const std::byte* elements, U null, uint8_t* marks, uint64_t n) {
  uint8_t any = 0;
  for (uint64_t i = 0; i < n; ++i) {
    U u;
    std::memcpy(&u, elements + i * sizeof u, sizeof u);
    marks[i] = u == null;
    any = static_cast<uint8_t>(any | marks[i]);
  }
  return any != 0;
}

bool find_equal(const std::byte* elements, uint64_t width, uint64_t null, uint8_t* marks,
                uint64_t n) {
  switch (width) {
    case 1:
      return find_equal(elements, static_cast<uint8_t>(null), marks, n);
    case 2:
      return find_equal(elements, static_cast<uint16_t>(null), marks, n);
    case 4:
      return find_equal(elements, static_cast<uint32_t>(null), marks, n);
    default:
      return find_equal(elements, null, marks, n);
  }
}

}  // namespace

void NullMarker::mark(uint64_t element) {
  std::call_once(is_allocated_, [&] {
    Array<uint8_t> bits((out_.elements + 7) / 8);
    std::fill(bits.begin(), bits.end(), uint8_t{0xff});
    out_.validity = std::move(bits);
  });
  // Elements of two threads may share a byte.
  const auto others = static_cast<uint8_t>(~(1u << (element % 8)));
  __atomic_fetch_and(&out_.validity[element / 8], others, __ATOMIC_RELAXED);
  __atomic_fetch_add(&out_.nulls, 1, __ATOMIC_RELAXED);
}

void NullMarker::mark_where(const uint8_t* marks, uint64_t n, uint64_t at) {
  for (uint64_t i = 0; i < n; ++i)
    if (marks[i]) mark(at + i);
}

void NullMarker::mark_equal(const std::byte* elements, uint64_t width, uint64_t null, uint64_t n,
                            uint64_t at) {
  uint8_t marks[kStep];
  for (uint64_t done = 0; done < n; done += kStep) {
    const uint64_t step = std::min(kStep, n - done);
    if (find_equal(elements + done * width, width, null, marks, step))
      mark_where(marks, step, at + done);
  }
}

}  // namespace fitstream
