#include "join.h"

#include <algorithm>
#include <cstring>

#include "../table/rows.h"

namespace fitstream::where {
namespace {

// One column of all parts.
class ColumnJoin {
 public:
  ColumnJoin(const std::vector<std::vector<ColumnData>>& parts, size_t column) {
    for (const auto& part : parts) parts_.push_back(&part[column]);
  }

  Result<ColumnData> run() const {
    ColumnData out;
    const auto last = [](const ColumnData& part) {
      return part.offsets.empty() ? 0 : static_cast<uint64_t>(part.offsets.back());
    };
    if (sum(last) > kMostElements) return column_too_long();
    out.elements = sum([](const ColumnData& part) { return part.elements; });
    out.nulls = sum([](const ColumnData& part) { return part.nulls; });
    join_values(out);
    if (!parts_[0]->offsets.empty()) join_offsets(out);
    if (out.nulls > 0) join_validity(out);
    return out;
  }

 private:
  template <typename Size>
  uint64_t sum(const Size& size) const {
    uint64_t total = 0;
    for (const ColumnData* part : parts_) total += size(*part);
    return total;
  }

  void join_values(ColumnData& out) const {
    out.values = Array<std::byte>(sum([](const ColumnData& p) { return p.values.size(); }));
    std::byte* to = out.values.data();
    for (const ColumnData* part : parts_) {
      if (part->values.empty()) continue;
      std::memcpy(to, part->values.data(), part->values.size());
      to += part->values.size();
    }
  }

  void join_offsets(ColumnData& out) const {
    out.offsets = Array<int32_t>(sum([](const ColumnData& p) { return p.offsets.size() - 1; }) + 1);
    int32_t* to = out.offsets.data();
    *to = 0;
    for (const ColumnData* part : parts_) {
      const int32_t base = *to;
      for (size_t i = 1; i < part->offsets.size(); ++i) *++to = base + part->offsets[i];
    }
  }

  void join_validity(ColumnData& out) const {
    out.validity = Array<uint8_t>((out.elements + 7) / 8);
    std::fill(out.validity.begin(), out.validity.end(), uint8_t{0xff});
    uint64_t at = 0;
    for (const ColumnData* part : parts_) {
      for (uint64_t i = 0; part->nulls > 0 && i < part->elements; ++i)
        if (!(part->validity[i / 8] >> (i % 8) & 1))
          out.validity[(at + i) / 8] &= static_cast<uint8_t>(~(1u << ((at + i) % 8)));
      at += part->elements;
    }
  }

  std::vector<const ColumnData*> parts_;
};

}  // namespace

Result<std::vector<ColumnData>> join_columns(std::vector<std::vector<ColumnData>> parts) {
  if (parts.size() == 1) return std::move(parts[0]);
  std::vector<ColumnData> out;
  for (size_t column = 0; column < parts[0].size(); ++column) {
    auto joined = ColumnJoin(parts, column).run();
    if (!joined) return joined.error();
    out.push_back(std::move(*joined));
  }
  return out;
}

}  // namespace fitstream::where
