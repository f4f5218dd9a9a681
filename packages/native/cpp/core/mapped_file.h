// Files that their users declare immutable, mapped into memory and kept for the life of the
// process: reading pixels is then one pass from the page cache, without a system call. A mapped
// file that shrinks all the same is found out when it is read (sigbus_guard.h).
#pragma once

#include <memory>
#include <string>

#include "bytes.h"
#include "file_stamp.h"
#include "sigbus_guard.h"

namespace fitstream {

class MappedFile;
using Mapping = std::shared_ptr<const MappedFile>;

class MappedFile {
 public:
  // The mapping that an earlier call kept of the file at `path`; null where there is none. The file
  // is looked at each time: when it is not what was mapped, the mapping is dropped. Who holds a
  // stamp compares it with the new one.
  static Result<Mapping> kept(const std::string& path);

  // Maps a regular file that is open, and keeps the mapping. Null where it has to be read by pread:
  // it is empty, or lies on a network file system, whose server may cut it any time.
  static Mapping keep(int fd);

  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  ByteSpan bytes() const { return bytes_; }
  const FileStamp& stamp() const { return stamp_; }

  // Whether all that was read of bytes() was the file's. The end of the page that the file now ends
  // in reads as zeros without a signal; the last page that it had tells, unless it is the same one.
  bool is_intact() const;

 private:
  MappedFile(ByteSpan bytes, SigbusGuard guard, FileStamp stamp)
      : bytes_(bytes), guard_(std::move(guard)), stamp_(stamp) {}
  ByteSpan bytes_;
  SigbusGuard guard_;
  FileStamp stamp_;
};

}  // namespace fitstream
