#include "blocks.h"

#include <algorithm>
#include <atomic>
#include <mutex>

#include "../threads.h"

namespace fitstream {
namespace {

// What failed in the first block that failed.
class FirstFailure {
 public:
  void add(size_t block, Error error) {
    const std::lock_guard lock(mutex_);
    if (block < block_) block_ = block, error_ = std::move(error);
    has_failed_ = true;
  }
  bool has_failed() const { return has_failed_; }
  Status status() const { return has_failed_ ? Status(error_) : ok(); }

 private:
  std::mutex mutex_;
  std::atomic<bool> has_failed_ = false;
  size_t block_ = SIZE_MAX;
  Error error_;
};

}  // namespace

Status for_each_block(size_t blocks, const BlockOptions& options,
                      const std::function<Status(size_t, BlockMemory&)>& work) {
  FirstFailure failure;
  std::atomic<size_t> next = 0;
  // One task a thread, so that each has memory of its own. Blocks are begun in order: all before
  // one that fails are finished.
  const auto run = [&](size_t) {
    BlockMemory memory;
    while (!failure.has_failed()) {
      const size_t block = next++;
      if (block >= blocks) return;
      Status done = is_cancelled(options.cancel)
                        ? Status(Error::of(ErrorCode::kAborted, "the read was aborted"))
                        : work(block, memory);
      if (!done) failure.add(block, std::move(done.error()));
    }
  };
  const size_t workers = std::clamp<size_t>(options.threads, 1, std::max<size_t>(blocks, 1));
  run_parallel(workers, workers, run);
  return failure.status();
}

}  // namespace fitstream
