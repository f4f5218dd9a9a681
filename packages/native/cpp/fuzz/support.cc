#include "support.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace fitstream::fuzz {

void require(bool holds, const char* claim) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", claim);
  std::abort();
}

std::vector<simd::Level> levels() {
  std::vector<simd::Level> out;
  for (const simd::Level level : {simd::Level::kScalar, simd::Level::kAvx2, simd::Level::kAvx512})
    if (level <= simd::detected_level()) out.push_back(level);
  return out;
}

HeaderText& HeaderText::key(std::string_view keyword, std::string_view value) {
  std::string card(keyword);
  card.resize(8, ' ');
  (card += "= ") += value;
  card.resize(kCard, ' ');
  text_ += card;
  return *this;
}
HeaderText& HeaderText::key(std::string_view keyword, uint64_t value) {
  return key(keyword, std::to_string(value));
}
HeaderText& HeaderText::text(std::string_view keyword, std::string_view value) {
  return key(keyword, "'" + std::string(value) + "'");
}

std::string HeaderText::done() const {
  std::string out = text_ + "END";
  out.resize(*padded_to_block(out.size()), ' ');
  return out;
}

Bytes hdu_bytes(std::string_view header, ByteSpan data) {
  Bytes out = copy_of(std::as_bytes(std::span(header)));
  out.insert(out.end(), data.begin(), data.end());
  return out;
}

Hdu extension(std::string_view header) {
  auto hdu = scan_hdu(header, 0, 1);
  require(hdu && *hdu && !(*hdu)->defect, "a header of the target is good");
  return std::move(**hdu);
}

MemoryFile::MemoryFile(ByteSpan bytes) : fd_(::memfd_create("fitstream-fuzz", MFD_CLOEXEC)) {
  require(fd_ >= 0, "memory can be a file");
  const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
  require(n == static_cast<ssize_t>(bytes.size()), "a file in memory can be written");
}
MemoryFile::~MemoryFile() { ::close(fd_); }
std::string MemoryFile::path() const { return "/proc/self/fd/" + std::to_string(fd_); }

}  // namespace fitstream::fuzz
