// The only error currency of the core: no exceptions cross its boundary.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace fitstream {

// What went wrong, by what the caller can do about it. The names below cross to TypeScript, which
// lists the same ones in src/errors.ts; a test compares the two.
enum class ErrorCode : uint8_t {
  kEmpty,         // the file has no bytes
  kNotFits,       // the bytes do not start an HDU
  kNoEnd,         // a header without END card
  kTruncated,     // fewer bytes than the header declares
  kBadHeader,     // a keyword is missing or its value makes no sense
  kSizeOverflow,  // a product of declared sizes leaves 63 bits
  kCorrupt,       // the data contradict the header or the codec
  kUnsupported,   // legal FITS that is not read (yet)
  kOutOfBounds,   // a window, row, column or HDU that is not there
  kBadArgument,   // the caller asked for something impossible
  kFileChanged,   // size or mtime differ from what was recorded
  kLimit,         // a declared size is above the limit that the caller set
  kNotFound,      // no such file
  kIo,            // the operating system failed
  kAborted,       // the cancel flag was raised
};

constexpr std::string_view error_code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::kEmpty:
      return "FITS_EMPTY";
    case ErrorCode::kNotFits:
      return "FITS_NOT_FITS";
    case ErrorCode::kNoEnd:
      return "FITS_NO_END";
    case ErrorCode::kTruncated:
      return "FITS_TRUNCATED";
    case ErrorCode::kBadHeader:
      return "FITS_BAD_HEADER";
    case ErrorCode::kSizeOverflow:
      return "FITS_SIZE_OVERFLOW";
    case ErrorCode::kCorrupt:
      return "FITS_CORRUPT";
    case ErrorCode::kUnsupported:
      return "FITS_UNSUPPORTED";
    case ErrorCode::kOutOfBounds:
      return "FITS_OUT_OF_BOUNDS";
    case ErrorCode::kBadArgument:
      return "FITS_BAD_ARGUMENT";
    case ErrorCode::kFileChanged:
      return "FITS_FILE_CHANGED";
    case ErrorCode::kLimit:
      return "FITS_LIMIT";
    case ErrorCode::kNotFound:
      return "FITS_NOT_FOUND";
    case ErrorCode::kIo:
      return "FITS_IO";
    case ErrorCode::kAborted:
      return "FITS_ABORTED";
  }
  return "FITS_IO";
}

// A failure and where it is. Outer layers fill in what inner ones cannot know (path, HDU).
struct Error {
  ErrorCode code = ErrorCode::kIo;
  std::string what;      // "header without END card"
  std::string expected;  // may be empty
  std::string found;     // may be empty
  std::string path;
  std::string keyword;
  int64_t hdu = -1;     // -1: unknown
  int64_t card = -1;    // index of the card in its header
  int64_t offset = -1;  // byte in the file

  static Error of(ErrorCode code, std::string what, std::string expected = {},
                  std::string found = {}) {
    Error e;
    e.code = code;
    e.what = std::move(what);
    e.expected = std::move(expected);
    e.found = std::move(found);
    return e;
  }
  Error&& at_path(std::string_view p) && {
    if (path.empty()) path = p;
    return std::move(*this);
  }
  Error&& at_hdu(int64_t i) && {
    if (hdu < 0) hdu = i;
    return std::move(*this);
  }
  Error&& at_offset(uint64_t o) && {
    if (offset < 0) offset = static_cast<int64_t>(o);
    return std::move(*this);
  }
  Error&& at_card(std::string_view key, int64_t index) && {
    if (card < 0) card = index, keyword = key;
    return std::move(*this);
  }
};

// A value or an Error.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return state_.index() == 0; }
  T& operator*() { return *std::get_if<0>(&state_); }
  const T& operator*() const { return *std::get_if<0>(&state_); }
  T* operator->() { return std::get_if<0>(&state_); }
  const T* operator->() const { return std::get_if<0>(&state_); }
  Error& error() { return *std::get_if<1>(&state_); }
  const Error& error() const { return *std::get_if<1>(&state_); }

 private:
  std::variant<T, Error> state_;
};

struct Done {};
using Status = Result<Done>;
inline Status ok() { return Done{}; }

}  // namespace fitstream
