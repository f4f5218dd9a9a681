#include "card.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace fitstream {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t'; }

std::string_view trim_right(std::string_view s) {
  const size_t last = s.find_last_not_of(' ');
  return last == std::string_view::npos ? s.substr(0, 0) : s.substr(0, last + 1);
}
std::string_view trim_left(std::string_view s) {
  while (!s.empty() && is_space(s.front())) s.remove_prefix(1);
  return s;
}
std::string_view trim(std::string_view s) {
  s = trim_left(s);
  while (!s.empty() && is_space(s.back())) s.remove_suffix(1);
  return s;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_integer(std::string_view s) {
  if (!s.empty() && (s[0] == '+' || s[0] == '-')) s.remove_prefix(1);
  if (s.empty()) return false;
  for (const char c : s)
    if (!is_digit(c)) return false;
  return true;
}

// The quoted string at the start of `field` (4.2.1). Returns the length consumed, or 0 when the
// closing quote is missing.
size_t parse_string(std::string_view field, std::string& out) {
  for (size_t i = 1; i < field.size(); ++i) {
    if (field[i] != '\'') {
      out += field[i];
    } else if (i + 1 < field.size() && field[i + 1] == '\'') {
      out += '\'';
      ++i;
    } else {
      out.resize(trim_right(out).size());
      return i + 1;
    }
  }
  return 0;
}

std::string comment_of(std::string_view rest) {
  const size_t slash = rest.find('/');
  if (slash == std::string_view::npos) return {};
  return std::string(trim(rest.substr(slash + 1)));
}

void parse_complex(std::string_view token, Card& card) {
  card.kind = ValueKind::kInvalid;
  card.text = std::string(token);
  const size_t comma = token.find(',');
  if (comma == std::string_view::npos || token.back() != ')') return;
  const auto re = parse_real(trim(token.substr(1, comma - 1)));
  const auto im = parse_real(trim(token.substr(comma + 1, token.size() - comma - 2)));
  if (!re || !im) return;
  card.kind = ValueKind::kComplex;
  card.real = *re;
  card.imaginary = *im;
}

void parse_token(std::string_view token, Card& card) {
  if (token.empty()) {
    card.kind = ValueKind::kUndefined;
  } else if (token == "T" || token == "F") {
    card.kind = ValueKind::kLogical;
    card.logical = token == "T";
  } else if (is_integer(token)) {
    card.kind = ValueKind::kInteger;
    card.text = std::string(token);
  } else if (token[0] == '(') {
    parse_complex(token, card);
  } else if (const auto real = parse_real(token)) {
    card.kind = ValueKind::kReal;
    card.real = *real;
    card.text = std::string(token);
  } else {
    card.kind = ValueKind::kInvalid;
    card.text = std::string(token);
  }
}

// The value field and the comment after it.
void parse_value(std::string_view field, Card& card) {
  field = trim_left(field);
  if (field.empty()) {
    card.kind = ValueKind::kUndefined;
    return;
  }
  if (field[0] == '\'') {
    card.kind = ValueKind::kString;
    const size_t used = parse_string(field, card.text);
    if (used != 0) {
      card.comment = comment_of(field.substr(used));
      return;
    }
    card.kind = ValueKind::kInvalid;
    card.text = std::string(trim_right(field));
    return;
  }
  // A complex value is the only unquoted one that may hold spaces; a slash always ends it.
  const size_t slash = field.find('/');
  parse_token(trim(field.substr(0, slash)), card);
  card.comment = comment_of(field);
}

// HIERARCH name = value (ESO's convention, registered with the IAU FWG). Words of the name are
// separated by one space in `keyword`.
bool parse_hierarch(std::string_view record, Card& card) {
  const size_t equals = record.find('=');
  if (equals == std::string_view::npos) return false;
  std::string name;
  for (const char c : trim(record.substr(8, equals - 8))) {
    if (c == ' ' && (name.empty() || name.back() == ' ')) continue;
    name += c;
  }
  if (name.empty()) return false;
  card.keyword = name;
  card.hierarch = true;
  parse_value(record.substr(equals + 1), card);
  return true;
}

// Which end of double's range a number leaves: the place of its first digit and its exponent
// decide together.
bool is_below_one(std::string_view text) {
  const size_t e = std::min(text.find('e'), text.size());
  const auto point = static_cast<double>(std::min(text.find('.'), e));
  const auto lead = static_cast<double>(text.find_first_of("123456789"));
  std::string_view exponent = text.substr(std::min(e + 1, text.size()));
  if (exponent.starts_with('+')) exponent.remove_prefix(1);
  double power = 0;
  std::from_chars(exponent.data(), exponent.data() + exponent.size(), power);
  return point - lead + power <= 0;
}

}  // namespace

