#include "header_batch.h"

#include <algorithm>
#include <cstdlib>

#include "hdu.h"
#include "header.h"
#include "unpack.h"

namespace fitstream {
namespace {

// Two blocks hold the keywords that people ask for in most headers; a third costs as much as
// finding them does.
constexpr uint64_t kFirstRead = 2 * kBlock;

constexpr size_t kKeyword = 8;

// The first eight characters of a record with lower-case letters made upper-case. A byte with both
// 0x40 and 0x20 set is one of those (or of no keyword).
uint64_t folded_word(const char* record) {
  uint64_t word = 0;
  std::memcpy(&word, record, kKeyword);
  return word & ~((word & 0x4040404040404040) >> 1);
}

char folded(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

bool equals_folded(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, folded, folded);
}

// Whether the name of a HIERARCH record is `keyword`, which is upper-case with single spaces.
bool is_hierarch(std::string_view record, std::string_view keyword) {
  size_t at = 0;
  bool is_gap = false;
  for (const char c : record.substr(kKeyword)) {
    if (c == '=') return at == keyword.size();
    if (c == ' ') {
      is_gap = at > 0;
      continue;
    }
    if (is_gap && (at == keyword.size() || keyword[at++] != ' ')) return false;
    is_gap = false;
    if (at == keyword.size() || keyword[at++] != folded(c)) return false;
  }
  return false;
}

// The text of one header, read as far as it is looked at.
class HeaderText {
 public:
  HeaderText(const File& file, uint64_t offset) : file_(file), offset_(offset) {}

  std::string_view text() const { return text_; }
  std::string_view record(uint64_t i) const { return text().substr(i * kCard, kCard); }

  // Reads on until record `i` is there; false where the file, or the patience with it, ends first.
  Result<bool> reach(uint64_t i) {
    while ((i + 1) * kCard > text_.size()) {
      const uint64_t left = file_.size() - std::min(file_.size(), offset_);
      const uint64_t had = text_.size();
      const uint64_t want = std::min(left, std::max(kFirstRead, 2 * had));
      if (want == had || had >= kMaxHeaderLength) return false;
      text_.resize(want);
      const auto rest = std::as_writable_bytes(std::span(text_)).subspan(had);
      if (Status read = file_.read(offset_ + had, rest); !read) return read.error();
    }
    return true;
  }

  // The card at record `i` with all of its CONTINUE records.
  Result<Card> card(uint64_t i) {
    for (;;) {
      Card card = card_at(text_, i);
      if (card.kind != ValueKind::kString || !card.text.ends_with('&')) return card;
      const uint64_t next = i + static_cast<uint64_t>(card.records);
      if ((next + 1) * kCard <= text_.size()) return card;
      const auto more = reach(next);
      if (!more) return more.error();
      if (!*more) return card;
    }
  }

  Error no_end() const {
    return Error::of(ErrorCode::kNoEnd, "the header has no END card", {},
                     std::to_string(text_.size()) + " bytes without it")
        .at_offset(offset_);
  }

 private:
  const File& file_;
  uint64_t offset_;
  std::string text_;
};

// Where the header of the chosen HDU starts. It is not looked at when its place is known.
Result<HduPlace> find_header(const File& file, const HduChoice& choice) {
  HduPlace at;
  for (;; ++at.index) {
    const bool is_counted = choice.name.empty();
    if (is_counted && at.index == choice.index && at.offset < file.size()) return at;
    const auto hdu = hdu_at(file, at.offset, at.index);
    if (!hdu) return hdu.error();
    if (!*hdu) break;
    if (!is_counted && equals_folded((*hdu)->extname, choice.name) &&
        choice.version.value_or((*hdu)->extver) == (*hdu)->extver)
      return at;
    at.offset = (*hdu)->end();
  }
  if (equals_folded(choice.name, "PRIMARY")) return HduPlace{};
  return Error::of(ErrorCode::kOutOfBounds, "the file has no such HDU",
                   "0 to " + std::to_string(at.index - 1) + ", or an EXTNAME among them",
                   choice.name.empty() ? std::to_string(choice.index) : choice.name);
}

// What `use` makes of the header that was asked for.
template <typename Use>
Status use_header(const File& file, const HduChoice& choice, const Use& use) {
  const auto place = find_header(file, choice);
  if (!place) return place.error();
  HeaderText header(file, place->offset);
  const auto first = header.reach(0);
  if (!first) return first.error();
  const std::string_view lead = place->index == 0 ? "SIMPLE" : "XTENSION";
  if (!*first || card_keyword(header.record(0)) != lead) {
    // It says what is wrong with these bytes.
    const auto hdu = hdu_at(file, place->offset, place->index);
    return hdu ? header.no_end() : hdu.error();
  }
  Status used = use(header);
  if (!used) return std::move(used.error()).at_hdu(static_cast<int64_t>(place->index));
  return used;
}

// The same for a path: what both kinds of query do.
template <typename Use>
Status with_header(const std::string& path, const HeaderQuery& query, const Use& use) {
  if (is_cancelled(query.cancel))
    return Error::of(ErrorCode::kAborted, "the read was aborted").at_path(path);
  const auto file = File::open(path);
  if (!file) return file.error();
  Status used = use_header(*file, query.hdu, use);
  if (used) return used;
  // Where the bytes make no sense, it may be because they are packed.
  if (Status plain = check_not_packed(*file); !plain) return plain;
  return std::move(used.error()).at_path(path);
}

Error no_value(const Card& card) {
  return Error::of(ErrorCode::kBadHeader, card.keyword + " has no valid value",
                   "a string, number, logical or complex value", card.text)
      .at_card(card.keyword, card.index);
}

// The keywords of a query, found in one pass over a header.
class KeywordFinder {
 public:
  explicit KeywordFinder(const std::vector<std::string>& keywords) {
    for (const std::string& keyword : keywords) {
      Wanted wanted{0, keyword};
      std::ranges::transform(wanted.name, wanted.name.begin(), folded);
      std::string word = wanted.name;
      word.resize(kKeyword, ' ');
      // No record starts with a name that is longer than eight characters.
      if (wanted.name.size() <= kKeyword) wanted.word = folded_word(word.data());
      wanted_.push_back(std::move(wanted));
    }
  }

