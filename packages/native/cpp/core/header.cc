#include "header.h"

#include "bytes.h"

namespace fitstream {
namespace {

bool is_end(std::string_view record) {
  return record.substr(0, 8) == "END     " &&
         record.find_first_not_of(' ', 8) == std::string_view::npos;
}

// Appends the CONTINUE record `next` to `card`, whose string ends in '&'.
void continue_string(Card& card, Card&& next) {
  card.text.pop_back();
  card.text += next.text;
  if (!next.comment.empty()) {
    if (!card.comment.empty()) card.comment += ' ';
    card.comment += next.comment;
  }
  ++card.records;
}

bool awaits_continuation(const Card& card) {
  return card.kind == ValueKind::kString && !card.text.empty() && card.text.back() == '&';
}

}  // namespace

std::optional<HeaderExtent> find_header_end(std::string_view text) {
  const uint64_t records = text.size() / kCard;
  for (uint64_t i = 0; i < records; ++i) {
    if (!is_end(text.substr(i * kCard, kCard))) continue;
    // The block that holds END belongs to the header also where the file stops short of it.
    return HeaderExtent{i, (i * kCard / kBlock + 1) * kBlock};
  }
  return std::nullopt;
}

std::vector<Card> parse_cards(std::string_view text) {
  std::vector<Card> cards;
  const uint64_t records = text.size() / kCard;
  cards.reserve(records);
  for (uint64_t i = 0; i < records; ++i) {
    const std::string_view record = text.substr(i * kCard, kCard);
    if (is_end(record)) break;
    Card card = parse_card(record);
    card.index = static_cast<int64_t>(i);
    const bool continues = card.keyword == "CONTINUE" && card.kind == ValueKind::kString &&
                           !cards.empty() && awaits_continuation(cards.back()) &&
                           cards.back().index + cards.back().records == card.index;
    if (continues)
      continue_string(cards.back(), std::move(card));
    else
      cards.push_back(std::move(card));
  }
  return cards;
}

std::optional<Card> find_card(std::string_view text, std::string_view keyword) {
  const uint64_t records = text.size() / kCard;
  for (uint64_t i = 0; i < records; ++i) {
    const std::string_view record = text.substr(i * kCard, kCard);
    if (card_keyword(record) != keyword) continue;
    Card card = parse_card(record);
    card.index = static_cast<int64_t>(i);
    return card;
  }
  return std::nullopt;
}

}  // namespace fitstream
