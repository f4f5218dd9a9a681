// Element types: the one table from which sizes, names and BITPIX follow.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace fitstream {

enum class Dtype : uint8_t {
  kUint8,
  kInt8,
  kUint16,
  kInt16,
  kUint32,
  kInt32,
  kUint64,
  kInt64,
  kFloat32,
  kFloat64,
};

struct DtypeInfo {
  std::string_view name;
  size_t size;
  bool is_float;
};

// In the order of Dtype; the names are those of src/dtype.ts.
inline constexpr std::array<DtypeInfo, 10> kDtypes{{
    {"uint8", 1, false},
    {"int8", 1, false},
    {"uint16", 2, false},
    {"int16", 2, false},
    {"uint32", 4, false},
    {"int32", 4, false},
    {"uint64", 8, false},
    {"int64", 8, false},
    {"float32", 4, true},
    {"float64", 8, true},
}};

constexpr const DtypeInfo& info(Dtype t) { return kDtypes[static_cast<size_t>(t)]; }
constexpr size_t size_of(Dtype t) { return info(t).size; }
constexpr std::string_view name_of(Dtype t) { return info(t).name; }

constexpr std::optional<Dtype> dtype_named(std::string_view name) {
  for (size_t i = 0; i < kDtypes.size(); ++i)
    if (kDtypes[i].name == name) return static_cast<Dtype>(i);
  return std::nullopt;
}

// The type stored in an array of this BITPIX (FITS Standard 4.0, table 8).
constexpr std::optional<Dtype> dtype_of_bitpix(int64_t bitpix) {
  switch (bitpix) {
    case 8:
      return Dtype::kUint8;
    case 16:
      return Dtype::kInt16;
    case 32:
      return Dtype::kInt32;
    case 64:
      return Dtype::kInt64;
    case -32:
      return Dtype::kFloat32;
    case -64:
      return Dtype::kFloat64;
    default:
      return std::nullopt;
  }
}

// The other integer type of the same width: what the BZERO / TZERO convention for unsigned
// integers and signed bytes turns a stored type into (FITS Standard 4.0, table 11).
constexpr Dtype sign_flipped(Dtype t) {
  switch (t) {
    case Dtype::kUint8:
      return Dtype::kInt8;
    case Dtype::kInt16:
      return Dtype::kUint16;
    case Dtype::kInt32:
      return Dtype::kUint32;
    case Dtype::kInt64:
      return Dtype::kUint64;
    default:
      return t;
  }
}

// The zero point of that convention for a stored type; 0 where there is none.
constexpr double sign_flip_zero(Dtype stored) {
  switch (stored) {
    case Dtype::kUint8:
      return -128.0;
    case Dtype::kInt16:
      return 32768.0;
    case Dtype::kInt32:
      return 2147483648.0;
    case Dtype::kInt64:
      return 9223372036854775808.0;
    default:
      return 0.0;
  }
}

}  // namespace fitstream
