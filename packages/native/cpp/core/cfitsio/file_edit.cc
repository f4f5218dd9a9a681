#include "file_edit.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <thread>

namespace fitstream::cfitsio {
namespace {

bool is_same_file(int fd, const std::string& path) {
  struct stat open_one, named;
  return ::fstat(fd, &open_one) == 0 && ::stat(path.c_str(), &named) == 0 &&
         open_one.st_dev == named.st_dev && open_one.st_ino == named.st_ino;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) ==
           std::tolower(static_cast<unsigned char>(y));
  });
}

}  // namespace

FileEdit::Lock::~Lock() {
  if (fd_ >= 0) ::close(fd_);
}

Result<FileEdit::Lock> FileEdit::lock(const std::string& path, CancelFlag cancel) {
  while (true) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return system_error("cannot open the file for writing", path);
    Lock lock(fd);
    // Where locks are not known there is no other edit to wait for that we could know of.
    while (::flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
      if (is_cancelled(cancel)) return Error::of(ErrorCode::kAborted, "the write was aborted");
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    // The edit that we waited for may have put another file under this name.
    if (is_same_file(fd, path)) return lock;
  }
}

Result<FileEdit> FileEdit::begin(const std::string& path, bool in_place, CancelFlag cancel) {
  if (Status name = check_path(path); !name) return name.error();
  std::error_code error;
  // A symbolic link stays one: what it leads to is replaced.
  const std::string real = std::filesystem::canonical(path, error).string();
  if (error) {
    errno = error.value();
    return system_error("cannot open the file", path);
  }
  auto locked = lock(real, cancel);
  if (!locked) return locked.error();
  auto original = File::open(real);
  if (!original) return original.error();
  auto walk = walk_hdus(*original);
  if (!walk) return walk.error();
  auto working = NewFile::beside(real);
  if (!working) return working.error();
  return FileEdit(std::move(*locked), std::move(*original), std::move(*walk), std::move(*working),
                  in_place);
}

FileEdit::~FileEdit() {
  if (is_changing_) undo();
}

Result<Hdu> FileEdit::find(const HduSelector& selector) const {
  const auto* name = std::get_if<std::string>(&selector);
  for (const Hdu& hdu : walk_.hdus)
    if (name ? equals_ignoring_case(hdu.extname, *name) : hdu.index == std::get<uint64_t>(selector))
      return hdu;
  if (walk_.damage) return *walk_.damage;
  return Error::of(ErrorCode::kOutOfBounds, "the file has no such HDU",
                   name ? "an EXTNAME" : "0 to " + std::to_string(walk_.hdus.size() - 1),
                   name ? *name : std::to_string(std::get<uint64_t>(selector)));
}

Status FileEdit::prepare(const Hdu& hdu, const Growth& growth, CancelFlag cancel) {
  return in_place_ ? link_in_place(hdu, growth) : copy_with_room(hdu, growth, cancel);
}

Status FileEdit::copy_with_room(const Hdu& hdu, const Growth& growth, CancelFlag cancel) {
  struct stat s;
  if (::stat(original_.path().c_str(), &s) != 0)
    return system_error("cannot stat the file", original_.path());
  auto copy = FileWriter::create(working_path(), s.st_mode & 07777U);
  if (!copy) return copy.error();
  const auto piece = [&](uint64_t from, uint64_t end, uint64_t to) {
    return copy->copy(original_, from, end - from, to, cancel);
  };
  const uint64_t data_end = hdu.data_offset + hdu.data_length;
  const uint64_t rows = hdu.table ? hdu.table->rows * hdu.table->row_length : hdu.data_length;
  const uint64_t rows_end = hdu.data_offset + std::min(rows, hdu.data_length);
  const auto length = checked_add(hdu.data_length, growth.total());
  const auto padded = length ? padded_to_block(*length) : length;
  if (!padded) return Error::of(ErrorCode::kSizeOverflow, "the size of the table overflows");
  if (data_end > original_.size())
    return Error::of(ErrorCode::kTruncated, "the file is shorter than its header says",
                     "data up to byte " + std::to_string(data_end),
                     std::to_string(original_.size()) + " bytes");
  const uint64_t new_end = hdu.data_offset + *padded;
  // The last block of the last HDU may not be there whole, which CFITSIO takes for the end.
  if (Status done = copy->resize(new_end); !done) return done;
  if (Status done = piece(0, rows_end, 0); !done) return done;
  if (Status done = piece(rows_end, data_end, rows_end + growth.rows); !done) return done;
  if (original_.size() <= hdu.end()) return ok();
  return piece(hdu.end(), original_.size(), new_end);
}

Status FileEdit::link_in_place(const Hdu& hdu, const Growth& growth) {
  const bool is_last = hdu.end() == original_.size();
  const bool has_heap = hdu.pcount > 0 && hdu.table;
  if (growth.heap > 0 || (growth.rows > 0 && (!is_last || has_heap)))
    return Error::of(ErrorCode::kUnsupported, "in place no data can move",
                     "rows without variable-length cells, at the end of the file",
                     "HDU " + std::to_string(hdu.index));
  if (original_.size() < hdu.end())
    return Error::of(ErrorCode::kUnsupported, "in place no file can be mended",
                     "a last block of 2880 bytes", "fewer");
  if (::symlink(original_.path().c_str(), working_path().c_str()) != 0)
    return system_error("cannot link to the file", original_.path());
  is_changing_ = true;
  if (Status kept = keep(hdu.header_offset, hdu.header_length); !kept) return kept;
  const uint64_t data_end = hdu.data_offset + hdu.data_length;
  return growth.rows > 0 ? keep(data_end, hdu.end() - data_end) : ok();
}

Status FileEdit::keep(uint64_t offset, uint64_t length) {
  if (!in_place_) return ok();
  Kept kept{offset, std::vector<std::byte>(length)};
  if (Status s = original_.read(offset, kept.bytes); !s) return s;
  kept_.push_back(std::move(kept));
  return ok();
}

void FileEdit::undo() {
  auto file = FileWriter::open(original_.path());
  if (!file) return;
  for (const Kept& kept : kept_) (void)file->write(kept.offset, kept.bytes);
  (void)file->resize(original_.size());
}

Status FileEdit::finish(bool sync) {
  is_changing_ = false;
  if (!in_place_) return working_.publish({.overwrite = true, .sync = sync});
  if (!sync) return ok();
  auto file = FileWriter::open(original_.path());
  return file ? file->sync() : Status(file.error());
}

}  // namespace fitstream::cfitsio
