#include "gzip.h"

#include <libdeflate.h>

#include <memory>

namespace fitstream {
namespace {

// Some writers leave a zlib header (RFC 1950) where the standard has gzip's.
bool is_zlib(ByteSpan stream) {
  if (stream.size() < 2) return false;
  const auto method = std::to_integer<unsigned>(stream[0]);
  const auto flags = std::to_integer<unsigned>(stream[1]);
  return (method & 15) == 8 && (256 * method + flags) % 31 == 0;
}

}  // namespace

Result<size_t> inflate_gzip(ByteSpan stream, MutableByteSpan out) {
  using Decompressor = std::unique_ptr<libdeflate_decompressor, void (*)(libdeflate_decompressor*)>;
  thread_local const Decompressor decompressor(libdeflate_alloc_decompressor(),
                                               libdeflate_free_decompressor);
  if (!decompressor) return Error::of(ErrorCode::kIo, "out of memory");
  const auto decompress = is_zlib(stream) ? libdeflate_zlib_decompress : libdeflate_gzip_decompress;
  size_t length = 0;
  switch (decompress(decompressor.get(), stream.data(), stream.size(), out.data(), out.size(),
                     &length)) {
    case LIBDEFLATE_SUCCESS:
      return length;
    case LIBDEFLATE_INSUFFICIENT_SPACE:
      return Error::of(ErrorCode::kCorrupt, "a gzip stream is longer than what it should hold",
                       "at most " + std::to_string(out.size()) + " bytes");
    default:
      return Error::of(ErrorCode::kCorrupt, "a gzip stream is damaged or not complete");
  }
}

}  // namespace fitstream
