// A file that CFITSIO writes to; for the files of this folder only.
#pragma once

#include <fitsio.h>

#include <string>

#include "writer.h"

namespace fitstream::cfitsio {

class OpenFile {
 public:
  // The path must be absolute: CFITSIO strips leading spaces of a name, and replaces a '~'.
  static Result<OpenFile> create(const std::string& path);
  // Opens a file to change it, at HDU `index`.
  static Result<OpenFile> open(const std::string& path, uint64_t index);
  OpenFile(OpenFile&& other) noexcept : file_(std::exchange(other.file_, nullptr)) {}
  OpenFile& operator=(OpenFile&&) = delete;
  ~OpenFile();

  fitsfile* get() const { return file_; }
  // Writes what CFITSIO still holds; fails where that does not reach the file.
  Status close();

 private:
  explicit OpenFile(fitsfile* file) : file_(file) {}
  fitsfile* file_;
};

// Adds an HDU behind the last one.
Status write_hdu(fitsfile* file, const HduToWrite& hdu, bool checksum, const Progress& progress);

// Finds, before anything is written, what cannot be.
Status check_hdu(const HduToWrite& hdu);

// Writes CHECKSUM and DATASUM of the HDU that the file stands on.
Status update_checksum(fitsfile* file);

}  // namespace fitstream::cfitsio
