#include "file_stamp.h"

#include <cerrno>
#include <cstring>

namespace fitstream {

FileStamp stamp_of(const struct stat& s) {
#if defined(__APPLE__)
  const timespec& t = s.st_mtimespec;
#else
  const timespec& t = s.st_mtim;
#endif
  return {static_cast<uint64_t>(s.st_size),
          static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_nsec) / 1e6};
}

Status check_path(const std::string& path) {
  if (path.find('\0') == std::string::npos) return ok();
  return Error::of(ErrorCode::kBadArgument, "no file has a name with a NUL in it").at_path(path);
}

Status check_stamp(const FileStamp& found, const FileStamp& expected, const std::string& path) {
  if (found == expected) return ok();
  const auto text = [](const FileStamp& stamp) {
    return std::to_string(stamp.size) + " bytes, modified at " + std::to_string(stamp.mtime_ms) +
           " ms";
  };
  return Error::of(ErrorCode::kFileChanged, "the file changed after it was looked at first",
                   text(expected), text(found))
      .at_path(path);
}

Result<struct stat> stat_path(const std::string& path) {
  if (Status name = check_path(path); !name) return name.error();
  struct stat s;
  if (::stat(path.c_str(), &s) != 0) return system_error("cannot stat the file", path);
  return s;
}

Result<FileStamp> stat_file(const std::string& path) {
  const auto s = stat_path(path);
  if (!s) return s.error();
  return stamp_of(*s);
}

Error system_error(std::string what, const std::string& path) {
  const ErrorCode code =
      errno == ENOENT || errno == ENOTDIR ? ErrorCode::kNotFound : ErrorCode::kIo;
  return Error::of(code, std::move(what), {}, std::strerror(errno)).at_path(path);
}

}  // namespace fitstream
