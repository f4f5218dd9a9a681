#include "file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace fitstream {
namespace {

// First look at a header: three blocks hold most of them, and cost one page-cache copy of 8 KiB.
constexpr uint64_t kFirstHeaderRead = 3 * kBlock;

// How far padding behind the last HDU is looked at.
constexpr uint64_t kPaddingRead = uint64_t{1} << 20;

// Whether nothing but NULs and spaces follows, as far as it is looked at: writers pad with them.
Result<bool> is_padding(const File& file, uint64_t offset) {
  std::vector<std::byte> bytes(std::min(file.size() - offset, kPaddingRead));
  if (Status read = file.read(offset, bytes); !read) return read.error();
  return std::ranges::all_of(bytes,
                             [](std::byte b) { return b == std::byte{0} || b == std::byte{' '}; });
}

}  // namespace

Result<File> File::open(const std::string& path) {
  if (Status name = check_path(path); !name) return name.error();
  // Without O_NONBLOCK a pipe that nobody writes to would be waited for; files do not mind it.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return system_error("cannot open the file", path);
  struct stat s;
  if (::fstat(fd, &s) != 0) {
    Error e = system_error("cannot stat the file", path);
    ::close(fd);
    return e;
  }
  if (!S_ISREG(s.st_mode)) {
    ::close(fd);
    return Error::of(ErrorCode::kIo, "not a regular file").at_path(path);
  }
  return File(fd, path, stamp_of(s));
}

Result<File> File::open_immutable(const std::string& path) {
  auto kept = MappedFile::kept(path);
  if (!kept) return kept.error();
  if (*kept) {
    File file(-1, path, (*kept)->stamp());
    file.mapping_ = std::move(*kept);
    return file;
  }
  auto file = File::open(path);
  if (!file) return file;
  file->mapping_ = MappedFile::keep(file->fd_);
  if (file->mapping_) file->stamp_ = file->mapping_->stamp();
  return file;
}

File::File(int fd, std::string path, FileStamp stamp)
    : fd_(fd), path_(std::move(path)), stamp_(stamp) {}
File::File(File&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      path_(std::move(other.path_)),
      stamp_(other.stamp_),
      mapping_(std::move(other.mapping_)) {}
File& File::operator=(File&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(path_, other.path_);
  std::swap(stamp_, other.stamp_);
  std::swap(mapping_, other.mapping_);
  return *this;
}
File::~File() {
  if (fd_ >= 0) ::close(fd_);
}

Status File::read(uint64_t offset, MutableByteSpan to) const {
  const auto too_short = [&](uint64_t there) {
    return Error::of(ErrorCode::kTruncated, "the file ends inside the bytes that were asked for",
                     std::to_string(to.size()) + " bytes", std::to_string(there))
        .at_path(path_)
        .at_offset(offset);
  };
  if (mapping_) {
    const auto from = view(offset, to.size());
    if (!from) return too_short(size() - std::min(size(), offset));
    std::ranges::copy(*from, to.begin());
    return check_views();
  }
  size_t done = 0;
  while (done < to.size()) {
    const ssize_t n =
        ::pread(fd_, to.data() + done, to.size() - done, static_cast<off_t>(offset + done));
    if (n > 0) {
      done += static_cast<size_t>(n);
    } else if (n == 0) {
      return too_short(done);
    } else if (errno != EINTR) {
      return system_error("cannot read the file", path_).at_offset(offset);
    }
  }
  return ok();
}

std::optional<ByteSpan> File::view(uint64_t offset, uint64_t length) const {
  if (!mapping_ || offset > size() || length > size() - offset) return std::nullopt;
  return mapping_->bytes().subspan(offset, length);
}

Status File::check_views() const {
  if (!mapping_ || mapping_->is_intact()) return ok();
  return Error::of(ErrorCode::kFileChanged, "the file was cut off while it was read",
                   std::to_string(size()) + " bytes", "fewer")
      .at_path(path_);
}

Status check_unchanged(const File& file, const std::optional<FileStamp>& stamp) {
  return stamp ? check_stamp(file.stamp(), *stamp, file.path()) : ok();
}

Result<std::string> read_header(const File& file, const Hdu& hdu) {
  // A last header may stop short of its block: the cards are all there, or END was not found.
  const uint64_t length =
      std::min(hdu.header_length, file.size() - std::min(file.size(), hdu.header_offset));
  std::string text(length, '\0');
  const Status read = file.read(hdu.header_offset, std::as_writable_bytes(std::span(text)));
  if (!read) return read.error();
  return text;
}

Result<std::optional<Hdu>> hdu_at(const File& file, uint64_t offset, uint64_t index) {
  if (offset >= file.size()) {
    if (index > 0) return std::optional<Hdu>();
    return Error::of(ErrorCode::kEmpty, "the file is empty").at_path(file.path());
  }
  const uint64_t left = file.size() - offset;
  std::string text;
  for (uint64_t want = kFirstHeaderRead;; want *= 2) {
    const size_t had = text.size();
    text.resize(std::min(want, left));
    const Status read =
        file.read(offset + had, std::as_writable_bytes(std::span(text)).subspan(had));
    if (!read) return read.error();
    auto hdu = scan_hdu(text, offset, index);
    if (!hdu) return std::move(hdu.error()).at_path(file.path());
    if (*hdu) return hdu;
    if (text.size() == left || text.size() >= kMaxHeaderLength)
      return Error::of(ErrorCode::kNoEnd, "the header has no END card", {},
                       std::to_string(text.size()) + " bytes without it")
          .at_path(file.path())
          .at_hdu(static_cast<int64_t>(index))
          .at_offset(offset);
  }
}

Result<HduWalk> walk_hdus(const File& file, uint64_t last, HduPlace from) {
  HduWalk walk;
  for (HduPlace at = from; at.index <= last; ++at.index) {
    auto hdu = hdu_at(file, at.offset, at.index);
    if (!hdu) {
      if (at.index == 0) return hdu.error();
      const auto padding = is_padding(file, at.offset);
      if (!padding) return padding.error();
      if (!*padding) walk.damage = std::move(hdu.error());
      break;
    }
    if (!*hdu) break;
    at.offset = (*hdu)->end();
    walk.hdus.push_back(std::move(**hdu));
  }
  return walk;
}

}  // namespace fitstream
