#include "checksum.h"

#include <algorithm>
#include <vector>

namespace fitstream {
namespace {

// Carries go back in at the low end (end-around carry).
uint32_t fold(uint64_t sum) {
  while (sum >> 32) sum = (sum & UINT32_MAX) + (sum >> 32);
  return static_cast<uint32_t>(sum);
}

// Sums of 32-bit words fit 64 bits for as many bytes as this.
constexpr size_t kPiece = size_t{1} << 30;

// Reads that stay in the L2 cache until they are summed.
constexpr size_t kRead = size_t{1} << 18;

}  // namespace

uint32_t add_checksum(uint32_t sum, ByteSpan bytes) {
  while (!bytes.empty()) {
    const ByteSpan piece = bytes.first(std::min(bytes.size(), kPiece));
    bytes = bytes.subspan(piece.size());
    // Two words a step, in two sums: the additions do not wait for each other.
    uint64_t high = sum;
    uint64_t low = 0;
    size_t i = 0;
    for (; i + 8 <= piece.size(); i += 8) {
      const auto words = load_be<uint64_t>(piece.data() + i);
      high += words >> 32;
      low += words & UINT32_MAX;
    }
    std::byte rest[8] = {};
    std::copy(piece.begin() + static_cast<ptrdiff_t>(i), piece.end(), rest);
    const auto words = load_be<uint64_t>(rest);
    sum = fold(uint64_t{fold(high)} + fold(low) + (words >> 32) + (words & UINT32_MAX));
  }
  return sum;
}

Result<uint32_t> sum_file(const File& file, uint64_t offset, uint64_t length, CancelFlag cancel) {
  std::vector<std::byte> block(std::min<uint64_t>(kRead, length));
  uint32_t sum = 0;
  for (uint64_t done = 0; done < length;) {
    if (is_cancelled(cancel)) return Error::of(ErrorCode::kAborted, "the read was aborted");
    const MutableByteSpan some(block.data(), std::min<uint64_t>(block.size(), length - done));
    if (Status read = file.read(offset + done, some); !read) return read.error();
    sum = add_checksum(sum, some);
    done += some.size();
  }
  return sum;
}

}  // namespace fitstream
