#include "relation/entry_sorter.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

namespace fitstream::relation {
namespace {

constexpr unsigned kPlaceBits = 16;
constexpr unsigned kWordBits = 64 - kPlaceBits;
// Below, comparing is faster than counting.
constexpr size_t kFew = 256;

// Sorts by `bits` bits from `shift` on; stable.
void sort_by_digit(std::span<const uint64_t> in, uint64_t* out, unsigned shift, unsigned bits) {
  std::array<uint32_t, 2048> next{};
  const uint64_t mask = (uint64_t{1} << bits) - 1;
  for (const uint64_t v : in) ++next[v >> shift & mask];
  uint32_t sum = 0;
  for (size_t d = 0; d <= mask; ++d) sum += std::exchange(next[d], sum);
  for (const uint64_t v : in) out[next[v >> shift & mask]++] = v;
}

// Calls `run(begin, end)` for each run of neighbours that are `equal`, of two or more.
template <typename Equal, typename Run>
void for_each_run(size_t n, const Equal& equal, const Run& run) {
  for (size_t i = 0; i + 1 < n; ++i) {
    if (!equal(i, i + 1)) continue;
    const size_t begin = i;
    while (++i + 1 < n && equal(i, i + 1)) {
    }
    run(begin, i + 1);
  }
}

}  // namespace

void EntrySorter::sort(std::span<const SortEntry> entries, uint32_t* rows, const OnTies& on_ties) {
  const size_t n = entries.size();
  if (n == 0) return;
  uint64_t least = entries[0].word, most = least;
  for (const SortEntry& e : entries) least = std::min(least, e.word), most = std::max(most, e.word);
  const auto bits = static_cast<unsigned>(std::bit_width(most - least));
  const unsigned lost = bits > kWordBits ? bits - kWordBits : 0;
  packed_.resize(n);
  for (size_t i = 0; i < n; ++i) packed_[i] = (entries[i].word - least) >> lost << kPlaceBits | i;
  if (bits > 0) sort_packed(n, bits - lost);

  const auto word = [&](size_t i) { return entries[packed_[i] & (kMost - 1)].word; };
  if (lost > 0) {
    const auto less = [&](uint64_t a, uint64_t b) {
      const uint64_t x = entries[a & (kMost - 1)].word, y = entries[b & (kMost - 1)].word;
      return x != y ? x < y : a < b;
    };
    for_each_run(
        n, [&](size_t i, size_t j) { return packed_[i] >> kPlaceBits == packed_[j] >> kPlaceBits; },
        [&](size_t begin, size_t end) {
          std::sort(packed_.data() + begin, packed_.data() + end, less);
        });
  }
  for (size_t i = 0; i < n; ++i) rows[i] = entries[packed_[i] & (kMost - 1)].row;
  const auto equal = [&](size_t i, size_t j) {
    return packed_[i] >> kPlaceBits == packed_[j] >> kPlaceBits &&
           (lost == 0 || word(i) == word(j));
  };
  for_each_run(n, equal, on_ties);
}

// By the highest digits, whose order is nearly the final one: as many as tell most values of even
// distribution from each other. What they leave equal is compared.
void EntrySorter::sort_packed(size_t n, unsigned bits) {
  if (n <= kFew) return std::sort(packed_.begin(), packed_.end());
  scratch_.resize(n);
  const unsigned digit = n < 4096 ? 8 : 11;
  const unsigned top = std::min(bits, 2 * digit);
  const unsigned shift = kPlaceBits + bits - top;
  const unsigned low = top / 2;
  if (low > 0) {
    sort_by_digit(packed_, scratch_.data(), shift, low);
    sort_by_digit(scratch_, packed_.data(), shift + low, top - low);
  } else {
    sort_by_digit(packed_, scratch_.data(), shift, top);
    packed_.swap(scratch_);
  }
  if (top == bits) return;
  for_each_run(
      n, [&](size_t i, size_t j) { return packed_[i] >> shift == packed_[j] >> shift; },
      [&](size_t begin, size_t end) { std::sort(packed_.data() + begin, packed_.data() + end); });
}

}  // namespace fitstream::relation