// from_chars knows neither D nor a leading '+', and leaves magnitudes out of range to us.
std::optional<double> parse_real(std::string_view s) {
  std::string text;
  bool any_digit = false;
  for (size_t i = 0; i < s.size(); ++i) {
    const char c = s[i];
    const bool after_exponent = i > 0 && (text.back() == 'e');
    if (is_digit(c)) {
      any_digit = true;
    } else if (c == '+' || c == '-') {
      if (i != 0 && !after_exponent) return std::nullopt;
    } else if (c == 'd' || c == 'D' || c == 'e' || c == 'E') {
      if (!any_digit) return std::nullopt;
      text += 'e';
      continue;
    } else if (c != '.') {
      return std::nullopt;
    }
    text += c;
  }
  if (!any_digit) return std::nullopt;
  const char* first = text.data() + (text[0] == '+' ? 1 : 0);
  const char* last = text.data() + text.size();
  double value = 0;
  const auto [end, ec] = std::from_chars(first, last, value);
  if (end != last) return std::nullopt;
  if (ec == std::errc::result_out_of_range) {
    const double magnitude = is_below_one(text) ? 0.0 : HUGE_VAL;
    return text[0] == '-' ? -magnitude : magnitude;
  }
  if (ec != std::errc{}) return std::nullopt;
  return value;
}

std::string_view card_keyword(std::string_view record) { return trim_right(record.substr(0, 8)); }

std::optional<int64_t> integer_of(const Card& card) {
  if (card.kind == ValueKind::kReal && card.real == std::trunc(card.real) &&
      std::fabs(card.real) < 9007199254740992.0)
    return static_cast<int64_t>(card.real);
  if (card.kind != ValueKind::kInteger) return std::nullopt;
  const char* first = card.text.data() + (card.text[0] == '+' ? 1 : 0);
  const char* last = card.text.data() + card.text.size();
  int64_t value = 0;
  if (std::from_chars(first, last, value).ec != std::errc{}) return std::nullopt;
  return value;
}

std::optional<double> number_of(const Card& card) {
  if (card.kind == ValueKind::kReal) return card.real;
  if (card.kind == ValueKind::kInteger) return std::strtod(card.text.c_str(), nullptr);
  return std::nullopt;
}

bool is_commentary(std::string_view keyword) {
  return keyword.empty() || keyword == "COMMENT" || keyword == "HISTORY";
}

Card parse_card(std::string_view record) {
  Card card;
  const std::string_view keyword = card_keyword(record);
  card.keyword = std::string(keyword);
  if (keyword == "HIERARCH" && parse_hierarch(record, card)) return card;
  if (keyword == "CONTINUE") {
    // A string without value indicator (4.2.1.2); anything else after CONTINUE is free text.
    parse_value(record.substr(8), card);
    if (card.kind == ValueKind::kString) return card;
    card = Card{};
    card.keyword = "CONTINUE";
  } else if (!is_commentary(keyword) && record.substr(8, 2) == "= ") {
    parse_value(record.substr(10), card);
    return card;
  }
  card.text = std::string(trim_right(record.substr(8)));
  return card;
}

}  // namespace fitstream
