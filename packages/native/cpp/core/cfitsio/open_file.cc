#include "open_file.h"

#include <algorithm>
#include <mutex>

#include "error.h"

namespace fitstream::cfitsio {
namespace {

// CFITSIO makes its lock at its first use without guarding that: of two threads that come first
// together, one can wait for ever on a lock that the other made anew.
void initialize() {
  static std::once_flag is_initialized;
  std::call_once(is_initialized, fits_init_cfitsio);
}

Status check_length(const std::string& path) {
  if (path.size() < FLEN_FILENAME - 1) return ok();
  return Error::of(ErrorCode::kUnsupported, "the path is too long for CFITSIO",
                   "fewer than " + std::to_string(FLEN_FILENAME - 1) + " bytes",
                   std::to_string(path.size()));
}

}  // namespace

Result<OpenFile> OpenFile::create(const std::string& path) {
  if (Status s = check_length(path); !s) return s.error();
  initialize();
  fits_clear_errmsg();
  fitsfile* file = nullptr;
  int status = 0;
  fits_create_diskfile(&file, path.c_str(), &status);
  if (status) return error_of(status, "cannot create the file");
  return OpenFile(file);
}

Result<OpenFile> OpenFile::open(const std::string& path, uint64_t index) {
  if (Status s = check_length(path); !s) return s.error();
  initialize();
  fits_clear_errmsg();
  fitsfile* file = nullptr;
  int status = 0;
  fits_open_diskfile(&file, path.c_str(), READWRITE, &status);
  if (status) return error_of(status, "CFITSIO cannot open the file");
  OpenFile opened(file);
  fits_movabs_hdu(file, static_cast<int>(std::min<uint64_t>(index, 1 << 30)) + 1, nullptr, &status);
  if (status) return error_of(status, "CFITSIO cannot reach the HDU");
  return opened;
}

OpenFile::~OpenFile() {
  int status = 0;
  if (file_) fits_close_file(file_, &status);
}

Status OpenFile::close() {
  int status = 0;
  fits_close_file(std::exchange(file_, nullptr), &status);
  if (status) return error_of(status, "cannot finish the file");
  return ok();
}

}  // namespace fitstream::cfitsio
