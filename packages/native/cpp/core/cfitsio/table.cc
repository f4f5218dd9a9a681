#include "table.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "session_state.h"

namespace fitstream::cfitsio {

Result<std::vector<std::byte>> uncompress_table(Session& session) {
  // CFITSIO grows the memory with realloc and leaves it to us.
  void* memory = nullptr;
  size_t length = 0;
  fitsfile* out = nullptr;
  int status = 0;
  fits_create_memfile(&out, &memory, &length, kBlock * 4, std::realloc, &status);
  if (status == 0) fits_create_img(out, BYTE_IMG, 0, nullptr, &status);
  if (status == 0) fits_uncompress_table(session.state().file, out, &status);
  if (status == 0) fits_flush_file(out, &status);
  LONGLONG end = 0;
  if (status == 0) fits_get_hduaddrll(out, nullptr, nullptr, &end, &status);
  std::vector<std::byte> bytes;
  if (status == 0) {
    const size_t used = std::min(length, static_cast<size_t>(end));
    bytes.assign(static_cast<std::byte*>(memory), static_cast<std::byte*>(memory) + used);
  }
  int close_status = 0;
  if (out) fits_close_file(out, &close_status);
  std::free(memory);
  if (status) return error_of(status, "the compressed table cannot be expanded");
  return bytes;
}

}  // namespace fitstream::cfitsio
