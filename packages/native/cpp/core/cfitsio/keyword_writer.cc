#include "keyword_writer.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>

#include "../bytes.h"
#include "../card.h"
#include "error.h"

namespace fitstream::cfitsio {
namespace {

// Significant digits that bring this number back exactly: 0.1 stays 0.1.
int digits_of(double value) {
  for (int digits = 15; digits < 17; ++digits) {
    char text[40];
    std::snprintf(text, sizeof text, "%.*G", digits, value);
    if (std::strtod(text, nullptr) == value) return digits;
  }
  return 17;
}

bool is_standard_keyword(std::string_view name) {
  const auto is_plain = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  };
  return name.size() <= 8 && std::all_of(name.begin(), name.end(), is_plain);
}

std::string in_upper_case(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

// As it stands between the quotes of a card.
std::string quoted(std::string_view text) {
  std::string out;
  for (const char c : text) out.append(c == '\'' ? 2 : 1, c);
  return out;
}

// A string that takes several cards (Standard 4.0, section 4.2.1.2). CFITSIO 4.2 writes without
// end, or behind its own buffer, when many of its characters are quotes.
void write_continued(fitsfile* file, const KeywordValue& k, int* status) {
  const std::string text = quoted(std::get<std::string>(k.value));
  int ignored = 0;
  fits_delete_key(file, k.keyword.c_str(), &ignored);
  std::string card = in_upper_case(k.keyword);
  card.resize(8, ' ');
  card += "= '";
  for (size_t at = 0; at < text.size();) {
    size_t n = std::min(kCardString - 1, text.size() - at);
    // No quote is parted from its double.
    size_t quotes = 0;
    while (quotes < n && text[at + n - 1 - quotes] == '\'') ++quotes;
    if (quotes % 2 == 1) --n;
    card += text.substr(at, n);
    at += n;
    std::string end = at < text.size() ? "&'" : "'";
    if (at == text.size() && !k.comment.empty()) {
      end += " / " + k.comment;
      // A comment that would be cut gets a card of its own.
      if (card.size() + end.size() > kCard) {
        fits_write_record(file, (card + "&'").c_str(), status);
        card = "CONTINUE  '";
      }
    }
    card += end;
    fits_write_record(file, card.substr(0, kCard).c_str(), status);
    card = "CONTINUE  '";
  }
}

void write_string(fitsfile* file, const KeywordValue& k, int* status) {
  const std::string& text = std::get<std::string>(k.value);
  if (is_standard_keyword(k.keyword) && !fits_card(text)) return write_continued(file, k, status);
  const char* comment = k.comment.empty() ? nullptr : k.comment.c_str();
  fits_update_key_str(file, k.keyword.c_str(), text.c_str(), comment, status);
}

// CFITSIO 4.2 has no integers of this size.
void write_large_integer(fitsfile* file, const KeywordValue& k, int* status) {
  std::string card = in_upper_case(k.keyword);
  const std::string digits = std::to_string(std::get<uint64_t>(k.value));
  if (is_standard_keyword(card)) {
    card.resize(8, ' ');
    card += "= " + std::string(20 - digits.size(), ' ') + digits;
  } else {
    card = "HIERARCH " + card + " = " + digits;
  }
  if (card.size() > kCard) *status = BAD_KEYCHAR;
  if (!k.comment.empty()) card += " / " + k.comment;
  fits_update_card(file, k.keyword.c_str(), card.substr(0, kCard).c_str(), status);
}

// Free text (4.4.2.4), over as many cards as it takes.
void write_text(fitsfile* file, const std::string& keyword, const std::string& text, int* status) {
  constexpr size_t kText = kCard - 8;
  size_t at = 0;
  do {
    std::string card = keyword;
    card.resize(8, ' ');
    fits_write_record(file, (card + text.substr(at, kText)).c_str(), status);
    at += kText;
  } while (at < text.size());
}

// No string of a HIERARCH card is continued: many readers would lose its end.
Status check_hierarch_string(const KeywordValue& k) {
  const std::string* text = std::get_if<std::string>(&k.value);
  if (!text || is_standard_keyword(k.keyword)) return ok();
  std::string_view name = k.keyword;
  if (name.starts_with("HIERARCH ")) name.remove_prefix(9);
  const size_t length =
      std::string_view("HIERARCH = ''").size() + name.size() + quoted(*text).size();
  if (length <= kCard) return ok();
  Error e =
      Error::of(ErrorCode::kBadArgument, "the string does not fit a HIERARCH card",
                std::to_string(kCard) + " characters with its keyword", std::to_string(length));
  e.keyword = k.keyword;
  return e;
}

}  // namespace

bool fits_card(std::string_view text) { return quoted(text).size() <= kCardString; }

Status write_keyword(fitsfile* file, const KeywordValue& k) {
  if (Status fits = check_hierarch_string(k); !fits) return fits;
  // Warnings that no error followed: they would be taken for this keyword's.
  fits_clear_errmsg();
  int status = 0;
  const char* name = k.keyword.c_str();
  const char* comment = k.comment.empty() ? nullptr : k.comment.c_str();
  if (const std::string keyword = in_upper_case(k.keyword); is_commentary(keyword)) {
    const std::string* text = std::get_if<std::string>(&k.value);
    write_text(file, keyword, text ? *text : "", &status);
  } else if (const auto* b = std::get_if<bool>(&k.value)) {
    fits_update_key_log(file, name, *b, comment, &status);
  } else if (const auto* i = std::get_if<int64_t>(&k.value)) {
    fits_update_key_lng(file, name, *i, comment, &status);
  } else if (std::holds_alternative<uint64_t>(k.value)) {
    write_large_integer(file, k, &status);
  } else if (const auto* d = std::get_if<double>(&k.value)) {
    fits_update_key_dbl(file, name, *d, -digits_of(*d), comment, &status);
  } else if (const auto* z = std::get_if<std::complex<double>>(&k.value)) {
    double parts[] = {z->real(), z->imag()};
    const int digits = std::max(digits_of(parts[0]), digits_of(parts[1]));
    fits_update_key_dblcmp(file, name, parts, -digits, comment, &status);
  } else if (std::holds_alternative<std::string>(k.value)) {
    write_string(file, k, &status);
  } else {
    fits_update_key_null(file, name, comment, &status);
  }
  if (status == 0) return ok();
  Error e = error_of(status, "cannot write the keyword");
  if (e.code != ErrorCode::kIo) e.code = ErrorCode::kBadArgument;
  e.keyword = k.keyword;
  return e;
}

}  // namespace fitstream::cfitsio
