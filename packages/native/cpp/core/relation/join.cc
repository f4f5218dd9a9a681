#include "relation/join.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "relation/coder.h"
#include "relation/hash_index.h"

namespace fitstream::relation {
namespace {

std::string_view kind_of(const Column& column) {
  if (column.is_string()) return "strings";
  return info(*column.dtype).is_float ? "floats" : "integers";
}

Status check_sides(const JoinSide& left, const JoinSide& right) {
  if (left.keys.empty() || left.keys.size() != right.keys.size())
    return Error::of(ErrorCode::kBadArgument, "the sides of a join have other numbers of keys",
                     std::to_string(left.keys.size()) + ", at least 1",
                     std::to_string(right.keys.size()));
  for (const JoinSide* side : {&left, &right}) {
    if (Status fits = check_rows(side->rows); !fits) return fits;
    for (const Column& key : side->keys)
      if (Status fits = check_column(key, side->rows); !fits) return fits;
  }
  for (size_t k = 0; k < left.keys.size(); ++k)
    if (kind_of(left.keys[k]) != kind_of(right.keys[k]))
      return Error::of(ErrorCode::kBadArgument,
                       "key " + std::to_string(k) + " of a join is of two types",
                       std::string(kind_of(left.keys[k])), std::string(kind_of(right.keys[k])));
  return ok();
}

// Calls `code(begin, codes)` for all rows, a few at a time.
template <typename Code>
Result<Array<uint32_t>> coded(size_t rows, CancelFlag cancel, const Code& code) {
  Array<uint32_t> codes(rows);
  for (size_t begin = 0; begin < rows; begin += kCodedRows) {
    if (is_cancelled(cancel)) return aborted();
    code(begin, std::span(codes.data() + begin, std::min(kCodedRows, rows - begin)));
  }
  return codes;
}

// Rows by their code, in order.
class RowsOfCodes {
 public:
  explicit RowsOfCodes(const Array<uint32_t>& codes) : rows_(codes.size()) {
    uint32_t most = 0;
    for (const uint32_t code : codes)
      if (code != kNoCode) most = std::max(most, code + 1);
    starts_.assign(most + size_t{2}, 0);
    for (const uint32_t code : codes)
      if (code != kNoCode) ++starts_[code + size_t{2}];
    for (size_t c = 2; c < starts_.size(); ++c) starts_[c] += starts_[c - 1];
    for (uint32_t row = 0; row < codes.size(); ++row)
      if (codes[row] != kNoCode) rows_[starts_[codes[row] + size_t{1}]++] = row;
  }
  std::span<const uint32_t> of(uint32_t code) const {
    if (code == kNoCode) return {};
    return {rows_.data() + starts_[code], starts_[code + size_t{1}] - starts_[code]};
  }
  size_t codes() const { return starts_.size() - 2; }

 private:
  std::vector<uint32_t> starts_;
  Array<uint32_t> rows_;
};

Array<uint32_t> filtered(const Array<uint32_t>& left, bool with_partner) {
  const auto is_kept = [&](uint32_t code) { return (code != kNoCode) == with_partner; };
  Array<uint32_t> rows(static_cast<size_t>(std::ranges::count_if(left, is_kept)));
  uint32_t* to = rows.data();
  for (uint32_t row = 0; row < left.size(); ++row)
    if (is_kept(left[row])) *to++ = row;
  return rows;
}

// Right rows whose code no left row has, ascending.
std::vector<uint32_t> unmatched(const Array<uint32_t>& left, const Array<uint32_t>& right,
                                size_t codes) {
  std::vector<bool> is_met(codes);
  for (const uint32_t code : left)
    if (code != kNoCode) is_met[code] = true;
  std::vector<uint32_t> rows;
  for (uint32_t row = 0; row < right.size(); ++row)
    if (right[row] == kNoCode || !is_met[right[row]]) rows.push_back(row);
  return rows;
}

Result<JoinedRows> partners(const Array<uint32_t>& left, const Array<uint32_t>& right,
                            JoinKind kind, uint64_t max_rows) {
  const RowsOfCodes rows_of(right);
  const bool keeps_left = kind != JoinKind::kInner;
  std::vector<uint32_t> rest;
  if (kind == JoinKind::kOuter) rest = unmatched(left, right, rows_of.codes());
  uint64_t total = rest.size();
  for (const uint32_t code : left)
    total += std::max<size_t>(rows_of.of(code).size(), keeps_left ? 1 : 0);
  const uint64_t limit = std::min<uint64_t>(max_rows, kNoRow - 1);
  if (total > limit)
    return Error::of(ErrorCode::kLimit, "the join has too many rows",
                     "at most " + std::to_string(limit), std::to_string(total));
  JoinedRows out{Array<uint32_t>(total), Array<uint32_t>(total)};
  size_t n = 0;
  for (uint32_t row = 0; row < left.size(); ++row) {
    const auto found = rows_of.of(left[row]);
    for (const uint32_t partner : found) out.left[n] = row, out.right[n++] = partner;
    if (found.empty() && keeps_left) out.left[n] = row, out.right[n++] = kNoRow;
  }
  for (const uint32_t row : rest) out.left[n] = kNoRow, out.right[n++] = row;
  return out;
}

}  // namespace

Result<JoinedRows> join_rows(const JoinSide& left, const JoinSide& right, JoinKind kind,
                             uint64_t max_rows, CancelFlag cancel) {
  if (Status fits = check_sides(left, right); !fits) return fits.error();
  RowCoder coder(right.keys, right.rows, NullCode::kNone);
  const auto right_codes = coded(right.rows, cancel, [&](size_t begin, std::span<uint32_t> codes) {
    coder.encode(begin, codes);
  });
  if (!right_codes) return right_codes.error();
  const auto left_codes = coded(left.rows, cancel, [&](size_t begin, std::span<uint32_t> codes) {
    coder.find(left.keys, begin, codes);
  });
  if (!left_codes) return left_codes.error();
  if (kind != JoinKind::kSemi && kind != JoinKind::kAnti)
    return partners(*left_codes, *right_codes, kind, max_rows);
  return JoinedRows{filtered(*left_codes, kind == JoinKind::kSemi), {}};
}

}  // namespace fitstream::relation
