// One 80-character record of a header (FITS Standard 4.0, section 4).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fitstream {

enum class ValueKind : uint8_t {
  kNone,       // no value indicator: COMMENT, HISTORY, blank keyword, or free text
  kUndefined,  // a value indicator and no value (4.1.2.3)
  kLogical,
  kInteger,
  kReal,
  kComplex,
  kString,
  kInvalid,  // a value indicator followed by something that is no FITS value
};

struct Card {
  std::string keyword;  // "NAXIS1"; for HIERARCH cards the name after it: "ESO DET CHIP1"
  ValueKind kind = ValueKind::kNone;
  bool logical = false;
  double real = 0;       // kReal, and the real part of kComplex
  double imaginary = 0;  // kComplex
  // kString: the string, trailing spaces removed. kInteger: the digits, exact whatever their
  // number. kInvalid: the value field as it stands. kNone: the text after the keyword.
  std::string text;
  std::string comment;
  int64_t index = 0;      // of the first 80 characters in its header
  int64_t records = 1;    // 80-character records that make up this card (CONTINUE)
  bool hierarch = false;  // the name came from a HIERARCH card
};

// Reads one 80-character record. Never fails: what cannot be understood has kind kInvalid.
Card parse_card(std::string_view record);

// A real number in Fortran's notation: D or E exponents in either case, a leading '+' (4.2.4).
// Magnitudes out of range become 0 or infinity. Nothing when the text is no such number.
std::optional<double> parse_real(std::string_view text);

// An integer; also one written as `12151.`, which old files do. Nothing where the card holds none,
// or one of more than 64 bits.
std::optional<int64_t> integer_of(const Card& card);

// An integer or a real number.
std::optional<double> number_of(const Card& card);

// Whether a keyword holds free text only (4.4.2.4): COMMENT, HISTORY, blank.
bool is_commentary(std::string_view keyword);

// Keyword of a record without its trailing spaces; no other part of the record is looked at.
std::string_view card_keyword(std::string_view record);

}  // namespace fitstream
