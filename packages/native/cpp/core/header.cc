#include "header.h"

#include "bytes.h"

namespace fitstream {
namespace {

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

bool is_end_record(std::string_view record) {
  return record.substr(0, 8) == "END     " &&
         record.find_first_not_of(' ', 8) == std::string_view::npos;
}

std::optional<HeaderExtent> find_header_end(std::string_view text) {
  const uint64_t records = text.size() / kCard;
  for (uint64_t i = 0; i < records; ++i) {
    if (!is_end_record(text.substr(i * kCard, kCard))) continue;
    // The block that holds END belongs to the header also where the file stops short of it.
    return HeaderExtent{i, (i * kCard / kBlock + 1) * kBlock};
  }
  return std::nullopt;
}

Card card_at(std::string_view text, uint64_t i) {
  Card card = parse_card(text.substr(i * kCard, kCard));
  card.index = static_cast<int64_t>(i);
  while (awaits_continuation(card) && (++i + 1) * kCard <= text.size()) {
    Card next = parse_card(text.substr(i * kCard, kCard));
    if (next.keyword != "CONTINUE" || next.kind != ValueKind::kString) break;
    continue_string(card, std::move(next));
  }
  return card;
}

std::vector<Card> parse_cards(std::string_view text) {
  std::vector<Card> cards;
  const uint64_t records = text.size() / kCard;
  cards.reserve(records);
  for (uint64_t i = 0; i < records;) {
    if (is_end_record(text.substr(i * kCard, kCard))) break;
    cards.push_back(card_at(text, i));
    i += static_cast<uint64_t>(cards.back().records);
  }
  return cards;
}

std::optional<Card> find_card(std::string_view text, std::string_view keyword) {
  const uint64_t records = text.size() / kCard;
  for (uint64_t i = 0; i < records; ++i)
    if (card_keyword(text.substr(i * kCard, kCard)) == keyword) return card_at(text, i);
  return std::nullopt;
}

}  // namespace fitstream