  // The first card of each keyword; nothing where there is none.
  Result<std::vector<std::optional<Card>>> find(HeaderText& header) const {
    std::vector<std::optional<Card>> found(wanted_.size());
    size_t missing = wanted_.size();
    for (uint64_t i = 0; missing > 0; ++i) {
      const auto there = header.reach(i);
      if (!there) return there.error();
      if (!*there) return header.no_end();
      const std::string_view record = header.record(i);
      if (is_end_record(record)) break;
      const uint64_t word = folded_word(record.data());
      for (size_t k = 0; k < wanted_.size(); ++k) {
        if (found[k] || !matches(wanted_[k], word, record)) continue;
        auto card = header.card(i);
        if (!card) return card.error();
        found[k] = std::move(*card);
        --missing;
      }
    }
    return found;
  }

 private:
  struct Wanted {
    uint64_t word;
    std::string name;
  };

  static bool matches(const Wanted& wanted, uint64_t word, std::string_view record) {
    static const uint64_t hierarch = folded_word("HIERARCH");
    return word == wanted.word || (word == hierarch && is_hierarch(record, wanted.name));
  }

  std::vector<Wanted> wanted_;
};

void append_value(const std::optional<Card>& card, KeywordRows& rows) {
  double number = 0;
  if (card) {
    switch (card->kind) {
      case ValueKind::kLogical:
        number = card->logical ? 1 : 0;
        break;
      case ValueKind::kInteger:
        number = std::strtod(card->text.c_str(), nullptr);
        rows.texts += card->text;
        break;
      case ValueKind::kReal:
        number = card->real;
        break;
      case ValueKind::kComplex:
        number = card->real;
        rows.texts.append(reinterpret_cast<const char*>(&card->imaginary), sizeof(double));
        break;
      default:
        rows.texts += card->text;
    }
  }
  rows.kinds.push_back(card ? static_cast<uint8_t>(card->kind) : kAbsent);
  rows.numbers.push_back(number);
  rows.text_ends.push_back(static_cast<double>(rows.texts.size()));
}

}  // namespace

KeywordRows read_keywords(const HeaderQuery& query, const std::vector<std::string>& keywords) {
  const KeywordFinder finder(keywords);
  const std::vector<std::optional<Card>> none(keywords.size());
  KeywordRows rows;
  for (uint64_t i = 0; i < query.paths.size(); ++i) {
    std::vector<std::optional<Card>> found = none;
    Status read = with_header(query.paths[i], query, [&](HeaderText& header) -> Status {
      auto cards = finder.find(header);
      if (!cards) return cards.error();
      found = std::move(*cards);
      return ok();
    });
    if (!read) rows.failed.push_back({i, std::move(read.error())});
    for (const std::optional<Card>& card : found) {
      append_value(card, rows);
      if (card && card->kind == ValueKind::kInvalid)
        rows.failed.push_back({i, no_value(*card).at_path(query.paths[i])});
    }
  }
  return rows;
}

HeaderTexts read_headers(const HeaderQuery& query) {
  HeaderTexts out;
  for (uint64_t i = 0; i < query.paths.size(); ++i) {
    Status read = with_header(query.paths[i], query, [&](HeaderText& header) -> Status {
      for (uint64_t record = 0;; ++record) {
        const auto there = header.reach(record);
        if (!there) return there.error();
        if (!*there) return header.no_end();
        if (!is_end_record(header.record(record))) continue;
        out.texts += header.text().substr(0, record * kCard);
        return ok();
      }
    });
    if (!read) out.failed.push_back({i, std::move(read.error())});
    out.ends.push_back(static_cast<double>(out.texts.size()));
  }
  return out;
}

}  // namespace fitstream
