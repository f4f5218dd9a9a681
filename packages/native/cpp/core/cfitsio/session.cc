#include <algorithm>
#include <cstring>

#include "session_state.h"

namespace fitstream::cfitsio {
namespace {

// A primary HDU without data, so that an extension alone makes a file.
std::string empty_primary() {
  std::string text;
  for (const std::string_view card :
       {"SIMPLE  =                    T", "BITPIX  =                    8",
        "NAXIS   =                    0", "EXTEND  =                    T", "END"}) {
    text += card;
    text.append(kCard - card.size(), ' ');
  }
  text.append(kBlock - text.size(), ' ');
  return text;
}

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

Session::Session(std::unique_ptr<State> state) : state_(std::move(state)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;
uint64_t Session::held_bytes() const { return state_->bytes.size(); }

Result<Session> Session::open_file(const std::string& path, uint64_t index) {
  if (path.size() >= FLEN_FILENAME - 1)
    return Error::of(ErrorCode::kUnsupported, "the path is too long for CFITSIO",
                     "fewer than " + std::to_string(FLEN_FILENAME - 1) + " bytes",
                     std::to_string(path.size()));
  auto state = std::make_unique<State>();
  int status = 0;
  fits_open_diskfile(&state->file, path.c_str(), READONLY, &status);
  if (status) return error_of(status, "CFITSIO cannot open the file");
  fits_movabs_hdu(state->file, static_cast<int>(std::min<uint64_t>(index, 1 << 30)) + 1, nullptr,
                  &status);
  if (status) return error_of(status, "CFITSIO cannot reach the HDU");
  return Session(std::move(state));
}

Result<Session> Session::open(const File& file, const Hdu& hdu) {
  if (hdu.end() <= file.size()) return open_file(file.path(), hdu.index);
  if (hdu.data_offset + hdu.data_length > file.size())
    return Error::of(ErrorCode::kTruncated, "the file is shorter than its header says",
                     "data up to byte " + std::to_string(hdu.data_offset + hdu.data_length),
                     std::to_string(file.size()) + " bytes");
  // CFITSIO refuses a file whose last block is not padded: such an HDU goes through memory.
  std::vector<std::byte> bytes(hdu.header_length + hdu.data_length);
  if (Status s = file.read(hdu.header_offset, bytes); !s) return s.error();
  return open_extension(bytes);
}

Result<Session> Session::open_extension(ByteSpan hdu) {
  auto state = std::make_unique<State>();
  const std::string primary = empty_primary();
  // Whole blocks, also where the file lacks its last padding, which CFITSIO refuses.
  const uint64_t length = *padded_to_block(primary.size() + hdu.size());
  state->bytes.resize(length);
  std::memcpy(state->bytes.data(), primary.data(), primary.size());
  std::memcpy(state->bytes.data() + primary.size(), hdu.data(), hdu.size());
  state->memory = state->bytes.data();
  state->memory_length = length;
  int status = 0;
  fits_open_memfile(&state->file, "hdu", READONLY, &state->memory, &state->memory_length, 0,
                    nullptr, &status);
  if (status) return error_of(status, "CFITSIO cannot open the HDU");
  fits_movabs_hdu(state->file, 2, nullptr, &status);
  if (status) return error_of(status, "CFITSIO cannot read the HDU's header");
  return Session(std::move(state));
}

}  // namespace fitstream::cfitsio
