// Memory that others may write while it is read: the arrays of JavaScript.
#pragma once

#include <cstddef>
#include <cstdint>

namespace fitstream {

// One load, which the compiler does not repeat: what was checked is what is used.
template <typename T>
T read_once(const T& from) {
  return const_cast<const volatile T&>(from);
}

// Which of `items` items the offsets of a row name. They were found to be good and may have changed
// since: then none. A branch, which the CPU foretells: to clamp them, what they point to would have
// to wait for them (a quarter of the time of sorting strings).
struct ItemRange {
  size_t begin = 0;
  size_t length = 0;
};
inline ItemRange items_of_row(const int32_t* offsets, size_t row, size_t items) {
  const auto begin = static_cast<size_t>(read_once(offsets[row]));
  const auto end = static_cast<size_t>(read_once(offsets[row + 1]));
  if ((begin <= end) & (end <= items)) [[likely]]
    return {begin, end - begin};
  return {};
}

}  // namespace fitstream
