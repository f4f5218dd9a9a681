#include "relation_support.h"

#include <array>
#include <cmath>
#include <limits>

namespace fitstream::relation::test {
namespace {

template <typename T>
T random_value(Spread spread, std::mt19937_64& random) {
  const auto bits = random();
  if constexpr (std::is_floating_point_v<T>) {
    constexpr T kInf = std::numeric_limits<T>::infinity();
    const std::array<T, 8> odd{0,
                               -T{0},
                               kInf,
                               -kInf,
                               std::numeric_limits<T>::quiet_NaN(),
                               std::numeric_limits<T>::denorm_min(),
                               1,
                               -1};
    if (bits % 8 == 0) return odd[bits / 8 % odd.size()];
    const auto few = static_cast<T>(static_cast<int>(bits >> 32 & 3) - 1);
    switch (spread) {
      case Spread::kFew:
        return few;
      case Spread::kDense:
        return std::normal_distribution<T>()(random);
      case Spread::kWide:
        return static_cast<T>(std::ldexp(std::normal_distribution<double>()(random),
                                         static_cast<int>(bits >> 40 & 127) - 64));
      case Spread::kSkewed:
        return bits % 1000 == 1 ? std::numeric_limits<T>::max()
                                : static_cast<T>(1) + static_cast<T>(bits >> 52) *
                                                          std::numeric_limits<T>::epsilon();
    }
    return 0;
  } else {
    switch (spread) {
      case Spread::kFew:
        return static_cast<T>(bits % 3);
      case Spread::kDense:
        return static_cast<T>(bits % 5000);
      case Spread::kWide:
        return static_cast<T>(bits);
      case Spread::kSkewed:
        return bits % 1000 == 1 ? std::numeric_limits<T>::max() : static_cast<T>(bits >> 48);
    }
    return 0;
  }
}

std::string random_text(Spread spread, std::mt19937_64& random) {
  const auto bits = random();
  const auto letters = [&](size_t most, const char* alphabet, size_t count) {
    std::string text(random() % (most + 1), ' ');
    for (char& c : text) c = alphabet[random() % count];
    return text;
  };
  switch (spread) {
    case Spread::kFew:
      return std::array{"", "a", "ab"}[bits % 3];
    case Spread::kDense:
      return letters(9, "ab", 2);
    case Spread::kWide:
      return letters(30, "\0a\x7f\x80\xff", 5);
    case Spread::kSkewed:
      return "SDSS J0000000000" + letters(3, "01", 2);
  }
  return {};
}

}  // namespace

OwnedColumn column_of(const std::vector<std::string>& values, std::vector<std::byte> validity) {
  OwnedColumn column{{}, {}, {0}, std::move(validity)};
  for (const std::string& text : values) {
    const auto bytes = std::as_bytes(std::span(text));
    column.data.insert(column.data.end(), bytes.begin(), bytes.end());
    column.offsets.push_back(static_cast<int32_t>(column.data.size()));
  }
  return column;
}

OwnedColumn random_column(std::optional<Dtype> dtype, Spread spread, size_t rows, bool has_nulls,
                          std::mt19937_64& random) {
  OwnedColumn column;
  if (!dtype) {
    std::vector<std::string> texts(rows);
    for (std::string& text : texts) text = random_text(spread, random);
    column = column_of(texts);
  } else {
    column.dtype = dtype;
    column.data.resize(rows * size_of(*dtype));
    with_type(*dtype, [&]<typename T>(const T*) {
      for (size_t i = 0; i < rows; ++i) {
        const T value = random_value<T>(spread, random);
        std::memcpy(&column.data[i * sizeof value], &value, sizeof value);
      }
    });
  }
  if (has_nulls) {
    column.validity.resize(bytes_of_bits(rows));
    for (std::byte& b : column.validity) b = static_cast<std::byte>(random() | random());
  }
  return column;
}

int compare(const Column& column, size_t a, size_t b) {
  if (column.is_string()) return column.text(a).compare(column.text(b));
  return with_type(*column.dtype, [&]<typename T>(const T*) {
    const T x = column.values<T>()[a], y = column.values<T>()[b];
    return x < y ? -1 : x > y ? 1 : 0;
  });
}

std::string text_of(const Column& column, size_t row) {
  if (column.is_null(row)) return "null";
  if (column.is_string()) return "text " + std::string(column.text(row));
  return with_type(*column.dtype, [&]<typename T>(const T*) {
    const T value = static_cast<T>(column.values<T>()[row] + T{0});  // -0 is +0
    return "bits " + std::string(reinterpret_cast<const char*>(&value), sizeof value);
  });
}

std::vector<std::string> key_of(std::span<const Column> keys, size_t row) {
  std::vector<std::string> texts;
  for (const Column& key : keys) texts.push_back(text_of(key, row));
  return texts;
}

std::vector<std::optional<Dtype>> all_kinds() {
  std::vector<std::optional<Dtype>> kinds{std::nullopt};
  for (size_t i = 0; i < kDtypes.size(); ++i) kinds.push_back(static_cast<Dtype>(i));
  return kinds;
}

}  // namespace fitstream::relation::test
