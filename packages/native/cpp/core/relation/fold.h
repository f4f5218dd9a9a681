// Values folded into one state per group.
#pragma once

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <vector>

#include "file.h"
#include "relation/aggregate.h"
#include "threads.h"

namespace fitstream::relation {

// The values of a column by row; of strings, as T = std::string_view.
template <typename T>
struct Values {
  const Column& column;

  T operator[](size_t row) const {
    if constexpr (std::is_same_v<T, std::string_view>)
      return column.text(row);
    else
      return column.values<T>()[row];
  }
  bool is_null(size_t row) const {
    if constexpr (std::is_floating_point_v<T>) return is_null(row, (*this)[row]);
    return !column.is_valid(row);
  }
  bool is_null(size_t row, T value) const {
    if constexpr (std::is_floating_point_v<T>)
      if (std::isnan(value)) return true;
    return !column.is_valid(row);
  }
};

struct FoldControl {
  size_t threads;
  CancelFlag cancel;
};

// A State per group and one of all codes beyond the groups, into which `add(state, row, group)` has
// put each row that is not null, and State::merge those of rows that come later. Rows are split in
// the same way for any number of threads, so that sums are rounded in the same way.
template <typename State, typename T, typename Add>
std::vector<State> fold(const Values<T>& values, const GroupedRows& grouped,
                        const FoldControl& control, const Add& add) {
  // States of several rows each: merging must cost less than adding.
  constexpr uint64_t kMostParts = 16;
  const uint64_t part =
      std::max({uint64_t{1} << 17, grouped.rows / kMostParts + 1, 4 * grouped.groups});
  const size_t parts = static_cast<size_t>(grouped.rows / part + 1);
  std::vector<std::vector<State>> states(parts);
  run_parallel(parts, control.threads, [&](size_t p) {
    if (is_cancelled(control.cancel)) return;
    const size_t begin = p * part, end = std::min(grouped.rows, begin + part);
    if (grouped.codes) {
      std::vector<State> own(grouped.groups + 1);
      const uint32_t* const codes = grouped.codes->data();
      const auto beyond = static_cast<uint32_t>(grouped.groups);
      for (size_t row = begin; row < end; ++row) {
        if (values.is_null(row)) continue;
        const uint32_t group = read_once(codes[row]);
        if (group < beyond) [[likely]]
          add(own[group], row, group);
        else
          add(own[beyond], row, beyond);
      }
      states[p] = std::move(own);
      return;
    }
    // Several states side by side: an addition need not wait for the one before.
    constexpr size_t kLanes = 8;
    State lanes[kLanes];
    size_t row = begin;
    for (; row + kLanes <= end; row += kLanes)
      for (size_t lane = 0; lane < kLanes; ++lane)
        if (!values.is_null(row + lane)) add(lanes[lane], row + lane, 0);
    for (; row < end; ++row)
      if (!values.is_null(row)) add(lanes[0], row, 0);
    for (size_t lane = 1; lane < kLanes; ++lane) lanes[0].merge(lanes[lane]);
    states[p] = {lanes[0], State{}};
  });
  for (size_t p = 1; p < parts && !is_cancelled(control.cancel); ++p) {
    for (size_t g = 0; g <= grouped.groups; ++g) states[0][g].merge(states[p][g]);
    states[p] = {};
  }
  states[0].resize(grouped.groups + 1);  // of work that was cancelled
  return std::move(states[0]);
}

}  // namespace fitstream::relation
