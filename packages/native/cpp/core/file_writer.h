// Writing bytes of a local file, by pwrite.
#pragma once

#include <string>

#include "file.h"
#include "status.h"

namespace fitstream {

class FileWriter {
 public:
  // A new file; an error where something of this name is there.
  static Result<FileWriter> create(const std::string& path, uint32_t mode);
  static Result<FileWriter> open(const std::string& path);
  FileWriter(FileWriter&& other) noexcept;
  FileWriter& operator=(FileWriter&&) = delete;
  ~FileWriter();

  Status write(uint64_t offset, ByteSpan bytes);
  // `length` bytes of another file. Looks at `cancel` between pieces.
  Status copy(const File& from, uint64_t from_offset, uint64_t length, uint64_t to_offset,
              CancelFlag cancel);
  // Cuts the file, or lengthens it by zeros.
  Status resize(uint64_t size);
  // Waits until the bytes are on the disk.
  Status sync();

 private:
  FileWriter(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  int fd_ = -1;
  std::string path_;
};

}  // namespace fitstream
