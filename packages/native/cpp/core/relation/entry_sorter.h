// Sorting of few rows, in the cache.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace fitstream::relation {

struct SortEntry {
  uint64_t word;
  uint32_t row;
};

class EntrySorter {
 public:
  // So many entries at a time: places among them are 16 bits beside 48 of the word.
  static constexpr size_t kMost = 65536;
  // Places begin to end of the rows have equal words.
  using OnTies = std::function<void(size_t begin, size_t end)>;

  // Writes the rows in the order of their words; those of equal words in the order of the entries.
  void sort(std::span<const SortEntry> entries, uint32_t* rows, const OnTies& on_ties);

 private:
  void sort_packed(size_t n, unsigned bits);

  std::vector<uint64_t> packed_;
  std::vector<uint64_t> scratch_;
};

}  // namespace fitstream::relation
