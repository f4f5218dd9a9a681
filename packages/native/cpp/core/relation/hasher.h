// Hashes with a key that is drawn once a process: who does not know it cannot choose values that
// collide. Nothing but speed depends on them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace fitstream::relation {

class Hasher {
 public:
  Hasher();

  uint32_t operator()(uint64_t word) const { return half(fold(word ^ mask_)); }
  uint32_t operator()(std::string_view text) const {
    uint64_t hash = mask_ ^ text.size();
    while (!text.empty()) {
      uint64_t word = 0;
      const size_t length = std::min<size_t>(8, text.size());
      std::memcpy(&word, text.data(), length);
      hash = fold(hash ^ word);
      text.remove_prefix(length);
    }
    return half(fold(hash ^ mask_));
  }

 private:
  // Both halves of the product: every bit depends on every bit.
  uint64_t fold(uint64_t word) const {
    __extension__ using Product = unsigned __int128;
    const auto product = static_cast<Product>(word) * factor_;
    return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
  }
  static uint32_t half(uint64_t hash) { return static_cast<uint32_t>(hash ^ hash >> 32); }

  uint64_t mask_;
  uint64_t factor_;
};

}  // namespace fitstream::relation
