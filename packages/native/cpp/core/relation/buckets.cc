#include "relation/buckets.h"

#include <utility>

namespace fitstream::relation {
namespace {

// Entries that a bucket of several bins should have.
constexpr size_t kBucket = 16384;

}  // namespace

// Bins to buckets, buckets to places: of each bucket first the rows of the first chunk.
void Buckets::place() {
  const size_t wanted = std::max(kBucket, size_ / 2048);
  bucket_of_bin_.resize(kBins);
  starts_ = {0};
  size_t filled = 0, end = 0;
  for (size_t bin = 0; bin < kBins; ++bin) {
    size_t n = 0;
    for (const Chunk& chunk : chunks_) n += chunk.bins[bin];
    // A bin that is a bucket by itself is not mixed with its neighbours.
    if (filled > 0 && filled + n > wanted) starts_.push_back(end), filled = 0;
    bucket_of_bin_[bin] = static_cast<uint16_t>(starts_.size() - 1);
    filled += n, end += n;
  }
  starts_.push_back(end);
  for (Chunk& chunk : chunks_) chunk.next.assign(count(), 0);
  for (size_t bin = 0; bin < kBins; ++bin)
    for (Chunk& chunk : chunks_) chunk.next[bucket_of_bin_[bin]] += chunk.bins[bin];
  for (size_t b = 0; b < count(); ++b) {
    size_t place = starts_[b];
    for (Chunk& chunk : chunks_) place += std::exchange(chunk.next[b], place);
  }
}

}  // namespace fitstream::relation
