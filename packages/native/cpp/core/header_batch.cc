#include "header_batch.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "folder.h"
#include "hdu.h"
#include "header.h"
#include "header_text.h"
#include "unpack.h"

namespace fitstream {
namespace {

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

// Opens headers one after the other, for a use of each. A use that fails may be called once more,
// with more of the header.
class HeaderReader {
 public:
  explicit HeaderReader(const HeaderQuery& query) : query_(query) {}

  template <typename Use>
  Status read(const std::string& path, const Use& use) {
    if (is_cancelled(query_.cancel))
      return Error::of(ErrorCode::kAborted, "the read was aborted").at_path(path);
    if (is_primary(query_.hdu) && peek(path)) {
      HeaderText header(text_);
      if (is_first(header, "SIMPLE") && use(header)) {
        // What the first file told is enough for others of its kind.
        if (!has_peeked_) peeked_ = (header.reached() + kSector - 1) / kSector * kSector;
        has_peeked_ = true;
        return ok();
      }
    }
    const auto file = File::open(path);
    if (!file) return file.error();
    Status used = read_opened(*file, use);
    if (used) return used;
    // Where the bytes make no sense, it may be because they are packed.
    if (Status plain = check_not_packed(*file); !plain) return plain;
    return std::move(used.error()).at_path(path);
  }

 private:
  static bool is_primary(const HduChoice& hdu) { return hdu.name.empty() && hdu.index == 0; }
  static bool is_first(const HeaderText& header, std::string_view keyword) {
    return header.text().size() >= kCard && card_keyword(header.record(0)) == keyword;
  }

  // The first bytes of a file, as many as the headers before it took. To open, read and close is 3
  // of the 4 microseconds that a keyword takes; whatever is odd is left to those who look twice.
  bool peek(const std::string& path) {
    if (!check_path(path)) return false;
    const int fd = folder_.open_file(path);
    if (fd < 0) return false;
    text_.resize(peeked_);
    const ssize_t length = ::pread(fd, text_.data(), text_.size(), 0);
    ::close(fd);
    text_.resize(static_cast<size_t>(std::max<ssize_t>(length, 0)));
    return length > 0;
  }

  template <typename Use>
  Status read_opened(const File& file, const Use& use) {
    const auto place = find_header(file, query_.hdu);
    if (!place) return place.error();
    HeaderText header(text_, file, place->offset);
    if (const auto first = header.reach(0); !first) return first.error();
    if (!is_first(header, place->index == 0 ? "SIMPLE" : "XTENSION")) {
      // It says what is wrong with these bytes.
      const auto hdu = hdu_at(file, place->offset, place->index);
      return hdu ? header.no_end() : hdu.error();
    }
    Status used = use(header);
    if (!used) return std::move(used.error()).at_hdu(static_cast<int64_t>(place->index));
    peeked_ = std::clamp(header.text().size(), peeked_, kMostPeeked);
    return used;
  }

  static constexpr size_t kPage = 4096;
  static constexpr size_t kSector = 512;
  static constexpr size_t kMostPeeked = 16 * kPage;

  const HeaderQuery& query_;
  Folder folder_;
  std::string text_;
  size_t peeked_ = kPage;
  bool has_peeked_ = false;
};

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
  Status find(HeaderText& header, std::span<std::optional<Card>> found) const {
    std::ranges::fill(found, std::nullopt);
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
    return ok();
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
  std::vector<std::optional<Card>> found(keywords.size());
  KeywordRows rows;
  HeaderReader reader(query);
  for (uint64_t i = 0; i < query.paths.size(); ++i) {
    Status read =
        reader.read(query.paths[i], [&](HeaderText& header) { return finder.find(header, found); });
    if (!read) {
      std::ranges::fill(found, std::nullopt);
      rows.failed.push_back({i, std::move(read.error())});
    }
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
  HeaderReader reader(query);
  for (uint64_t i = 0; i < query.paths.size(); ++i) {
    Status read = reader.read(query.paths[i], [&](HeaderText& header) -> Status {
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
