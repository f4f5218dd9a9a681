#include "file_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

namespace fitstream {
namespace {

// Long enough that the calls cost nothing, short enough for the L2 cache.
constexpr uint64_t kPiece = uint64_t{1} << 20;

}  // namespace

Result<FileWriter> FileWriter::create(const std::string& path, uint32_t mode) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) return system_error("cannot create the file", path);
  return FileWriter(fd, path);
}

Result<FileWriter> FileWriter::open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return system_error("cannot open the file for writing", path);
  return FileWriter(fd, path);
}

FileWriter::FileWriter(FileWriter&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {}
FileWriter::~FileWriter() {
  if (fd_ >= 0) ::close(fd_);
}

Status FileWriter::write(uint64_t offset, ByteSpan bytes) {
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n =
        ::pwrite(fd_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
    if (n >= 0)
      done += static_cast<size_t>(n);
    else if (errno != EINTR)
      return system_error("cannot write the file", path_).at_offset(offset);
  }
  return ok();
}

Status FileWriter::copy(const File& from, uint64_t from_offset, uint64_t length, uint64_t to_offset,
                        CancelFlag cancel) {
  std::vector<std::byte> piece(std::min(length, kPiece));
  for (uint64_t done = 0; done < length;) {
    if (is_cancelled(cancel)) return Error::of(ErrorCode::kAborted, "the write was aborted");
    const MutableByteSpan part(piece.data(), std::min(length - done, kPiece));
    if (Status s = from.read(from_offset + done, part); !s) return s;
    if (Status s = write(to_offset + done, part); !s) return s;
    done += part.size();
  }
  return ok();
}

Status FileWriter::resize(uint64_t size) {
  if (::ftruncate(fd_, static_cast<off_t>(size)) == 0) return ok();
  return system_error("cannot change the size of the file", path_);
}

Status FileWriter::sync() {
  if (::fsync(fd_) == 0) return ok();
  return system_error("cannot write the file to its disk", path_);
}

}  // namespace fitstream
