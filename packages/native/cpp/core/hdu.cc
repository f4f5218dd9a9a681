#include "hdu.h"

#include <algorithm>
#include <cstdlib>
#include <unordered_map>

#include "dtype.h"
#include "header.h"

namespace fitstream {
namespace {

constexpr size_t kKeyword = 8;  // characters of a keyword in its record

// Keywords with an axis number behind them.
constexpr std::string_view kIndexed[] = {"NAXIS", "ZNAXIS", "ZTILE"};
constexpr std::string_view kPlain[] = {
    "SIMPLE", "XTENSION", "BITPIX",  "PCOUNT", "GCOUNT", "GROUPS", "EXTNAME", "EXTVER",   "BSCALE",
    "BZERO",  "BLANK",    "TFIELDS", "THEAP",  "ZIMAGE", "ZTABLE", "ZBITPIX", "ZCMPTYPE", "ZBLANK"};

bool is_size_giving(std::string_view keyword) {
  for (const std::string_view stem : kIndexed)
    if (keyword.starts_with(stem)) return true;
  return std::find(std::begin(kPlain), std::end(kPlain), keyword) != std::end(kPlain);
}

std::string value_text(const Card& card) {
  switch (card.kind) {
    case ValueKind::kString:
      return "'" + card.text + "'";
    case ValueKind::kLogical:
      return card.logical ? "T" : "F";
    case ValueKind::kComplex:
      return "a complex number";
    case ValueKind::kUndefined:
      return "no value";
    case ValueKind::kNone:
      return "no value";
    default:
      return card.text;
  }
}

// The few cards that matter, first occurrence of each. A map, because a hostile header holds
// hundreds of thousands of them. Its keys lie in `records`, which must outlive it.
class Facts {
 public:
  explicit Facts(std::string_view records) {
    for (uint64_t i = 0; i < records.size() / kCard; ++i) {
      const std::string_view record = records.substr(i * kCard, kCard);
      const std::string_view keyword = card_keyword(record);
      if (!is_size_giving(keyword) || find(keyword)) continue;
      cards_.emplace(keyword, card_at(records, i));
    }
  }

  const Card* find(std::string_view keyword) const {
    const auto it = cards_.find(keyword);
    return it == cards_.end() ? nullptr : &it->second;
  }

  Result<int64_t> integer(std::string_view keyword, std::optional<int64_t> otherwise) const {
    const Card* card = find(keyword);
    if (!card) {
      if (otherwise) return *otherwise;
      Error e = Error::of(ErrorCode::kBadHeader, std::string(keyword) + " is missing");
      e.keyword = keyword;
      return e;
    }
    if (const auto value = integer_of(*card)) return *value;
    return wrong(*card, "an integer");
  }

  Result<uint64_t> count(std::string_view keyword, std::optional<int64_t> otherwise) const {
    const Result<int64_t> value = integer(keyword, otherwise);
    if (!value) return value.error();
    if (*value < 0) return wrong(*find(keyword), "an integer >= 0");
    return static_cast<uint64_t>(*value);
  }

  // NAXISn of `stem` NAXIS, in FITS order.
  Result<std::vector<uint64_t>> axes(std::string_view stem, uint64_t naxis,
                                     std::optional<int64_t> otherwise) const {
    std::vector<uint64_t> out;
    for (uint64_t i = 1; i <= naxis; ++i) {
      const Result<uint64_t> n = count(std::string(stem) + std::to_string(i), otherwise);
      if (!n) return n.error();
      out.push_back(*n);
    }
    return out;
  }

  Result<double> real(std::string_view keyword, double otherwise) const {
    const Card* card = find(keyword);
    if (!card || card->kind == ValueKind::kUndefined) return otherwise;
    if (const auto value = number_of(*card)) return *value;
    return wrong(*card, "a number");
  }

  bool is_true(std::string_view keyword) const {
    const Card* card = find(keyword);
    return card && card->kind == ValueKind::kLogical && card->logical;
  }

  std::string string(std::string_view keyword) const {
    const Card* card = find(keyword);
    return card && card->kind == ValueKind::kString ? card->text : std::string();
  }

  static Error wrong(const Card& card, std::string expected) {
    return Error::of(ErrorCode::kBadHeader, card.keyword + " has an impossible value",
                     std::move(expected), value_text(card))
        .at_card(card.keyword, card.index);
  }

