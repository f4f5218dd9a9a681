// Blocks of rows: what is asked for is checked, and read.
#pragma once

#include <algorithm>
#include <vector>

#include "bytes.h"
#include "layout.h"

namespace fitstream {

struct RowRange {
  uint64_t first = 0;
  uint64_t count = 0;
};

Error columns_too_large(uint64_t max_bytes);

// Checks what is asked for, and returns the bytes that come out of the rows.
Result<uint64_t> check_request(const TableLayout& layout, const TableBytes& bytes,
                               const std::vector<size_t>& columns, RowRange rows,
                               uint64_t max_bytes);

// Rows are read in blocks that stay in the L2 cache while every column is taken out of them.
inline constexpr uint64_t kRowBlock = uint64_t{512} << 10;

// Calls `take(block, rows)` for blocks of rows in order.
template <typename Take>
Status for_each_row_block(const TableLayout& layout, const TableBytes& bytes, RowRange rows,
                          CancelFlag cancel, const Take& take) {
  const uint64_t row_length = layout.frame.row_length;
  const uint64_t step = std::max<uint64_t>(kRowBlock / std::max<uint64_t>(row_length, 1), 1);
  std::vector<std::byte> block;
  for (uint64_t done = 0; done < rows.count;) {
    if (is_cancelled(cancel)) return Error::of(ErrorCode::kAborted, "the read was aborted");
    const uint64_t n = std::min(step, rows.count - done);
    block.resize(n * row_length);
    if (Status read = bytes.read((rows.first + done) * row_length, block); !read) return read;
    if (Status taken = take(block.data(), n); !taken) return taken;
    done += n;
  }
  return ok();
}

}  // namespace fitstream
