#include <charconv>
#include <cmath>
#include <limits>

#include "../card.h"
#include "column_reader.h"
#include "elements.h"

namespace fitstream {
namespace {

class AsciiNumberReader final : public ColumnReader {
 public:
  AsciiNumberReader(const Column& column, uint64_t row_length, uint64_t rows)
      : column_(column), row_length_(row_length), appender_(column, simd::Level::kScalar) {
    appender_.data.values.resize(rows * appender_.out_size());
  }

  Status take(const std::byte* rows, uint64_t n) override {
    for (uint64_t i = 0; i < n; ++i) {
      const char* text = reinterpret_cast<const char*>(rows + i * row_length_ + column_.offset);
      const Status added = add({text, column_.width});
      if (!added) return added;
    }
    return ok();
  }
  ColumnData release() override { return std::move(appender_.data); }

 private:
  static std::string_view trimmed(std::string_view s) {
    while (!s.empty() && (s.front() == ' ' || s.front() == '\0')) s.remove_prefix(1);
    while (!s.empty() && (s.back() == ' ' || s.back() == '\0')) s.remove_suffix(1);
    return s;
  }

  Status add(std::string_view field) {
    const std::string_view text = trimmed(field);
    const uint64_t at = appender_.data.elements++;
    const bool is_null = text.empty() ||
                         (!column_.null_text.empty() && text == trimmed(column_.null_text)) ||
                         text.find_first_not_of('*') == std::string_view::npos;
    if (is_null) {
      store(at, 0, std::numeric_limits<double>::quiet_NaN());
      appender_.mark_null(at);
      return ok();
    }
    int64_t integer = 0;
    double real = 0;
    const bool is_good = column_.stored == Dtype::kInt64 ? parse(text, integer) : parse(text, real);
    if (is_good) {
      store(at, integer, real);
      return ok();
    }
    return Error::of(ErrorCode::kCorrupt, "a field of an ASCII table is no number",
                     "a field of form " + column_.form,
                     "'" + std::string(text) + "' in row " + std::to_string(at));
  }

  bool parse(std::string_view text, int64_t& value) const {
    const char* first = text.data() + (text[0] == '+' ? 1 : 0);
    const char* last = text.data() + text.size();
    const auto [end, ec] = std::from_chars(first, last, value);
    return ec == std::errc{} && end == last;
  }
  // As Fortran reads F, E and D fields: an exponent may lack its letter ("1.5-3"), and a field
  // without a point has `decimals` of them (7.2.5).
  bool parse(std::string_view text, double& value) const {
    std::string plain;
    bool has_point = false;
    bool has_exponent = false;
    for (const char c : text) {
      const bool is_sign = c == '+' || c == '-';
      const bool is_letter = c == 'E' || c == 'D' || c == 'e' || c == 'd';
      if (is_letter || (is_sign && !plain.empty() && plain.back() != 'e')) {
        if (has_exponent) return false;
        has_exponent = true;
        plain += 'e';
        if (is_sign) plain += c;
      } else if (c != ' ' && !(c == '+' && plain.empty())) {
        has_point |= c == '.';
        plain += c;
      }
    }
    const auto parsed = parse_real(plain);
    if (!parsed) return false;
    value = *parsed;
    if (!has_point && column_.decimals > 0)
      value /= std::pow(10.0, static_cast<double>(column_.decimals));
    return true;
  }

  void store(uint64_t at, int64_t integer, double real) {
    const bool is_integer = column_.stored == Dtype::kInt64;
    const bool is_scaled = column_.scale != 1 || column_.zero != 0;
    std::byte* to = appender_.data.values.data() + at * 8;
    if (is_integer && column_.natural_dtype() != Dtype::kFloat64) {
      // A zero point of 2^63 is the unsigned convention, as in binary tables.
      if (is_scaled) integer ^= INT64_MIN;
      std::memcpy(to, &integer, sizeof integer);
      return;
    }
    double value = is_integer ? static_cast<double>(integer) : real;
    if (is_scaled) {
      value *= column_.scale;
      value += column_.zero;
    }
    std::memcpy(to, &value, sizeof value);
  }

  const Column& column_;
  uint64_t row_length_;
  Appender appender_;
};

}  // namespace

std::unique_ptr<ColumnReader> ascii_column(const Column& column, uint64_t row_length,
                                           uint64_t rows) {
  return std::make_unique<AsciiNumberReader>(column, row_length, rows);
}

}  // namespace fitstream
