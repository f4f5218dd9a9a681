#include "mapped_file.h"

#include <sys/mman.h>
#if defined(__linux__)
#include <sys/vfs.h>
#else
#include <sys/mount.h>
#include <sys/param.h>
#endif

#include <algorithm>
#include <list>
#include <map>
#include <mutex>
#include <utility>

namespace fitstream {
namespace {

// Half of the mappings that a process may have on Linux, and far from the 128 TiB of addresses that
// it has on any 64-bit machine. A mapping in use outlives its place here.
constexpr size_t kMaxMappings = 32768;
constexpr uint64_t kMaxBytes = uint64_t{1} << 40;

#if defined(__linux__)
bool is_remote(int fd) {
  // As in linux/magic.h and the file systems' own sources: NFS, SMB, SMB2, CIFS, FUSE (sshfs, S3
  // mounts), 9P, Ceph, Lustre, AFS, GPFS, BeeGFS.
  constexpr uint32_t kRemote[] = {0x6969,     0x517b,     0xfe534d42, 0xff534d42,
                                  0x65735546, 0x01021997, 0x00c36400, 0x0bd00bd0,
                                  0x5346414f, 0x47504653, 0x19830326};
  struct statfs s;
  return ::fstatfs(fd, &s) != 0 ||
         std::ranges::find(kRemote, static_cast<uint32_t>(s.f_type)) != std::end(kRemote);
}
#else
bool is_remote(int fd) {
  struct statfs s;
  return ::fstatfs(fd, &s) != 0 || (s.f_flags & MNT_LOCAL) == 0;
}
#endif

// The kept mappings, by device and inode: a file's inode number is not given to another file while
// it is mapped.
class Cache {
 public:
  Mapping find(const struct stat& s) {
    const std::lock_guard lock(mutex_);
    const auto at = places_.find({s.st_dev, s.st_ino});
    if (at == places_.end()) return nullptr;
    by_use_.splice(by_use_.begin(), by_use_, at->second);
    return by_use_.front().mapping;
  }

  void drop(const struct stat& s, const Mapping& mapping) {
    const std::lock_guard lock(mutex_);
    const auto at = places_.find({s.st_dev, s.st_ino});
    if (at != places_.end() && at->second->mapping == mapping) erase(at->second);
  }

  void put(const struct stat& s, Mapping mapping) {
    const std::lock_guard lock(mutex_);
    const Key key{s.st_dev, s.st_ino};
    if (const auto at = places_.find(key); at != places_.end()) erase(at->second);
    bytes_ += mapping->bytes().size();
    by_use_.push_front({key, std::move(mapping)});
    places_.emplace(key, by_use_.begin());
    while (by_use_.size() > 1 && (by_use_.size() > kMaxMappings || bytes_ > kMaxBytes))
      erase(std::prev(by_use_.end()));
  }

 private:
  using Key = std::pair<dev_t, ino_t>;
  struct Kept {
    Key key;
    Mapping mapping;
  };

  void erase(std::list<Kept>::iterator kept) {
    bytes_ -= kept->mapping->bytes().size();
    places_.erase(kept->key);
    by_use_.erase(kept);
  }

  std::mutex mutex_;
  std::list<Kept> by_use_;  // most recently used first
  std::map<Key, std::list<Kept>::iterator> places_;
  uint64_t bytes_ = 0;
};

// One for all threads. Never destroyed: threads may read while the process exits.
Cache& cache() {
  static Cache& the = *new Cache;
  return the;
}

}  // namespace

Result<Mapping> MappedFile::kept(const std::string& path) {
  const auto s = stat_path(path);
  if (!s) return s.error();
  Mapping mapping = cache().find(*s);
  if (!mapping || (mapping->stamp() == stamp_of(*s) && !is_damaged(*mapping->guard_)))
    return mapping;
  cache().drop(*s, mapping);
  return Mapping();
}

Mapping MappedFile::keep(int fd) {
  struct stat s;
  if (::fstat(fd, &s) != 0 || s.st_size <= 0 || is_remote(fd)) return nullptr;
  const size_t length = static_cast<size_t>(s.st_size);
  void* address = ::mmap(nullptr, length, PROT_READ, MAP_SHARED, fd, 0);
  if (address == MAP_FAILED) return nullptr;
  const ByteSpan bytes(static_cast<const std::byte*>(address), length);
  SigbusGuard guard = guard_pages(bytes);
  if (!guard) {
    ::munmap(address, length);
    return nullptr;
  }
  const Mapping mapping(new MappedFile(bytes, std::move(guard), stamp_of(s)));
  cache().put(s, mapping);
  return mapping;
}

bool MappedFile::is_intact() const {
  static_cast<void>(*static_cast<const volatile std::byte*>(&bytes_.back()));
  return !is_damaged(*guard_);
}

MappedFile::~MappedFile() {
  guard_.reset();
  ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

}  // namespace fitstream
