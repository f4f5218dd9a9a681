// What the tests of the core share: places to write, headers and bytes made by hand, random data
// that is the same in every run, and files open in CFITSIO, the implementation they compare with.
#pragma once

#include <fitsio.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <ostream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "array.h"
#include "bytes.h"
#include "dtype.h"
#include "file.h"
#include "hdu.h"
#include "image.h"
#include "simd/cpu.h"
#include "status.h"

namespace fitstream {

// As googletest compares arrays.
template <typename T>
bool operator==(const Array<T>& a, const Array<T>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}
template <typename T>
bool operator==(const Array<T>& a, const std::vector<T>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}
// How googletest prints them.
inline void PrintTo(ErrorCode code, std::ostream* out) { *out << error_code_name(code); }
inline void PrintTo(Dtype dtype, std::ostream* out) { *out << name_of(dtype); }

}  // namespace fitstream

namespace fitstream::test {

using Bytes = std::vector<std::byte>;

// A directory that goes with its contents.
class TempDir {
 public:
  TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir();
  std::string file(std::string_view name) const { return (path_ / name).string(); }
  // Files and directories in it.
  size_t entries() const;

 private:
  std::filesystem::path path_;
};

void write_text(const std::string& path, std::string_view text);
void write_bytes(const std::string& path, ByteSpan bytes);
Bytes read_bytes(const std::string& path);
std::string read_text(const std::string& path);

std::string_view as_text(ByteSpan bytes);
Bytes as_bytes(std::string_view text);

// `text` filled up with spaces to 80 characters; to whole blocks with `fill`.
std::string card_of(std::string_view text);
std::string blocks_of(std::string text, char fill = ' ');

// A header written card by card.
class HeaderBuilder {
 public:
  // A card as it stands: `BITPIX  =                    8`.
  HeaderBuilder& raw(std::string_view text);
  // A card in fixed format; `value` as it is to stand there: "8", "T", "'IMAGE   '".
  HeaderBuilder& key(std::string_view keyword, std::string_view value);
  HeaderBuilder& key(std::string_view keyword, int64_t value);
  // The records so far, without END.
  const std::string& records() const { return text_; }
  // With END, padded to whole blocks.
  std::string done() const;

 private:
  std::string text_;
};

// The mandatory cards of a primary array and of an extension, in order.
HeaderBuilder primary_header(int64_t bitpix, const std::vector<int64_t>& axes);
HeaderBuilder extension_header(std::string_view xtension, int64_t bitpix,
                               const std::vector<int64_t>& axes, int64_t pcount = 0);

// Puts `card` where the card of this keyword stands, looking from byte `from` of a file.
void replace_card(Bytes& file, std::string_view keyword, std::string_view card, size_t from = 0);

void append(Bytes& to, ByteSpan bytes);
// Appends `value` as it lies in memory; in big-endian order.
template <typename T>
void put_native(Bytes& to, T value) {
  append(to, std::as_bytes(std::span(&value, 1)));
}
template <typename T>
void put_be(Bytes& to, T value) {
  put_native(to, swap_bytes(std::bit_cast<typename UintOfWidth<sizeof(T)>::type>(value)));
}
template <typename T>
Bytes big_endian(const std::vector<T>& values) {
  Bytes out;
  for (const T value : values) put_be(out, value);
  return out;
}

// Calls `use` with a zero of the type that `dtype` names.
template <typename Use>
auto with_type(Dtype dtype, const Use& use) {
  switch (dtype) {
    case Dtype::kUint8:
      return use(uint8_t{});
    case Dtype::kInt8:
      return use(int8_t{});
    case Dtype::kUint16:
      return use(uint16_t{});
    case Dtype::kInt16:
      return use(int16_t{});
    case Dtype::kUint32:
      return use(uint32_t{});
    case Dtype::kInt32:
      return use(int32_t{});
    case Dtype::kUint64:
      return use(uint64_t{});
    case Dtype::kInt64:
      return use(int64_t{});
    case Dtype::kFloat32:
      return use(float{});
    case Dtype::kFloat64:
      break;
  }
  return use(double{});
}

// The elements that native bytes hold.
template <typename T>
std::vector<T> values_of(ByteSpan bytes) {
  std::vector<T> out(bytes.size() / sizeof(T));
  if (!out.empty()) std::memcpy(out.data(), bytes.data(), out.size() * sizeof(T));
  return out;
}
template <typename T>
ByteSpan bytes_of(const std::vector<T>& values) {
  return std::as_bytes(std::span(values));
}

// Random numbers that are the same in every run.
class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}
  // From `low` to `high`, both included.
  uint64_t between(uint64_t low, uint64_t high);
  bool chance(double probability);
  double gaussian();
  Bytes bytes(size_t n);
  template <typename T>
  std::vector<T> bits(size_t n) {
    return values_of<T>(bytes(n * sizeof(T)));
  }
  template <typename T>
  const T& pick(const std::vector<T>& from) {
    return from[between(0, from.size() - 1)];
  }

 private:
  std::mt19937_64 engine_;
};

// A file open in CFITSIO, closed with the object.
class Cfitsio {
 public:
  static Cfitsio create(const std::string& path);
  // On HDU `hdu`, zero-based.
  static Cfitsio open(const std::string& path, int hdu = 0);
  Cfitsio(Cfitsio&& other) noexcept : file_(std::exchange(other.file_, nullptr)) {}
  Cfitsio& operator=(Cfitsio&&) = delete;
  ~Cfitsio() { close(); }
  operator fitsfile*() const { return file_; }
  // Closes now: what was written is in the file then.
  void close();

 private:
  explicit Cfitsio(fitsfile* file) : file_(file) {}
  fitsfile* file_;
};

// Both sets of kernels where the machine has both.
std::vector<simd::Level> levels();

// The error's code; nothing for a good result.
template <typename T>
std::optional<ErrorCode> code_of(const Result<T>& result) {
  if (result) return std::nullopt;
  return result.error().code;
}
std::string describe(const Error& error);

// The HDU at `index` of a file, which must be there.
Hdu hdu_of(const std::string& path, size_t index = 0);
// The HDU whose header is `header`, which must be good.
Hdu scan_one(std::string_view header, uint64_t index = 0, uint64_t offset = 0);

// A window of a file's image, decoded.
struct Pixels {
  Bytes bytes;
  std::vector<uint8_t> mask;
  uint64_t undefined = 0;
};
inline constexpr bool kImmutable = true;
Result<Pixels> read_window(const std::string& path, const ImageLayout& layout, const Window& window,
                           Dtype out, simd::Level level = simd::detected_level(),
                           bool is_immutable = false);

#define ASSERT_OK(result) ASSERT_TRUE(result) << ::fitstream::test::describe((result).error())
#define EXPECT_CODE(result, code) \
  EXPECT_EQ(::fitstream::test::code_of(result), std::optional<::fitstream::ErrorCode>(code))

}  // namespace fitstream::test
