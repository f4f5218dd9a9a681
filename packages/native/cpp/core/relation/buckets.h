// Many rows split by their words into parts that fit the cache.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "array.h"
#include "relation/entry_sorter.h"
#include "threads.h"

namespace fitstream::relation {

// Splits many entries by their words into buckets that fit the cache, or hold one bin.
class Buckets {
 public:
  Buckets(size_t entries, size_t threads) : size_(entries), chunks_(threads) {}

  // Finds the extent of the words; false when all are equal. `entry(i)` is entry i.
  template <typename Entry>
  bool measure(const Entry& entry);
  // After that: puts all in their buckets, where they keep their order.
  template <typename Entry>
  void fill(const Entry& entry);

  size_t count() const { return starts_.size() - 1; }
  size_t start(size_t bucket) const { return starts_[bucket]; }
  std::span<const SortEntry> entries(size_t bucket) const {
    return {entries_.data() + starts_[bucket], starts_[bucket + 1] - starts_[bucket]};
  }

 private:
  // Of a word, counted from the least one: a bin each. A bucket is some bins that follow each
  // other.
  static constexpr unsigned kBinBits = 16;
  static constexpr size_t kBins = size_t{1} << kBinBits;
  struct Chunk {
    uint64_t least = UINT64_MAX, most = 0;
    std::vector<uint32_t> bins;
    std::vector<size_t> next;  // by bucket: where the next entry goes
  };
  template <typename Visit>
  void for_each_chunk(const Visit& visit) {
    const size_t k = chunks_.size();
    run_parallel(k, k, [&](size_t c) { visit(chunks_[c], size_ * c / k, size_ * (c + 1) / k); });
  }
  void place();

  size_t size_;
  std::vector<Chunk> chunks_;
  uint64_t least_ = 0;
  unsigned shift_ = 0;
  Array<uint16_t> bins_;  // of the entries: they go where they were counted, whatever words are now
  std::vector<uint16_t> bucket_of_bin_;
  std::vector<size_t> starts_;
  Array<SortEntry> entries_;
};

template <typename Entry>
bool Buckets::measure(const Entry& entry) {
  for_each_chunk([&](Chunk& chunk, size_t begin, size_t end) {
    uint64_t least = UINT64_MAX, most = 0;
    for (size_t i = begin; i < end; ++i) {
      const uint64_t word = entry(i).word;
      least = std::min(least, word), most = std::max(most, word);
    }
    chunk.least = least, chunk.most = most;
  });
  least_ = std::ranges::min(chunks_, {}, &Chunk::least).least;
  const uint64_t extent = std::ranges::max(chunks_, {}, &Chunk::most).most - least_;
  const auto bits = static_cast<unsigned>(std::bit_width(extent));
  shift_ = bits > kBinBits ? bits - kBinBits : 0;
  return extent > 0;
}

template <typename Entry>
void Buckets::fill(const Entry& entry) {
  bins_ = Array<uint16_t>(size_);
  for_each_chunk([&](Chunk& chunk, size_t begin, size_t end) {
    chunk.bins.assign(kBins, 0);
    for (size_t i = begin; i < end; ++i)
      ++chunk.bins[bins_[i] = static_cast<uint16_t>((entry(i).word - least_) >> shift_)];
  });
  place();
  entries_ = Array<SortEntry>(size_);
  for_each_chunk([&](Chunk& chunk, size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i)
      entries_[chunk.next[bucket_of_bin_[bins_[i]]]++] = entry(i);
  });
  bins_ = {};
}

}  // namespace fitstream::relation
