// What is known of a file without reading it.
#pragma once

#include <sys/stat.h>

#include <string>

#include "status.h"

namespace fitstream {

// Size and modification time of a file when it was looked at.
struct FileStamp {
  uint64_t size = 0;
  double mtime_ms = 0;  // since 1970, as far as a double resolves it (0.2 microseconds)
  bool operator==(const FileStamp&) const = default;
};
FileStamp stamp_of(const struct stat& s);

// A name with a NUL in it would be cut there, and another file be meant.
Status check_path(const std::string& path);

// kFileChanged, naming both, when `found` is not what was `expected`.
Status check_stamp(const FileStamp& found, const FileStamp& expected, const std::string& path);

// Without opening.
Result<struct stat> stat_path(const std::string& path);
Result<FileStamp> stat_file(const std::string& path);

// What errno says about a call that failed: kNotFound or kIo.
Error system_error(std::string what, const std::string& path);

}  // namespace fitstream
