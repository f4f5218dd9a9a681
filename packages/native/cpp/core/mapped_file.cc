#include "mapped_file.h"

#include <sys/mman.h>
#if defined(__linux__)
#include <sys/vfs.h>
#else
#include <sys/mount.h>
#include <sys/param.h>
#endif

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

namespace fitstream {
namespace {

// Far from what a process may have: 65,530 mappings on Linux, 128 TiB of addresses on any 64-bit
// machine. A mapping in use outlives its place here.
constexpr size_t kMaxMappings = 1024;
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
    const auto at = kept_.find({s.st_dev, s.st_ino});
    if (at == kept_.end()) return nullptr;
    at->second.last_use = ++clock_;
    return at->second.mapping;
  }

  void drop(const struct stat& s, const Mapping& mapping) {
    const std::lock_guard lock(mutex_);
    const auto at = kept_.find({s.st_dev, s.st_ino});
    if (at != kept_.end() && at->second.mapping == mapping) erase(at);
  }

  void put(const struct stat& s, Mapping mapping) {
    const std::lock_guard lock(mutex_);
    const Key key{s.st_dev, s.st_ino};
    if (const auto at = kept_.find(key); at != kept_.end()) erase(at);
    bytes_ += mapping->bytes().size();
    kept_.emplace(key, Kept{std::move(mapping), ++clock_});
    while (kept_.size() > 1 && (kept_.size() > kMaxMappings || bytes_ > kMaxBytes))
      erase(std::ranges::min_element(kept_, {}, [](const auto& k) { return k.second.last_use; }));
  }

 private:
  using Key = std::pair<dev_t, ino_t>;
  struct Kept {
    Mapping mapping;
    uint64_t last_use;
  };

  void erase(std::map<Key, Kept>::iterator at) {
    bytes_ -= at->second.mapping->bytes().size();
    kept_.erase(at);
  }

  std::mutex mutex_;
  std::map<Key, Kept> kept_;
  uint64_t bytes_ = 0;
  uint64_t clock_ = 0;
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
  if (!mapping || mapping->stamp() == stamp_of(*s)) return mapping;
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
  const Mapping mapping(new MappedFile(bytes, stamp_of(s)));
  cache().put(s, mapping);
  return mapping;
}

MappedFile::~MappedFile() { ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size()); }

}  // namespace fitstream
