#include "search.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <vector>

#include "../table/rows.h"

namespace fitstream::where {
namespace {

// What is known of the blocks, and how many of them there must be.
class Progress {
 public:
  Progress(size_t blocks, uint64_t enough)
      : hits_of_(blocks), end_(enough > 0 ? blocks : 0), enough_(enough) {}

  bool is_needed(size_t block) const { return block < end_; }

  void add(size_t block, Result<uint64_t> found) {
    const std::lock_guard lock(mutex_);
    if (!is_needed(block)) return;
    if (!found) {
      error_ = std::move(found.error());
      end_ = block;
      return;
    }
    hits_of_[block] = *found;
    for (; known_ < end_ && hits_of_[known_]; ++known_) {
      hits_ += *hits_of_[known_];
      if (hits_ >= enough_) end_ = known_ + 1;
    }
  }

  // When all blocks have ended. An error behind the last hit that is wanted never was.
  Result<uint64_t> hits() const {
    if (error_ && hits_ < enough_) return *error_;
    return hits_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::optional<uint64_t>> hits_of_;
  std::atomic<size_t> end_;  // of the blocks that must be searched
  uint64_t enough_;
  size_t known_ = 0;   // blocks before which all have been searched
  uint64_t hits_ = 0;  // in these
  std::optional<Error> error_;
};

}  // namespace

Result<uint64_t> search(size_t blocks, const SearchOptions& options,
                        const std::function<Result<uint64_t>(size_t, BlockMemory&)>& find) {
  const uint64_t most = std::min(options.most, UINT64_MAX - 1);
  Progress progress(blocks, std::min(options.limit, most + 1));
  const Status searched =
      for_each_block(blocks, options.blocks, [&](size_t block, BlockMemory& memory) {
        if (progress.is_needed(block)) progress.add(block, find(block, memory));
        return ok();
      });
  if (!searched) return searched.error();
  const auto hits = progress.hits();
  if (!hits) return hits;
  const uint64_t wanted = std::min(*hits, options.limit);
  if (wanted > options.most) return columns_too_large(options.max_bytes);
  return wanted;
}

}  // namespace fitstream::where
