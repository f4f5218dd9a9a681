// A local file, read by pread; or from a kept mapping, where its user declares it immutable
// (docs/architecture.md, "Files").
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "bytes.h"
#include "file_stamp.h"
#include "hdu.h"
#include "mapped_file.h"
#include "status.h"

namespace fitstream {

// Raised by another thread to end a read early. Checked between blocks.
using CancelFlag = const std::atomic<int32_t>*;

inline bool is_cancelled(CancelFlag flag) {
  return flag && flag->load(std::memory_order_relaxed) != 0;
}

class File {
 public:
  static Result<File> open(const std::string& path);
  // The same for a file that nobody will change while this process lives. It is mapped where that
  // is possible, and read by pread elsewhere.
  static Result<File> open_immutable(const std::string& path);
  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File();

  const std::string& path() const { return path_; }
  const FileStamp& stamp() const { return stamp_; }
  uint64_t size() const { return stamp_.size; }

  // Fills `to` from byte `offset`. A file that ends sooner gives kTruncated.
  Status read(uint64_t offset, MutableByteSpan to) const;

  // These bytes where they lie, while the file is open; nothing when it is not mapped or ends
  // sooner. What was made of them counts if check_views() says so afterwards.
  std::optional<ByteSpan> view(uint64_t offset, uint64_t length) const;
  // kFileChanged where the file was cut off while it was mapped.
  Status check_views() const;

 private:
  File(int fd, std::string path, FileStamp stamp);
  int fd_ = -1;  // -1: all is read from the mapping
  std::string path_;
  FileStamp stamp_;
  Mapping mapping_;
};

// kFileChanged when the file is no longer what it was; nothing is known without a stamp.
Status check_unchanged(const File& file, const std::optional<FileStamp>& stamp);

// What a walk over the headers of a file found.
struct HduWalk {
  std::vector<Hdu> hdus;
  // Why the walk ended before the end of the file: a damaged header, bytes that are no extension.
  // The HDUs before it are good. NULs and spaces after the last HDU are no damage.
  std::optional<Error> damage;
};

// Where an HDU starts.
struct HduPlace {
  uint64_t offset = 0;
  uint64_t index = 0;
};

// Header text of one HDU, without its data.
Result<std::string> read_header(const File& file, const Hdu& hdu);

// Walks from HDU to HDU, reading headers only, until `last` (inclusive) or the end of the file.
// Fails when there is not even a first HDU in the file.
Result<HduWalk> walk_hdus(const File& file, uint64_t last = UINT64_MAX, HduPlace from = {});

// The HDU that starts at byte `offset` and is number `index`; nothing at the end of the file.
Result<std::optional<Hdu>> hdu_at(const File& file, uint64_t offset, uint64_t index);

}  // namespace fitstream
