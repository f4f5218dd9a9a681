// Header text to cards, and to an HDU. Input: the text.
#include "header.h"

#include "support.h"

namespace fitstream::fuzz {
namespace {

void check_cards(std::string_view text) {
  const auto cards = parse_cards(text);
  int64_t next = 0;
  for (const Card& card : cards) {
    require(card.index == next && card.records > 0, "cards follow one another");
    next += card.records;
  }
  require(static_cast<uint64_t>(next) * kCard <= text.size(), "cards are in the text");
  for (uint64_t i = 0; i < std::min<uint64_t>(text.size() / kCard, 8); ++i) {
    const std::string_view keyword = card_keyword(text.substr(i * kCard, kCard));
    require(find_card(text, keyword).has_value(), "a keyword that is there is found");
  }
  static_cast<void>(parse_real(text.substr(0, 32)));
}

void check_hdu(std::string_view text, uint64_t offset, uint64_t index) {
  const auto hdu = scan_hdu(text, offset, index);
  if (!hdu || !*hdu) return;
  const auto extent = find_header_end(text);
  require(extent && extent->length == (*hdu)->header_length, "an HDU has a header with an end");
  require((*hdu)->data_offset == offset + extent->length, "data follow their header");
  require((*hdu)->end() >= (*hdu)->data_offset, "an HDU ends behind its header");
  const auto again = scan_hdu(text.substr(0, extent->length), offset, index);
  require(again && *again && (*again)->end() == (*hdu)->end() && (*again)->kind == (*hdu)->kind,
          "nothing behind a header changes it");
}

}  // namespace
}  // namespace fitstream::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fitstream::fuzz;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_cards(text);
  check_hdu(text, 0, 0);
  check_hdu(text, 0, 1);
  check_hdu(text, INT64_MAX / 2880 * 2880 - 28800, 1);  // the file is nearly as long as can be
  return 0;
}
