// Blocks of a file, worked on by one thread or by several.
#pragma once

#include <functional>

#include "../array.h"
#include "../file.h"
#include "../status.h"

namespace fitstream {

// Memory for the bytes of a block, used again for the next one.
class BlockMemory {
 public:
  std::byte* of_size(size_t bytes) {
    if (bytes > memory_.size()) memory_ = Array<std::byte>(bytes);
    return memory_.data();
  }

 private:
  Array<std::byte> memory_;
};

struct BlockOptions {
  size_t threads = 1;
  CancelFlag cancel = nullptr;
};

// Calls work(i, memory) for each block i below `blocks`. Of several failures the one of the first
// block is returned, whichever thread met with one first.
Status for_each_block(size_t blocks, const BlockOptions& options,
                      const std::function<Status(size_t, BlockMemory&)>& work);

}  // namespace fitstream