 private:
  std::unordered_map<std::string_view, Card> cards_;
};

// |BITPIX|/8 * GCOUNT * (PCOUNT + product of the axes), Standard equation 2 (and 4 for groups).
Result<uint64_t> data_length(const Hdu& hdu) {
  if (hdu.axes.empty()) return uint64_t{0};
  std::optional<uint64_t> n = 1;
  const size_t first = hdu.kind == HduKind::kGroups ? 1 : 0;
  // A zero axis makes the product zero whatever the others are, also when they overflow.
  const bool is_empty = std::find(hdu.axes.begin() + static_cast<ptrdiff_t>(first), hdu.axes.end(),
                                  uint64_t{0}) != hdu.axes.end();
  if (is_empty) n = 0;
  for (size_t i = first; n && !is_empty && i < hdu.axes.size(); ++i)
    n = checked_mul(*n, hdu.axes[i]);
  if (n) n = checked_add(*n, hdu.pcount);
  if (n) n = checked_mul(*n, hdu.gcount);
  if (n) n = checked_mul(*n, static_cast<uint64_t>(std::abs(hdu.bitpix)) / 8);
  if (n) {
    const auto end = padded_to_block(*n);
    if (end && checked_add(hdu.data_offset, *end)) return *n;
  }
  return Error::of(ErrorCode::kSizeOverflow, "the data size that the header declares overflows",
                   "a product of NAXISn, PCOUNT, GCOUNT and BITPIX below 2^63 bytes");
}

Status read_frame(const Facts& facts, bool is_first, Hdu& hdu) {
  const Result<int64_t> bitpix = facts.integer("BITPIX", std::nullopt);
  if (!bitpix) return bitpix.error();
  if (!dtype_of_bitpix(*bitpix))
    return Facts::wrong(*facts.find("BITPIX"), "8, 16, 32, 64, -32 or -64");
  hdu.bitpix = static_cast<int>(*bitpix);
  const Result<uint64_t> naxis = facts.count("NAXIS", std::nullopt);
  if (!naxis) return naxis.error();
  if (*naxis > 999) return Facts::wrong(*facts.find("NAXIS"), "an integer from 0 to 999");
  auto axes = facts.axes("NAXIS", *naxis, std::nullopt);
  if (!axes) return axes.error();
  hdu.axes = std::move(*axes);

  const bool is_groups = is_first && *naxis > 0 && hdu.axes[0] == 0 && facts.is_true("GROUPS");
  if (is_first && !is_groups) return ok();  // PCOUNT and GCOUNT mean nothing there
  if (is_groups) hdu.kind = HduKind::kGroups;
  const Result<uint64_t> pcount = facts.count("PCOUNT", 0);
  if (!pcount) return pcount.error();
  const Result<uint64_t> gcount = facts.count("GCOUNT", 1);
  if (!gcount) return gcount.error();
  hdu.pcount = *pcount;
  hdu.gcount = *gcount;
  return ok();
}

HduKind kind_of(const Facts& facts, const Hdu& hdu, bool is_first) {
  if (is_first) return hdu.kind == HduKind::kGroups ? HduKind::kGroups : HduKind::kImage;
  // A3DTABLE and IUEIMAGE: what BINTABLE and IMAGE were called before they were standardized.
  if (hdu.xtension == "IMAGE" || hdu.xtension == "IUEIMAGE") return HduKind::kImage;
  if (hdu.xtension == "TABLE") return HduKind::kAsciiTable;
  if (hdu.xtension == "BINTABLE" || hdu.xtension == "A3DTABLE")
    return facts.is_true("ZIMAGE") ? HduKind::kCompressedImage : HduKind::kBinTable;
  return HduKind::kUnknown;
}

Status read_scaling(const Facts& facts, Hdu& hdu) {
  const Result<double> bscale = facts.real("BSCALE", 1);
  if (!bscale) return bscale.error();
  const Result<double> bzero = facts.real("BZERO", 0);
  if (!bzero) return bzero.error();
  hdu.scaling = {*bscale, *bzero, std::nullopt};
  // BLANK means something for integer data only (4.4.2.5); files that carry it on floats exist.
  const char* keyword = "BLANK";
  if (hdu.compressed && !facts.find(keyword)) keyword = "ZBLANK";
  const int stored = hdu.compressed ? hdu.compressed->bitpix : hdu.bitpix;
  // It must be written as an integer: `BLANK = -32768.` is no BLANK (astropy reads it so, too).
  const Card* blank = facts.find(keyword);
  if (stored > 0 && blank && blank->kind == ValueKind::kInteger) {
    const Result<int64_t> value = facts.integer(keyword, std::nullopt);
    if (!value) return value.error();
    hdu.scaling.blank = *value;
  }
  return ok();
}

Status read_compressed(const Facts& facts, Hdu& hdu) {
  CompressedImage image;
  const Result<int64_t> bitpix = facts.integer("ZBITPIX", std::nullopt);
  if (!bitpix) return bitpix.error();
  if (!dtype_of_bitpix(*bitpix))
    return Facts::wrong(*facts.find("ZBITPIX"), "8, 16, 32, 64, -32 or -64");
  image.bitpix = static_cast<int>(*bitpix);
  const Result<uint64_t> naxis = facts.count("ZNAXIS", std::nullopt);
  if (!naxis) return naxis.error();
  if (*naxis > 999) return Facts::wrong(*facts.find("ZNAXIS"), "an integer from 0 to 999");
  auto axes = facts.axes("ZNAXIS", *naxis, std::nullopt);
  if (!axes) return axes.error();
  image.axes = std::move(*axes);
  // Default tiles are single rows (10.1.1).
  auto tile = facts.axes("ZTILE", *naxis, 1);
  if (!tile) return tile.error();
  image.tile = std::move(*tile);
  if (*naxis > 0 && !facts.find("ZTILE1")) image.tile[0] = image.axes[0];
  image.codec = facts.string("ZCMPTYPE");
  hdu.compressed = std::move(image);
  return ok();
}

Status read_table(const Facts& facts, Hdu& hdu) {
  if (hdu.axes.size() != 2) return Facts::wrong(*facts.find("NAXIS"), "2 for a table");
  const Result<uint64_t> columns = facts.count("TFIELDS", std::nullopt);
  if (!columns) return columns.error();
  if (*columns > 999) return Facts::wrong(*facts.find("TFIELDS"), "an integer from 0 to 999");
  TableFrame frame;
  frame.row_length = hdu.axes[0];
  frame.rows = hdu.axes[1];
  frame.columns = *columns;
  const uint64_t rows_end = frame.row_length * frame.rows;  // data_length() checked the product
  const Result<uint64_t> heap = facts.count("THEAP", static_cast<int64_t>(rows_end));
  if (!heap) return heap.error();
  frame.heap_offset = *heap;
  // A compressed table is described as what it expands to (10.3.1).
  frame.is_compressed = hdu.kind == HduKind::kBinTable && facts.is_true("ZTABLE");
  if (frame.is_compressed) {
    const Result<uint64_t> row_length = facts.count("ZNAXIS1", std::nullopt);
    if (!row_length) return row_length.error();
    const Result<uint64_t> rows = facts.count("ZNAXIS2", std::nullopt);
    if (!rows) return rows.error();
    frame.row_length = *row_length;
    frame.rows = *rows;
    if (!checked_mul(*row_length, *rows))
      return Error::of(ErrorCode::kSizeOverflow, "the size of the compressed table overflows");
  }
  hdu.table = frame;
  return ok();
}

Status read_contents(const Facts& facts, Hdu& hdu) {
  if (hdu.kind == HduKind::kBinTable || hdu.kind == HduKind::kAsciiTable ||
      hdu.kind == HduKind::kCompressedImage) {
    Status table = read_table(facts, hdu);
    if (!table) return table;
  }
  if (hdu.kind == HduKind::kCompressedImage) {
    Status compressed = read_compressed(facts, hdu);
    if (!compressed) return compressed;
  }
  if (hdu.kind == HduKind::kImage || hdu.kind == HduKind::kCompressedImage ||
      hdu.kind == HduKind::kGroups)
    return read_scaling(facts, hdu);
  return ok();
}

Result<std::optional<Hdu>> scan(std::string_view text, uint64_t offset, uint64_t index) {
  const bool is_first = index == 0;
  const std::string_view lead = is_first ? "SIMPLE" : "XTENSION";
  if (text.size() < kKeyword) return std::optional<Hdu>();
  if (card_keyword(text) != lead) {
    std::string found;
    for (const char c : text.substr(0, 30)) found += c >= ' ' && c <= '~' ? c : '?';
    return Error::of(ErrorCode::kNotFits, "these bytes do not start an HDU",
                     "a card " + std::string(lead), found);
  }
  const auto extent = find_header_end(text);
  if (!extent) return std::optional<Hdu>();

  const Facts facts(text.substr(0, extent->cards * kCard));
  Hdu hdu;
  hdu.index = index;
  hdu.header_offset = offset;
  hdu.header_length = extent->length;
  hdu.cards = extent->cards;
  hdu.data_offset = offset + extent->length;
  hdu.xtension = is_first ? std::string() : facts.string("XTENSION");
  hdu.extname = facts.string("EXTNAME");
  const Result<int64_t> extver = facts.integer("EXTVER", 1);
  hdu.extver = extver ? *extver : 1;
  if (Status frame = read_frame(facts, is_first, hdu); !frame) return frame.error();
  const Result<uint64_t> length = data_length(hdu);
  if (!length) return length.error();
  hdu.data_length = *length;
  hdu.kind = kind_of(facts, hdu, is_first);
  if (Status contents = read_contents(facts, hdu); !contents)
    hdu.defect = std::move(contents.error()).at_hdu(static_cast<int64_t>(index));
  return std::optional<Hdu>(std::move(hdu));
}

}  // namespace

Result<std::optional<Hdu>> scan_hdu(std::string_view text, uint64_t offset, uint64_t index) {
  auto hdu = scan(text, offset, index);
  if (hdu) return hdu;
  return std::move(hdu.error()).at_hdu(static_cast<int64_t>(index)).at_offset(offset);
}

}  // namespace fitstream
