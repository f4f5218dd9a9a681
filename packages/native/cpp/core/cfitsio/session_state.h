// What a Session holds; for the files of this folder only, because it names CFITSIO's types.
#pragma once

#include <fitsio.h>

#include <vector>

#include "session.h"

namespace fitstream::cfitsio {

struct Session::State {
  fitsfile* file = nullptr;
  // CFITSIO keeps pointers to these two for a file in memory.
  void* memory = nullptr;
  size_t memory_length = 0;
  std::vector<std::byte> bytes;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    int status = 0;
    if (file) fits_close_file(file, &status);
  }
};

}  // namespace fitstream::cfitsio
