// Headers of many files in one call: the values of a few keywords, or whole headers. A file is read
// only as far as it takes: until every keyword has been met, or END.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "card.h"
#include "file.h"
#include "status.h"

namespace fitstream {

// Which HDU of every file: by position, or by EXTNAME (case does not matter) and EXTVER.
struct HduChoice {
  uint64_t index = 0;
  std::string name;  // empty: by position
  std::optional<int64_t> version;
};

struct HeaderQuery {
  std::span<const std::string> paths;
  HduChoice hdu;
  CancelFlag cancel = nullptr;
};

struct FailedFile {
  uint64_t file;  // index of its path
  Error error;
};

// In KeywordRows::kinds: the keyword is absent, or its file could not be read.
inline constexpr uint8_t kAbsent = 255;

// The values of keywords, a row a file, flat: what crosses to JavaScript is four arrays and no
// object a value.
struct KeywordRows {
  std::vector<uint8_t> kinds;  // ValueKind, or kAbsent
  // kLogical: 0 or 1. kInteger: rounded. kReal. kComplex: the real part.
  std::vector<double> numbers;
  // Card::text of every value one after the other, each up to its end; of kComplex the eight bytes
  // of the imaginary part.
  std::string texts;
  std::vector<double> text_ends;
  // Files that could not be read, and keywords that hold no valid value; in the order of the files.
  std::vector<FailedFile> failed;
};

// Whole headers, one after the other, without END and padding.
struct HeaderTexts {
  std::string texts;
  std::vector<double> ends;
  std::vector<FailedFile> failed;
};

// The first value of each keyword. Case does not matter, here and there; HIERARCH keywords go by
// the name after that word. A damaged file does not stop the others; a raised cancel flag fails the
// files that were not read yet.
KeywordRows read_keywords(const HeaderQuery& query, const std::vector<std::string>& keywords);

HeaderTexts read_headers(const HeaderQuery& query);

}  // namespace fitstream
