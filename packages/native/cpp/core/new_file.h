// A file that appears under its name complete, or not at all.
#pragma once

#include <string>

#include "file.h"
#include "status.h"

namespace fitstream {

// How a finished file takes its name.
struct PublishOptions {
  bool overwrite = false;  // false: an error where something of that name is there
  bool sync = false;       // wait until the bytes and the name are on the disk
};

class NewFile {
 public:
  // Nothing is made yet: the caller creates `temporary()`, which lies beside `path`.
  static Result<NewFile> beside(const std::string& path);
  NewFile(NewFile&& other) noexcept;
  NewFile& operator=(NewFile&&) = delete;
  ~NewFile();

  const std::string& path() const { return path_; }
  // Absolute: CFITSIO strips leading spaces of a name and replaces a leading '~'.
  const std::string& temporary() const { return temporary_; }

  // Renames the temporary file. Of several writers that may not overwrite, one succeeds.
  Status publish(const PublishOptions& options);

 private:
  NewFile(std::string path, std::string target);

  std::string path_;    // as it was given, for errors
  std::string target_;  // absolute: the working directory may change
  std::string temporary_;
};

// An error where something of this name is there.
Status check_free(const std::string& path);

}  // namespace fitstream
