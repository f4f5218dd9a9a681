#include "threads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <new>
#include <thread>
#include <vector>

namespace fitstream {
namespace {

TEST(RunParallel, CallsEachTaskOnce) {
  for (const size_t threads : {0, 1, 2, 5, 100})
    for (const size_t tasks : {0, 1, 2, 3, 1000}) {
      std::vector<std::atomic<int>> calls(tasks);
      run_parallel(tasks, threads, [&](size_t i) { ++calls[i]; });
      for (const auto& n : calls) ASSERT_EQ(n, 1);
    }
}

TEST(RunParallel, SharesTheWorkBetweenThreads) {
  // Each waits for the other: one thread alone would never end.
  std::atomic<int> begun = 0;
  run_parallel(2, 2, [&](size_t) {
    ++begun;
    while (begun < 2) std::this_thread::yield();
  });
  EXPECT_EQ(begun, 2);
}

TEST(RunParallel, BeginsTasksInOrder) {
  std::vector<std::atomic<bool>> begun(500);
  std::atomic<bool> is_ordered = true;
  run_parallel(begun.size(), 1, [&](size_t i) {
    begun[i] = true;
    if (i > 0 && !begun[i - 1]) is_ordered = false;
  });
  EXPECT_TRUE(is_ordered);
}

TEST(RunParallel, MayBeCalledByTasksAndByManyThreads) {
  std::atomic<int> calls = 0;
  const auto outer = [&] {
    run_parallel(8, 4, [&](size_t) { run_parallel(8, 4, [&](size_t) { ++calls; }); });
  };
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i) callers.emplace_back(outer);
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(calls, 4 * 8 * 8);
}

TEST(RunParallel, ThrowsWhatATaskThrewAndBeginsNoMore) {
  for (const size_t threads : {1, 2}) {
    std::atomic<int> calls = 0;
    const auto fail = [&](size_t) {
      ++calls;
      throw std::bad_alloc();
    };
    EXPECT_THROW(run_parallel(1000, threads, fail), std::bad_alloc);
    EXPECT_LE(calls, 2);
    run_parallel(10, threads, [&](size_t) { ++calls; });
    EXPECT_GE(calls, 11);
  }
}

}  // namespace
}  // namespace fitstream
