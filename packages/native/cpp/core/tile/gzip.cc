#include "gzip.h"

#include <libdeflate.h>

#include <memory>

namespace fitstream {

Result<size_t> inflate_gzip(ByteSpan stream, MutableByteSpan out) {
  using Decompressor = std::unique_ptr<libdeflate_decompressor, void (*)(libdeflate_decompressor*)>;
  thread_local const Decompressor decompressor(libdeflate_alloc_decompressor(),
                                               libdeflate_free_decompressor);
  if (!decompressor) return Error::of(ErrorCode::kIo, "out of memory");
  size_t length = 0;
  switch (libdeflate_gzip_decompress(decompressor.get(), stream.data(), stream.size(), out.data(),
                                     out.size(), &length)) {
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
