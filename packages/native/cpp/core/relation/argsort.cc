#include "relation/argsort.h"

#include <atomic>
#include <mutex>
#include <numeric>
#include <utility>

#include "relation/buckets.h"
#include "threads.h"

namespace fitstream::relation {
namespace {

// Rows that are equal in all before this word of this key. They ascend.
struct Run {
  size_t begin = 0;
  size_t end = 0;
  size_t key = 0;
  size_t depth = 0;
  bool has_nulls = true;  // none has been looked for
  size_t size() const { return end - begin; }
};

// From here on several threads split a run together.
constexpr size_t kLong = size_t{1} << 20;
// Each of them has bins of its own.
constexpr size_t kMostThreads = 64;

class RowSorter {
 public:
  RowSorter(std::span<const SortKey> keys, std::span<uint32_t> rows, size_t threads,
            CancelFlag cancel)
      : keys_(keys), rows_(rows), threads_(threads), cancel_(cancel) {}

  // Long runs are split by all threads together; short ones are sorted by the thread that finds
  // them, as a list and not by recursion: how deep strings are equal is up to a stranger.
  void sort() {
    std::vector<Run> short_runs;
    push({0, rows_.size()}, short_runs);
    sort_short(short_runs);
    while (!long_runs_.empty() && !is_cancelled(cancel_)) {
      const Run run = long_runs_.back();
      long_runs_.pop_back();
      split(run);
    }
  }

 private:
  void push(const Run& run, std::vector<Run>& short_runs) {
    if (run.size() < 2 || run.key == keys_.size()) return;
    if (run.size() <= EntrySorter::kMost) return short_runs.push_back(run);
    const std::lock_guard lock(mutex_);
    long_runs_.push_back(run);
  }
  // The same rows, equal in this word too.
  Run after(const Run& run) const {
    const Column& column = keys_[run.key].column;
    if (column.is_string() && column.text(rows_[run.begin]).size() > run.depth + kTextStep)
      return {run.begin, run.end, run.key, run.depth + kTextStep, false};
    return {run.begin, run.end, run.key + 1};
  }

  Run take_nulls(const Run& run, std::vector<Run>& short_runs);
  void sort_short(std::vector<Run>& runs);
  void split(const Run& run);
  template <typename Entry>
  void sort_long(const Run& run, const Entry& entry);
  void sort_entries(Run run, std::span<const SortEntry> entries);

  std::span<const SortKey> keys_;
  std::span<uint32_t> rows_;
  size_t threads_;
  CancelFlag cancel_;
  std::mutex mutex_;
  std::vector<Run> long_runs_;
};

// Moves nulls to their end of the run and returns the rest of it.
Run RowSorter::take_nulls(const Run& run, std::vector<Run>& short_runs) {
  const SortKey& key = keys_[run.key];
  Run values = run;
  values.has_nulls = false;
  if (!run.has_nulls || !key.column.may_have_nulls()) return values;
  const std::span<uint32_t> rows = rows_.subspan(run.begin, run.size());
  std::vector<uint32_t> nulls;
  with_null_test(key.column, [&](const auto& is_null) {
    const auto first = std::ranges::find_if(rows, is_null);
    auto kept = first;
    for (auto row = first; row != rows.end(); ++row)
      if (is_null(*row))
        nulls.push_back(*row);
      else
        *kept++ = *row;
    if (nulls.empty()) return;
    if (key.nulls_first) {
      std::move_backward(rows.begin(), kept, rows.end());
      std::ranges::copy(nulls, rows.begin());
    } else {
      std::ranges::copy(nulls, kept);
    }
  });
  if (nulls.empty()) return values;
  Run rest{run.begin, run.begin + nulls.size(), run.key + 1};
  if (key.nulls_first)
    values.begin = rest.end;
  else
    values.end -= nulls.size(), rest = {values.end, run.end, run.key + 1};
  push(rest, short_runs);
  return values;
}

void RowSorter::sort_short(std::vector<Run>& runs) {
  EntrySorter sorter;
  std::vector<SortEntry> entries;
  while (!runs.empty() && !is_cancelled(cancel_)) {
    const Run found = runs.back();
    runs.pop_back();
    const Run run = take_nulls(found, runs);
    if (run.size() < 2) continue;
    entries.resize(run.size());
    uint32_t* const rows = rows_.data() + run.begin;
    with_words(keys_[run.key], run.depth, [&](const auto& word) {
      for (size_t i = 0; i < entries.size(); ++i) entries[i] = {word(rows[i]), rows[i]};
    });
    sorter.sort(entries, rows, [&](size_t begin, size_t end) {
      push(after({run.begin + begin, run.begin + end, run.key, run.depth}), runs);
    });
  }
}

void RowSorter::split(const Run& found) {
  std::vector<Run> short_runs;
  const Run run = take_nulls(found, short_runs);
  if (run.size() <= EntrySorter::kMost) {
    push(run, short_runs);
    return sort_short(short_runs);
  }
  const uint32_t* const rows = rows_.data() + run.begin;
  with_words(keys_[run.key], run.depth, [&](const auto& word) {
    sort_long(run, [&](size_t i) { return SortEntry{word(rows[i]), rows[i]}; });
  });
  sort_short(short_runs);
}

// Each level of recursion tells 16 more bits of the words apart: there are four at most.
template <typename Entry>
void RowSorter::sort_long(const Run& run, const Entry& entry) {
  const size_t threads = run.size() < kLong ? 1 : threads_;
  Buckets buckets(run.size(), threads);
  std::vector<Run> short_runs;
  if (!buckets.measure(entry)) {
    for (size_t i = 0; i < run.size(); ++i) rows_[run.begin + i] = entry(i).row;
    return push(after(run), short_runs);
  }
  buckets.fill(entry);
  run_parallel(buckets.count(), threads, [&](size_t b) {
    if (is_cancelled(cancel_)) return;
    Run part = run;
    part.begin += buckets.start(b);
    sort_entries(part, buckets.entries(b));
  });
}

void RowSorter::sort_entries(Run run, std::span<const SortEntry> entries) {
  run.end = run.begin + entries.size();
  if (entries.size() > EntrySorter::kMost)
    return sort_long(run, [&](size_t i) { return entries[i]; });
  std::vector<Run> short_runs;
  EntrySorter().sort(entries, rows_.data() + run.begin, [&](size_t begin, size_t end) {
    push(after({run.begin + begin, run.begin + end, run.key, run.depth}), short_runs);
  });
  sort_short(short_runs);
}

}  // namespace

Result<Array<uint32_t>> argsort(std::span<const SortKey> keys, uint64_t rows, size_t threads,
                                CancelFlag cancel) {
  if (Status fits = check_rows(rows); !fits) return fits.error();
  for (const SortKey& key : keys)
    if (Status fits = check_column(key.column, rows); !fits) return fits.error();
  Array<uint32_t> order(rows);
  std::iota(order.begin(), order.end(), 0u);
  RowSorter(keys, {order.data(), order.size()}, std::clamp<size_t>(threads, 1, kMostThreads),
            cancel)
      .sort();
  if (is_cancelled(cancel)) return aborted();
  return order;
}

}  // namespace fitstream::relation
