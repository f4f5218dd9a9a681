// A file that is being changed: a copy that replaces it when all is done, or the file itself.
#pragma once

#include <string>
#include <vector>

#include "../file.h"
#include "../file_writer.h"
#include "../new_file.h"
#include "update.h"

namespace fitstream::cfitsio {

// Room that a table gets: behind its rows, and behind its heap.
struct Growth {
  uint64_t rows = 0;  // bytes
  uint64_t heap = 0;  // bytes
  uint64_t total() const { return rows + heap; }
};

class FileEdit {
 public:
  // Waits while another edit of this file goes on, here or in another process.
  static Result<FileEdit> begin(const std::string& path, bool in_place, CancelFlag cancel);
  FileEdit(FileEdit&&) noexcept = default;
  FileEdit& operator=(FileEdit&&) = delete;
  ~FileEdit();

  const File& original() const { return original_; }
  const HduWalk& walk() const { return walk_; }
  // By number, or by EXTNAME in any case.
  Result<Hdu> find(const HduSelector& selector) const;

  // Makes the copy, with room in the table `hdu`. In place no data may move, so that a failure can
  // be undone: room is had at the end of the file only.
  Status prepare(const Hdu& hdu, const Growth& growth, CancelFlag cancel);
  // In place: remembers bytes that will change.
  Status keep(uint64_t offset, uint64_t length);
  // What CFITSIO opens: under a name of its own, because it shares what it knows of a file between
  // all who open that name.
  const std::string& working_path() const { return working_.temporary(); }

  Status finish(bool sync);

 private:
  // Holds the lock on the file.
  class Lock {
   public:
    explicit Lock(int fd) : fd_(fd) {}
    Lock(Lock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Lock& operator=(Lock&&) = delete;
    ~Lock();

   private:
    int fd_;
  };
  struct Kept {
    uint64_t offset = 0;
    std::vector<std::byte> bytes;
  };

  FileEdit(Lock lock, File original, HduWalk walk, NewFile working, bool in_place)
      : lock_(std::move(lock)),
        original_(std::move(original)),
        walk_(std::move(walk)),
        working_(std::move(working)),
        in_place_(in_place) {}
  static Result<Lock> lock(const std::string& path, CancelFlag cancel);
  Status copy_with_room(const Hdu& hdu, const Growth& growth, CancelFlag cancel);
  Status link_in_place(const Hdu& hdu, const Growth& growth);
  void undo();

  Lock lock_;
  File original_;
  HduWalk walk_;
  NewFile working_;
  bool in_place_;
  bool is_changing_ = false;  // in place, and not finished
  std::vector<Kept> kept_;
};

}  // namespace fitstream::cfitsio
