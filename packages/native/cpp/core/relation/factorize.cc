#include "relation/factorize.h"

#include <algorithm>

#include "relation/coder.h"

namespace fitstream::relation {

Result<Groups> factorize(std::span<const Column> keys, uint64_t rows, CancelFlag cancel) {
  if (Status fits = check_rows(rows); !fits) return fits.error();
  if (keys.empty()) return Error::of(ErrorCode::kBadArgument, "no key to group by");
  for (const Column& key : keys)
    if (Status fits = check_column(key, rows); !fits) return fits.error();
  Groups groups{Array<uint32_t>(rows), {}};
  RowCoder coder(keys, rows, NullCode::kOwn);
  for (size_t begin = 0; begin < rows; begin += kCodedRows) {
    if (is_cancelled(cancel)) return aborted();
    const std::span<uint32_t> codes(groups.codes.data() + begin,
                                    std::min<size_t>(kCodedRows, rows - begin));
    coder.encode(begin, codes);
    for (size_t i = 0; i < codes.size(); ++i)
      if (codes[i] == groups.firsts.size())
        groups.firsts.push_back(static_cast<uint32_t>(begin + i));
  }
  return groups;
}

}  // namespace fitstream::relation
