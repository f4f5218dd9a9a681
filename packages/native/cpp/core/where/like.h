// Patterns of LIKE: % is any run of characters, _ any one; a backslash takes the next as it is.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "../status.h"
#include "vector.h"

namespace fitstream::where {

class Pattern {
 public:
  static Result<Pattern> of(std::string_view text);
  bool matches(std::string_view text) const;

 private:
  // Characters that follow each other, with a mark where any one will do.
  struct Piece {
    std::string characters;
    std::vector<bool> is_any;
    bool has_any = false;

    void add(char character, bool any);
    bool matches_at(std::string_view text, size_t at) const;
    // Where it is found first, from `from` on; npos where it is not.
    size_t find(std::string_view text, size_t from) const;
  };

  // Between them, and only there, lies any run.
  std::vector<Piece> pieces_;
};

// Truths of the texts in `v`.
void like(const Pattern& pattern, const Vector& v, size_t n, Register& out);

}  // namespace fitstream::where
