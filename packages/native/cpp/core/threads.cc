#include "threads.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>

namespace fitstream {
namespace {

// Tasks that several threads take from, until none is left.
class Job {
 public:
  Job(size_t tasks, const std::function<void(size_t)>& task) : tasks_(tasks), task_(task) {}

  void work() {
    try {
      for (size_t i = next_++; i < tasks_; i = next_++) task_(i);
    } catch (...) {
      next_ = tasks_;
      const std::lock_guard lock(mutex_);
      if (!thrown_) thrown_ = std::current_exception();
    }
  }
  void rethrow() const {
    if (thrown_) std::rethrow_exception(thrown_);
  }

  // The pool's, under its lock.
  size_t wanted = 0;   // threads that may still join
  size_t working = 0;  // threads of the pool that are in work()

 private:
  size_t tasks_;
  const std::function<void(size_t)>& task_;
  std::atomic<size_t> next_ = 0;
  std::mutex mutex_;
  std::exception_ptr thrown_;
};

class Pool {
 public:
  // Never destroyed: its threads sleep in it until the process ends.
  static Pool& instance() {
    static Pool& pool = *new Pool;
    return pool;
  }

  void help(Job& job, size_t helpers) {
    {
      const std::lock_guard lock(mutex_);
      job.wanted = helpers;
      jobs_.push_back(&job);
      start_threads(helpers);
    }
    work_waits_.notify_all();
  }
  // Lets no more threads join, and waits for those that have.
  void dismiss(Job& job) {
    std::unique_lock lock(mutex_);
    std::erase(jobs_, &job);
    work_ended_.wait(lock, [&] { return job.working == 0; });
  }

 private:
  // A system that gives no more threads costs speed, nothing else.
  void start_threads(size_t helpers) {
    const size_t most = std::max(1u, std::thread::hardware_concurrency());
    try {
      for (; idle_ < helpers && threads_ < most; ++idle_, ++threads_)
        std::thread([this] { run(); }).detach();
    } catch (const std::system_error&) {
    }
  }

  [[noreturn]] void run() {
    std::unique_lock lock(mutex_);
    while (true) {
      work_waits_.wait(lock, [&] { return !jobs_.empty(); });
      Job& job = *jobs_.front();
      if (--job.wanted == 0) jobs_.pop_front();
      ++job.working;
      --idle_;
      lock.unlock();
      job.work();
      lock.lock();
      ++idle_;
      if (--job.working == 0) work_ended_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable work_waits_;
  std::condition_variable work_ended_;
  std::deque<Job*> jobs_;
  size_t threads_ = 0;
  size_t idle_ = 0;
};

}  // namespace

void run_parallel(size_t tasks, size_t threads, const std::function<void(size_t)>& task) {
  const size_t helpers = std::min(tasks, std::max<size_t>(threads, 1));
  Job job(tasks, task);
  if (helpers < 2) {
    job.work();
    return job.rethrow();
  }
  Pool::instance().help(job, helpers - 1);
  job.work();
  Pool::instance().dismiss(job);
  job.rethrow();
}

}  // namespace fitstream
