#include "new_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <random>
#include <utility>

#include "file_writer.h"

namespace fitstream {
namespace {

Error system_error(std::string what) {
  return Error::of(ErrorCode::kIo, std::move(what), {}, std::strerror(errno));
}

Error not_free() {
  return Error::of(ErrorCode::kBadArgument, "the file exists; pass overwrite to replace it");
}

// Nobody else's name, in this process or another.
std::string unique_suffix() {
  std::random_device random;
  char text[40];
  std::snprintf(text, sizeof text, ".tmp-%08x%08x", random(), random());
  return text;
}

// A new name for the file, only where the name is free: link() is atomic.
Status take_free_name(const std::string& temporary, const std::string& path) {
  if (::link(temporary.c_str(), path.c_str()) == 0) {
    ::unlink(temporary.c_str());
    return ok();
  }
  if (errno == EEXIST) return not_free();
  if (errno != EPERM && errno != ENOTSUP && errno != EMLINK && errno != ENOSYS)
    return system_error("cannot rename the finished file");
  // A file system without hard links: an empty file claims the name, and is then replaced.
  const int claim = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (claim < 0 && errno == EEXIST) return not_free();
  if (claim < 0) return system_error("cannot rename the finished file");
  ::close(claim);
  if (std::rename(temporary.c_str(), path.c_str()) == 0) return ok();
  Error e = system_error("cannot rename the finished file");
  ::unlink(path.c_str());
  return e;
}

Status replace(const std::string& temporary, const std::string& path) {
  if (std::rename(temporary.c_str(), path.c_str()) == 0) return ok();
  return system_error("cannot rename the finished file");
}

// The name is on the disk when its folder is.
Status sync_folder_of(const std::string& absolute) {
  const std::string folder = std::filesystem::path(absolute).parent_path().string();
  const int fd = ::open(folder.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return system_error("cannot open the folder");
  const bool is_done = ::fsync(fd) == 0;
  Status s = is_done ? ok() : system_error("cannot write the folder to its disk");
  ::close(fd);
  return s;
}

}  // namespace

Result<NewFile> NewFile::beside(const std::string& path) {
  if (Status name = check_path(path); !name) return name.error();
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(path, error);
  if (error || path.empty())
    return Error::of(ErrorCode::kIo, "cannot make the file", {},
                     path.empty() ? "an empty name" : error.message())
        .at_path(path);
  return NewFile(path, absolute.string());
}

NewFile::NewFile(std::string path, std::string target)
    : path_(std::move(path)), target_(std::move(target)), temporary_(target_ + unique_suffix()) {}
NewFile::NewFile(NewFile&& other) noexcept
    : path_(std::move(other.path_)),
      target_(std::move(other.target_)),
      temporary_(std::exchange(other.temporary_, {})) {}
NewFile::~NewFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

Status NewFile::publish(const PublishOptions& options) {
  if (options.sync) {
    auto file = FileWriter::open(temporary_);
    if (!file) return file.error();
    if (Status s = file->sync(); !s) return s;
  }
  Status named = options.overwrite ? replace(temporary_, path_) : take_free_name(temporary_, path_);
  if (!named) return named;
  temporary_.clear();
  return options.sync ? sync_folder_of(target_) : ok();
}

Status check_free(const std::string& path) {
  struct stat s;
  // A link that leads nowhere takes the name, too.
  if (::lstat(path.c_str(), &s) != 0) return ok();
  return not_free().at_path(path);
}

}  // namespace fitstream
