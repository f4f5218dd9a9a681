// From hashes to codes: numbers from 0 on, in the order in which values were first seen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace fitstream::relation {

inline constexpr uint32_t kNoCode = 0xffffffff;

// Open addressing; 8 bytes a slot, at most half of them taken.
class HashIndex {
 public:
  HashIndex() : slots_(1024, Slot{0, kNoCode}) {}

  // The code of this hash for which `is_equal(code)`; kNoCode where there is none.
  template <typename Equal>
  uint32_t find(uint32_t hash, const Equal& is_equal) const {
    return slots_[place(hash, is_equal)].code;
  }
  // The same, with `code` where there is none.
  template <typename Equal>
  uint32_t find_or_add(uint32_t hash, uint32_t code, const Equal& is_equal) {
    Slot& slot = slots_[place(hash, is_equal)];
    if (slot.code != kNoCode) return slot.code;
    slot = {hash, code};
    if (++taken_ * 2 > slots_.size()) grow();
    return code;
  }
  void prefetch(uint32_t hash) const { __builtin_prefetch(&slots_[hash & (slots_.size() - 1)]); }
  // Whether it is so large that its slots are not in the cache.
  bool is_large() const { return slots_.size() > size_t{1} << 15; }

 private:
  struct Slot {
    uint32_t hash;
    uint32_t code;
  };
  template <typename Equal>
  size_t place(uint32_t hash, const Equal& is_equal) const {
    const size_t mask = slots_.size() - 1;
    size_t i = hash & mask;
    while (slots_[i].code != kNoCode && (slots_[i].hash != hash || !is_equal(slots_[i].code)))
      i = (i + 1) & mask;
    return i;
  }
  void grow();

  std::vector<Slot> slots_;
  size_t taken_ = 0;
};

}  // namespace fitstream::relation
