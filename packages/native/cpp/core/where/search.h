// Blocks of rows searched by several threads, with the outcome of one.
#pragma once

#include <functional>

#include "../table/blocks.h"

namespace fitstream::where {

struct SearchOptions {
  uint64_t limit = UINT64_MAX;  // of hits that are wanted
  uint64_t most = UINT64_MAX;   // hits that there is room for
  uint64_t max_bytes = 0;       // that this comes from, for the error
  BlockOptions blocks;
};

// Calls find(block, memory), which returns the number of its hits, for as many of the first blocks
// as there must be; also for some behind these, whose hits do not count. Returns the number of
// hits, at most `limit`; kLimit where there are more than `most`.
Result<uint64_t> search(size_t blocks, const SearchOptions& options,
                        const std::function<Result<uint64_t>(size_t, BlockMemory&)>& find);

}  // namespace fitstream::where
