#include "hits.h"

#include <algorithm>

namespace fitstream::where {

Status check_search(const TableRequest& request) {
  if (!request.rows.list && request.into.empty()) return ok();
  return Error::of(ErrorCode::kBadArgument, "rows are searched in a range, into new memory");
}

SearchOptions options_of(const TableRequest& request, uint64_t limit, uint64_t width) {
  return {limit, request.max_bytes / width, request.max_bytes, {request.threads, request.cancel}};
}

Error counted(Error error, const std::string& from) {
  if (error.code == ErrorCode::kCorrupt) error.found += ", counted from " + from;
  return error;
}

Array<double> positions_of(const std::vector<BlockHits>& blocks, uint64_t count) {
  Array<double> out(count);
  double* to = out.data();
  for (const BlockHits& block : blocks) {
    const auto n = std::min<size_t>(block.rows.size(), static_cast<size_t>(out.end() - to));
    to = std::transform(block.rows.begin(), block.rows.begin() + static_cast<ptrdiff_t>(n), to,
                        [](uint64_t row) { return static_cast<double>(row); });
  }
  return out;
}

}  // namespace fitstream::where
