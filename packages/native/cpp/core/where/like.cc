#include "like.h"

namespace fitstream::where {

void Pattern::Piece::add(char character, bool any) {
  characters += character;
  is_any.push_back(any);
  has_any |= any;
}

bool Pattern::Piece::matches_at(std::string_view text, size_t at) const {
  if (at > text.size() || characters.size() > text.size() - at) return false;
  if (!has_any) return text.compare(at, characters.size(), characters) == 0;
  for (size_t i = 0; i < characters.size(); ++i)
    if (!is_any[i] && text[at + i] != characters[i]) return false;
  return true;
}

size_t Pattern::Piece::find(std::string_view text, size_t from) const {
  if (!has_any) return text.find(characters, from);
  for (; from + characters.size() <= text.size(); ++from)
    if (matches_at(text, from)) return from;
  return std::string_view::npos;
}

Result<Pattern> Pattern::of(std::string_view text) {
  Pattern pattern;
  pattern.pieces_.emplace_back();
  for (size_t i = 0; i < text.size(); ++i) {
    Piece& piece = pattern.pieces_.back();
    if (text[i] == '%') {
      pattern.pieces_.emplace_back();
    } else if (text[i] == '\\') {
      if (++i == text.size())
        return Error::of(ErrorCode::kBadArgument, "a pattern of LIKE ends with its escape",
                         "a character after the backslash", "'" + std::string(text) + "'");
      piece.add(text[i], false);
    } else {
      piece.add(text[i], text[i] == '_');
    }
  }
  return pattern;
}

// The first place where each piece fits is as good as any later one: what is left can only be more.
bool Pattern::matches(std::string_view text) const {
  const Piece& first = pieces_.front();
  const Piece& last = pieces_.back();
  if (!first.matches_at(text, 0)) return false;
  if (pieces_.size() == 1) return text.size() == first.characters.size();
  size_t at = first.characters.size();
  for (size_t i = 1; i + 1 < pieces_.size(); ++i) {
    const size_t found = pieces_[i].find(text, at);
    if (found == std::string_view::npos) return false;
    at = found + pieces_[i].characters.size();
  }
  if (last.characters.size() > text.size() - at) return false;
  return last.matches_at(text, text.size() - last.characters.size());
}

void like(const Pattern& pattern, const Vector& v, size_t n, Register& out) {
  Truth* to = out.values<Truth>();
  const auto* texts = v.as<std::string_view>();
  for (size_t i = 0; i < n; ++i) to[i] = pattern.matches(texts[i]) ? kTrue : kFalse;
  apply_nulls(v, n, to);
}

}  // namespace fitstream::where
