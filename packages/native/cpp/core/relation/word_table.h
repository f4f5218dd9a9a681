// Codes of 64-bit words.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "relation/coder.h"
#include "relation/hash_index.h"
#include "relation/hasher.h"

namespace fitstream::relation {

class WordTable {
  auto equal_to(uint64_t word) const {
    return [this, word](uint32_t code) { return words_[code] == word; };
  }

 public:
  uint32_t encode(uint64_t word, uint32_t hash) {
    const auto next = static_cast<uint32_t>(words_.size());
    const uint32_t code = index_.find_or_add(hash, next, equal_to(word));
    if (code == next) words_.push_back(word);
    return code;
  }
  uint32_t find(uint64_t word, uint32_t hash) const { return index_.find(hash, equal_to(word)); }
  // A code that no word has.
  uint32_t add_code() {
    words_.push_back(0);
    return static_cast<uint32_t>(words_.size() - 1);
  }

  // Calls `visit(i, hash)` for each of at most kCodedRows words, whose slots are on their way to
  // the cache by then.
  template <typename Visit>
  void with_hashes(std::span<const uint64_t> words, const Visit& visit) const {
    std::array<uint32_t, kCodedRows> hashes;
    for (size_t i = 0; i < words.size(); ++i) hashes[i] = hash_(words[i]);
    if (index_.is_large())
      for (size_t i = 0; i < words.size(); ++i) index_.prefetch(hashes[i]);
    for (size_t i = 0; i < words.size(); ++i) visit(i, hashes[i]);
  }

 private:
  Hasher hash_;
  HashIndex index_;
  std::vector<uint64_t> words_;  // by code
};

}  // namespace fitstream::relation
