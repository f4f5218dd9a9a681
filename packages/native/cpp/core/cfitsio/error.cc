#include "error.h"

#include <fitsio.h>

namespace fitstream::cfitsio {
namespace {

ErrorCode code_of(int status) {
  switch (status) {
    case FILE_NOT_OPENED:
      return ErrorCode::kNotFound;
    case MEMORY_ALLOCATION:
      return ErrorCode::kLimit;
    case FILE_NOT_CREATED:
    case FILE_NOT_CLOSED:
    case WRITE_ERROR:
      return ErrorCode::kIo;
    default:
      return ErrorCode::kCorrupt;
  }
}

}  // namespace

Error error_of(int status, std::string what) {
  char text[FLEN_STATUS] = "";
  fits_get_errstatus(status, text);
  char detail[FLEN_ERRMSG] = "";
  const bool has_detail = fits_read_errmsg(detail) != 0;
  fits_clear_errmsg();
  std::string found = std::string(text) + " (CFITSIO status " + std::to_string(status) + ")";
  if (has_detail) found += ": " + std::string(detail);
  return Error::of(code_of(status), std::move(what), {}, std::move(found));
}

}  // namespace fitstream::cfitsio
