#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

#include "../card.h"
#include "column_reader.h"
#include "null_marker.h"

namespace fitstream {
namespace {

std::string_view trimmed(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\0')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\0')) s.remove_suffix(1);
  return s;
}

bool parse_integer(std::string_view text, int64_t& value) {
  const char* first = text.data() + (text[0] == '+' ? 1 : 0);
  const char* last = text.data() + text.size();
  const auto [end, ec] = std::from_chars(first, last, value);
  return ec == std::errc{} && end == last;
}

// Numbers as most programs write them: from_chars reads them where they stand. False for all
// others, and for words (inf, nan), which it reads, too.
bool parse_common_real(std::string_view text, double& value) {
  const char* first = text.data() + (text[0] == '+' ? 1 : 0);
  const char* last = text.data() + text.size();
  const char* digit = first + (first < last && *first == '-' ? 1 : 0);
  if (digit == last || !(*digit == '.' || (*digit >= '0' && *digit <= '9'))) return false;
  const auto [end, ec] = std::from_chars(first, last, value);
  return ec == std::errc{} && end == last;
}

// As Fortran reads F, E and D fields: an exponent may have a D, or lack its letter ("1.5-3"), and
// spaces mean nothing.
std::optional<double> parse_fortran_real(std::string_view text) {
  std::string plain;
  bool has_exponent = false;
  for (const char c : text) {
    const bool is_sign = c == '+' || c == '-';
    const bool is_letter = c == 'E' || c == 'D' || c == 'e' || c == 'd';
    if (is_letter || (is_sign && !plain.empty() && plain.back() != 'e')) {
      if (has_exponent) return std::nullopt;
      has_exponent = true;
      plain += 'e';
      if (is_sign) plain += c;
    } else if (c != ' ' && !(c == '+' && plain.empty())) {
      plain += c;
    }
  }
  return parse_real(plain);
}

class AsciiColumn final : public ColumnReader {
 public:
  AsciiColumn(const ColumnTask& task, const ReadContext& context)
      : column_(task.column),
        offset_(task.offset),
        is_integer_(column_.stored == Dtype::kInt64),
        is_scaled_(column_.scale != 1 || column_.zero != 0),
        null_text_(trimmed(column_.null_text)),
        out_(task.out),
        nulls_(task.out) {
    out_.elements = context.rows;
  }

  Status take(const RowBlock& rows) override {
    for (uint64_t i = 0; i < rows.count; ++i) {
      const std::byte* field = rows.data + i * rows.stride + offset_;
      const Status taken = take({reinterpret_cast<const char*>(field), column_.width}, rows.at + i);
      if (!taken) return taken;
    }
    return ok();
  }

 private:
  Status take(std::string_view field, uint64_t at) {
    const std::string_view text = trimmed(field);
    if (is_null(text)) {
      store(at, 0, std::numeric_limits<double>::quiet_NaN());
      nulls_.mark(at);
      return ok();
    }
    int64_t integer = 0;
    double real = 0;
    if (is_integer_ ? parse_integer(text, integer) : parse_real_field(text, real)) {
      store(at, integer, real);
      return ok();
    }
    return Error::of(ErrorCode::kCorrupt, "a field of an ASCII table is no number",
                     "a field of form " + column_.form,
                     "'" + std::string(text) + "' in row " + std::to_string(at));
  }

  bool is_null(std::string_view text) const {
    if (text.empty()) return true;
    if (!column_.null_text.empty() && text == null_text_) return true;
    return text[0] == '*' && text.find_first_not_of('*') == std::string_view::npos;
  }

  // A field without a point has `decimals` of them (7.2.5).
  bool parse_real_field(std::string_view text, double& value) const {
    if (!parse_common_real(text, value)) {
      const auto parsed = parse_fortran_real(text);
      if (!parsed) return false;
      value = *parsed;
    }
    if (column_.decimals > 0 && text.find('.') == std::string_view::npos)
      value /= std::pow(10.0, static_cast<double>(column_.decimals));
    return true;
  }

  void store(uint64_t at, int64_t integer, double real) {
    std::byte* to = out_.values.data() + at * sizeof(double);
    if (is_integer_ && column_.natural_dtype() != Dtype::kFloat64) {
      // A zero point of 2^63 is the unsigned convention, as in binary tables.
      if (is_scaled_) integer ^= INT64_MIN;
      std::memcpy(to, &integer, sizeof integer);
      return;
    }
    double value = is_integer_ ? static_cast<double>(integer) : real;
    if (is_scaled_) {
      value *= column_.scale;
      value += column_.zero;
    }
    std::memcpy(to, &value, sizeof value);
  }

  const Column& column_;
  uint64_t offset_;
  bool is_integer_;
  bool is_scaled_;
  std::string_view null_text_;
  ColumnData& out_;
  NullMarker nulls_;
};

}  // namespace

std::unique_ptr<ColumnReader> ascii_column(const ColumnTask& task, const ReadContext& context) {
  return std::make_unique<AsciiColumn>(task, context);
}

}  // namespace fitstream
