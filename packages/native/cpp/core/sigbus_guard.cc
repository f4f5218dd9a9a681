#include "sigbus_guard.h"

#include <sys/mman.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <mutex>
#include <vector>

namespace fitstream {

// All that the handler looks at is atomic and lies in memory that is never freed: it may run
// between any two instructions of any thread.
struct GuardedPages {
  // Odd while the place is given to another mapping. Those that are being read are not.
  std::atomic<uint32_t> version = 0;
  std::atomic<uintptr_t> begin = 0;
  std::atomic<size_t> length = 0;
  std::atomic<bool> is_damaged = false;
};

namespace {

static_assert(std::atomic<uintptr_t>::is_always_lock_free &&
              std::atomic<size_t>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

// What a process may have mapped on Linux, unless it is told otherwise.
constexpr size_t kMaxGuarded = 65536;
GuardedPages places[kMaxGuarded];
std::atomic<size_t> used_places = 0;  // all behind them were never given away

struct sigaction before;

void set(GuardedPages& place, ByteSpan mapping) {
  ++place.version;
  place.begin = reinterpret_cast<uintptr_t>(mapping.data());
  place.length = mapping.size();
  place.is_damaged = false;
  ++place.version;
}

// Zeros instead of the mapping that `address` lies in; false where it is none of ours. All of it is
// replaced: a part would make two mappings out of one, of which there may be too many already.
bool replace_pages_at(uintptr_t address) {
  for (size_t i = 0; i < used_places; ++i) {
    GuardedPages& place = places[i];
    const uint32_t version = place.version;
    const uintptr_t begin = place.begin;
    const size_t length = place.length;
    if (version % 2 != 0 || place.version != version) continue;
    if (address - begin >= length) continue;
    // First: no thread may see zeros and no damage.
    place.is_damaged = true;
    return ::mmap(reinterpret_cast<void*>(begin), length, PROT_READ,
                  MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
  }
  return false;
}

void hand_on(int signal, siginfo_t* info, void* context) {
  if (before.sa_flags & SA_SIGINFO) return before.sa_sigaction(signal, info, context);
  const bool is_sent = info->si_code <= 0;  // by kill() and its like
  if (before.sa_handler == SIG_IGN && is_sent) return;
  if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN)
    return before.sa_handler(signal);
  // Takes effect when the handler returns.
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

void on_sigbus(int signal, siginfo_t* info, void* context) {
  const int error = errno;
  const bool is_fault = info->si_code > 0;
  if (!is_fault || !replace_pages_at(reinterpret_cast<uintptr_t>(info->si_addr)))
    hand_on(signal, info, context);
  errno = error;
}

void install_handler() {
  struct sigaction ours = {};
  ours.sa_sigaction = on_sigbus;
  ours.sa_flags = SA_SIGINFO | SA_ONSTACK;
  ::sigemptyset(&ours.sa_mask);
  // In two steps: the handler must not run before it knows whom to hand on to.
  ::sigaction(SIGBUS, nullptr, &before);
  ::sigaction(SIGBUS, &ours, nullptr);
}

// Gives places away. Never destroyed: threads may read while the process exits.
struct Registry {
  std::mutex mutex;
  std::vector<GuardedPages*> free;

  GuardedPages* take() {
    if (free.empty()) return used_places < kMaxGuarded ? &places[used_places++] : nullptr;
    GuardedPages* const place = free.back();
    free.pop_back();
    return place;
  }
};
Registry& registry() {
  static Registry& the = *new Registry;
  return the;
}

}  // namespace

SigbusGuard guard_pages(ByteSpan mapping) {
  static std::once_flag is_installed;
  std::call_once(is_installed, install_handler);
  const std::lock_guard lock(registry().mutex);
  SigbusGuard guard(registry().take());
  if (guard) set(*guard, mapping);
  return guard;
}

void EndGuard::operator()(GuardedPages* pages) const {
  const std::lock_guard lock(registry().mutex);
  set(*pages, {});
  registry().free.push_back(pages);
}

bool is_damaged(const GuardedPages& pages) { return pages.is_damaged; }

}  // namespace fitstream
