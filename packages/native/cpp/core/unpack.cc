#include "unpack.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <array>
#include <memory>

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

Result<std::vector<std::byte>> unpack(ByteSpan packed, uint64_t max_bytes, CancelFlag cancel) {
  const ArchivePtr reader(archive_read_new());
  if (!reader) return Error::of(ErrorCode::kIo, "out of memory");
  archive_read_support_filter_gzip(reader.get());
  archive_read_support_filter_bzip2(reader.get());
  archive_read_support_filter_compress(reader.get());
  archive_read_support_format_raw(reader.get());
  archive_read_support_format_zip(reader.get());
  if (archive_read_open_memory(reader.get(), packed.data(), packed.size()) != ARCHIVE_OK)
    return corrupt(reader.get());
  archive_entry* entry = nullptr;
  if (archive_read_next_header(reader.get(), &entry) != ARCHIVE_OK) return corrupt(reader.get());

  std::vector<std::byte> out;
  for (;;) {
    if (is_cancelled(cancel)) return Error::of(ErrorCode::kAborted, "the read was aborted");
    const size_t had = out.size();
    out.resize(had + kPiece);
    const la_ssize_t n = archive_read_data(reader.get(), out.data() + had, kPiece);
    if (n < 0) return corrupt(reader.get());
    out.resize(had + static_cast<size_t>(n));
    if (out.size() > max_bytes)
      return Error::of(ErrorCode::kLimit, "the file unpacks to more than the limit",
                       "at most " + std::to_string(max_bytes) + " bytes");
    if (n == 0) return out;
  }
}

Status check_gzip(ByteSpan stream, uint64_t max_bytes) {
  const ArchivePtr reader(archive_read_new());
  if (!reader) return Error::of(ErrorCode::kIo, "out of memory");
  const auto damaged = [&] {
    Error e = corrupt(reader.get());
    e.what = "a gzip stream is damaged or not complete";
    return e;
  };
  archive_read_support_filter_gzip(reader.get());
  archive_read_support_format_raw(reader.get());
  archive_entry* entry = nullptr;
  if (archive_read_open_memory(reader.get(), stream.data(), stream.size()) != ARCHIVE_OK ||
      archive_read_next_header(reader.get(), &entry) != ARCHIVE_OK ||
      archive_filter_code(reader.get(), 0) != ARCHIVE_FILTER_GZIP)
    return damaged();
  for (uint64_t length = 0; length <= max_bytes;) {
    const void* block = nullptr;
    size_t n = 0;
    la_int64_t offset = 0;
    const int status = archive_read_data_block(reader.get(), &block, &n, &offset);
    if (status == ARCHIVE_EOF) return ok();
    if (status != ARCHIVE_OK) return damaged();
    length += n;
  }
  return Error::of(ErrorCode::kCorrupt, "a gzip stream is longer than what it should hold",
                   "at most " + std::to_string(max_bytes) + " bytes");
}

}  // namespace fitstream
