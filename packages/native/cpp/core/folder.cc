#include "folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <string_view>

namespace fitstream {
namespace {

// As File::open.
constexpr int kFile = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
#if defined(O_PATH)
constexpr int kFolder = O_PATH | O_DIRECTORY | O_CLOEXEC;
#else
constexpr int kFolder = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
#endif

}  // namespace

int Folder::open_file(const std::string& path) {
  const size_t length = path.rfind('/') + 1;  // 0 where there is none
  const std::string_view name = std::string_view(path).substr(0, length);
  if (name != name_) {
    leave();
    name_ = name;
  } else if (fd_ < 0 && length > 0) {
    // The second file in a row.
    fd_ = ::open(name_.c_str(), kFolder);
  }
  return fd_ < 0 ? ::open(path.c_str(), kFile) : ::openat(fd_, path.c_str() + length, kFile);
}

void Folder::leave() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

}  // namespace fitstream
