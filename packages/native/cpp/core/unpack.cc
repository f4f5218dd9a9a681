#include "unpack.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <vector>

namespace fitstream {
namespace {

struct ArchiveDeleter {
  void operator()(archive* a) const { archive_read_free(a); }
};
using ArchivePtr = std::unique_ptr<archive, ArchiveDeleter>;

bool starts_with(ByteSpan bytes, std::string_view magic) {
  return bytes.size() >= magic.size() && std::memcmp(bytes.data(), magic.data(), magic.size()) == 0;
}

Error corrupt(archive* a) {
  const char* why = archive_error_string(a);
  return Error::of(ErrorCode::kCorrupt, "the compressed file cannot be unpacked", {},
                   why ? why : "damaged data");
}

constexpr size_t kPiece = size_t{1} << 20;

ArchivePtr new_reader() {
  ArchivePtr reader(archive_read_new());
  if (!reader) return reader;
  archive_read_support_filter_gzip(reader.get());
  archive_read_support_filter_bzip2(reader.get());
  archive_read_support_filter_compress(reader.get());
  archive_read_support_format_raw(reader.get());
  archive_read_support_format_zip(reader.get());
  return reader;
}

// A file as libarchive reads it.
struct PackedFile {
  const File& file;
  uint64_t at;
  std::vector<std::byte> piece;
  std::optional<Error> error;

  static la_ssize_t read(archive*, void* self, const void** bytes) {
    auto& input = *static_cast<PackedFile*>(self);
    const uint64_t left = input.file.size() - input.at;
    const MutableByteSpan some(input.piece.data(), std::min<uint64_t>(input.piece.size(), left));
    if (Status read = input.file.read(input.at, some); !read) {
      input.error = std::move(read.error());
      return ARCHIVE_FATAL;
    }
    input.at += some.size();
    *bytes = some.data();
    return static_cast<la_ssize_t>(some.size());
  }

  // The table of contents of a zip archive stands at its end.
  static la_int64_t seek(archive*, void* self, la_int64_t offset, int whence) {
    auto& input = *static_cast<PackedFile*>(self);
    const auto size = static_cast<la_int64_t>(input.file.size());
    const auto now = static_cast<la_int64_t>(input.at);
    const la_int64_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? now : size;
    if (offset < -from || offset > size - from) return ARCHIVE_FATAL;
    input.at = static_cast<uint64_t>(from + offset);
    return from + offset;
  }
};

// The data of one member, to the sink.
Status unpack_data(archive* reader, uint64_t max_bytes, CancelFlag cancel, const UnpackSink& sink,
                   std::vector<std::byte>& piece, size_t had) {
  for (uint64_t length = had;;) {
    if (is_cancelled(cancel)) return Error::of(ErrorCode::kAborted, "the read was aborted");
    if (length > max_bytes)
      return Error::of(ErrorCode::kLimit, "the file unpacks to more than the limit",
                       "at most " + std::to_string(max_bytes) + " bytes");
    if (Status taken = sink({piece.data(), had}); !taken) return taken;
    const la_ssize_t n = archive_read_data(reader, piece.data(), piece.size());
    if (n < 0) return corrupt(reader);
    if (n == 0) return ok();
    had = static_cast<size_t>(n);
    length += had;
  }
}

// The first member that starts as a FITS file does; the only one of what is no archive.
Status unpack_member(archive* reader, uint64_t max_bytes, CancelFlag cancel,
                     const UnpackSink& sink) {
  std::vector<std::byte> piece(kPiece);
  archive_entry* entry = nullptr;
  for (;;) {
    if (is_cancelled(cancel)) return Error::of(ErrorCode::kAborted, "the read was aborted");
    const int status = archive_read_next_header(reader, &entry);
    if (status == ARCHIVE_EOF)
      return Error::of(ErrorCode::kNotFits, "no member of the archive is a FITS file");
    if (status != ARCHIVE_OK) return corrupt(reader);
    const la_ssize_t n = archive_read_data(reader, piece.data(), piece.size());
    if (n < 0) return corrupt(reader);
    const auto had = static_cast<size_t>(n);
    const bool is_raw = archive_format(reader) == ARCHIVE_FORMAT_RAW;
    if (is_raw || starts_with({piece.data(), had}, "SIMPLE"))
      return unpack_data(reader, max_bytes, cancel, sink, piece, had);
  }
}

}  // namespace

std::string_view packing_of(ByteSpan first_bytes) {
  if (starts_with(first_bytes, "\x1f\x8b")) return "gzip";
  if (starts_with(first_bytes, "BZh")) return "bzip2";
  if (starts_with(first_bytes, "\x1f\x9d")) return "compress";
  if (starts_with(first_bytes, "PK\x03\x04")) return "zip";
  return {};
}

Status check_not_packed(const File& file) {
  std::array<std::byte, 6> head{};
  const size_t length = std::min<uint64_t>(head.size(), file.size());
  if (Status s = file.read(0, {head.data(), length}); !s) return s;
  const std::string_view packing = packing_of({head.data(), length});
  if (packing.empty()) return ok();
  return Error::of(ErrorCode::kUnsupported, "the file is compressed as a whole; unpack it first",
                   "a FITS file, tile-compressed or not", std::string(packing))
      .at_path(file.path());
}

Status unpack(ByteSpan packed, uint64_t max_bytes, CancelFlag cancel, const UnpackSink& sink) {
  const ArchivePtr reader = new_reader();
  if (!reader) return Error::of(ErrorCode::kIo, "out of memory");
  if (archive_read_open_memory(reader.get(), packed.data(), packed.size()) != ARCHIVE_OK)
    return corrupt(reader.get());
  return unpack_member(reader.get(), max_bytes, cancel, sink);
}

Status unpack(const File& packed, uint64_t max_bytes, CancelFlag cancel, const UnpackSink& sink) {
  const ArchivePtr reader = new_reader();
  if (!reader) return Error::of(ErrorCode::kIo, "out of memory");
  PackedFile input{packed, 0, std::vector<std::byte>(kPiece), {}};
  archive_read_set_seek_callback(reader.get(), PackedFile::seek);
  const bool is_open =
      archive_read_open(reader.get(), &input, nullptr, PackedFile::read, nullptr) == ARCHIVE_OK;
  Status done = is_open ? unpack_member(reader.get(), max_bytes, cancel, sink)
                        : Status(corrupt(reader.get()));
  // What the file itself says is wrong comes before what libarchive makes of it.
  if (input.error) return *input.error;
  if (!done) return std::move(done.error()).at_path(packed.path());
  return done;
}

}  // namespace fitstream
