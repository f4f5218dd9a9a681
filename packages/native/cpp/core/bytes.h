// Byte-order loads and checked size arithmetic. FITS is big-endian throughout (Standard 4.0, 5).
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

namespace fitstream {

static_assert(std::endian::native == std::endian::little,
              "kernels swap bytes: port them before building for a big-endian machine");

using ByteSpan = std::span<const std::byte>;
using MutableByteSpan = std::span<std::byte>;

inline constexpr uint64_t kBlock = 2880;  // Standard 4.0, section 3.1
inline constexpr uint64_t kCard = 80;

inline uint8_t swap_bytes(uint8_t v) { return v; }
inline uint16_t swap_bytes(uint16_t v) { return __builtin_bswap16(v); }
inline uint32_t swap_bytes(uint32_t v) { return __builtin_bswap32(v); }
inline uint64_t swap_bytes(uint64_t v) { return __builtin_bswap64(v); }

template <size_t Width>
struct UintOfWidth;
template <>
struct UintOfWidth<1> {
  using type = uint8_t;
};
template <>
struct UintOfWidth<2> {
  using type = uint16_t;
};
template <>
struct UintOfWidth<4> {
  using type = uint32_t;
};
template <>
struct UintOfWidth<8> {
  using type = uint64_t;
};

// The big-endian element of type T at p, in native order. Swaps through integer registers, so
// that signalling NaN payloads survive.
template <typename T>
inline T load_be(const std::byte* p) {
  typename UintOfWidth<sizeof(T)>::type u;
  std::memcpy(&u, p, sizeof u);
  return std::bit_cast<T>(swap_bytes(u));
}

// a * b, or nothing when it leaves 63 bits: sizes come from strangers' headers.
inline std::optional<uint64_t> checked_mul(uint64_t a, uint64_t b) {
  uint64_t r = 0;
  if (__builtin_mul_overflow(a, b, &r) || r > INT64_MAX) return std::nullopt;
  return r;
}
inline std::optional<uint64_t> checked_add(uint64_t a, uint64_t b) {
  uint64_t r = 0;
  if (__builtin_add_overflow(a, b, &r) || r > INT64_MAX) return std::nullopt;
  return r;
}
// n rounded up to whole blocks.
inline std::optional<uint64_t> padded_to_block(uint64_t n) {
  const auto sum = checked_add(n, kBlock - 1);
  if (!sum) return std::nullopt;
  return *sum / kBlock * kBlock;
}

}  // namespace fitstream
