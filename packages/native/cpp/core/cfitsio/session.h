// A file open in CFITSIO. Every call of that library lives in this folder. Files reach it by
// fits_open_diskfile or as memory, never through its file-name syntax, which can write, delete and
// download (docs/architecture.md, "CFITSIO").
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "../bytes.h"
#include "../file.h"
#include "../hdu.h"
#include "../status.h"

namespace fitstream::cfitsio {

// The HDU that a session stands on, and the file behind it. One thread at a time.
class Session {
 public:
  // Opens a file for reading and moves to the HDU.
  static Result<Session> open(const File& file, const Hdu& hdu);
  // The same for one extension HDU (header and data) in memory, which the session keeps.
  static Result<Session> open_extension(ByteSpan hdu);

  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  // Bytes of the file that the session keeps in memory.
  uint64_t held_bytes() const;

  struct State;
  State& state() { return *state_; }

 private:
  static Result<Session> open_file(const std::string& path, uint64_t index);
  explicit Session(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// CFITSIO's status as an Error, with its own words for it.
Error error_of(int status, std::string what);

}  // namespace fitstream::cfitsio
