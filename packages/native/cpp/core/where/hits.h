// Rows that were found, of blocks that are searched in any order.
#pragma once

#include "../table/read.h"
#include "search.h"

namespace fitstream::where {

// The hits of one block.
struct BlockHits {
  std::vector<uint64_t> rows;
  ByteSpan cells;  // of these rows, where they are kept: see kept_rows.h
};

// A range can be searched, no list; hits have no memory before they are counted.
Status check_search(const TableRequest& request);

// `width`: bytes that one hit becomes.
SearchOptions options_of(const TableRequest& request, uint64_t limit, uint64_t width);

// Readers name rows by their place among those that they are shown: adds where that is counted
// from.
Error counted(Error error, const std::string& from);

// The first `count` rows of all blocks.
Array<double> positions_of(const std::vector<BlockHits>& blocks, uint64_t count);

}  // namespace fitstream::where
