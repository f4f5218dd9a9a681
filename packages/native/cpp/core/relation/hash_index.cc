#include "relation/hash_index.h"

namespace fitstream::relation {

void HashIndex::grow() {
  // Small tables grow faster: they are filled anew less often.
  std::vector<Slot> old(slots_.size() * (is_large() ? 2 : 4), Slot{0, kNoCode});
  old.swap(slots_);
  for (const Slot& slot : old)
    if (slot.code != kNoCode) slots_[place(slot.hash, [](uint32_t) { return false; })] = slot;
}

}  // namespace fitstream::relation
