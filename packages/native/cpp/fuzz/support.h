// What the fuzz targets share. A target is one file with one LLVMFuzzerTestOneInput: it hands bytes
// that a stranger may have written to the core, and ends the process (require) where two ways to
// the same result differ; the sanitizers do so for everything else.
#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "bytes.h"
#include "hdu.h"
#include "simd/cpu.h"
#include "status.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace fitstream::fuzz {

using Bytes = std::vector<std::byte>;

// Reads limit what comes out: enough for every path, and little enough for many runs a second.
inline constexpr uint64_t kMaxBytes = uint64_t{16} << 20;

// Ends the process unless `holds`, saying what did not.
void require(bool holds, const char* claim);

// What every target's input is cut into, front to back. What is missing is zero.
class Input {
 public:
  Input(const uint8_t* data, size_t size) : left_(std::as_bytes(std::span(data, size))) {}

  uint8_t byte() { return number<uint8_t>(); }
  // From 1 to `most`.
  size_t size_up_to(size_t most) { return number<uint16_t>() % most + 1; }
  template <typename T>
  T number() {
    T value{};
    const size_t n = std::min(sizeof value, left_.size());
    if (n > 0) std::memcpy(&value, left_.data(), n);
    left_ = left_.subspan(n);
    return value;
  }
  ByteSpan rest() const { return left_; }

 private:
  ByteSpan left_;
};

// A copy in memory of its own size: what is read behind its end is seen.
inline Bytes copy_of(ByteSpan bytes) { return {bytes.begin(), bytes.end()}; }

// The instruction sets of this machine, scalar first.
std::vector<simd::Level> levels();

// A header written card by card.
class HeaderText {
 public:
  HeaderText& key(std::string_view keyword, std::string_view value);
  HeaderText& key(std::string_view keyword, uint64_t value);
  HeaderText& text(std::string_view keyword, std::string_view value);
  // With END, padded to whole blocks.
  std::string done() const;

 private:
  std::string text_;
};

// A header and its data unit, in one piece.
Bytes hdu_bytes(std::string_view header, ByteSpan data);
// The extension whose header this is; it must be good.
Hdu extension(std::string_view header);

// A file that holds some bytes, without a disk.
class MemoryFile {
 public:
  explicit MemoryFile(ByteSpan bytes);
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile();
  // Opens it as long as this lives.
  std::string path() const;

 private:
  int fd_;
};

}  // namespace fitstream::fuzz
