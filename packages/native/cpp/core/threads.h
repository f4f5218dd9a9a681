// Threads of the process, shared by all that have work to split. They are started when they are
// first needed, and stay.
#pragma once

#include <cstddef>
#include <functional>

namespace fitstream {

// Calls task(0) to task(tasks - 1), each once, on this thread and on at most `threads` - 1 others,
// and returns when all of them have ended. Tasks are begun in order: when task i runs, all before
// it have been begun. Which thread runs which is left to chance, so a result must not depend on it.
// Never waits for a thread: a busy pool means that this thread does more. A task may call this,
// too. What a task throws (std::bad_alloc) is thrown here when all begun tasks have ended; the
// tasks that had not been begun are left out.
void run_parallel(size_t tasks, size_t threads, const std::function<void(size_t)>& task);

}  // namespace fitstream
