// Header blocks to cards. Two passes that do not know each other: `scan_header` finds the end and
// the few keywords that give an HDU its size (cheap, done for every HDU that is passed), and
// `parse_cards` reads every card (done when somebody asks for the header).
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "card.h"
#include "status.h"

namespace fitstream {

// Where a header ends.
struct HeaderExtent {
  uint64_t cards = 0;   // records before END
  uint64_t length = 0;  // bytes, whole blocks
};

// Whether a record is END: the keyword and nothing else (Standard 4.0, section 4.4.1.1).
bool is_end_record(std::string_view record);

// Looks for the END record. Nothing when `text` ends before it; `text` starts at the header.
std::optional<HeaderExtent> find_header_end(std::string_view text);

// The card that starts at record `i`. A string continued by CONTINUE records (4.2.1.2) is one card.
Card card_at(std::string_view text, uint64_t i);

// All cards before END, in order, duplicates kept. `text` holds the records, without END or with
// it.
std::vector<Card> parse_cards(std::string_view text);

// A keyword of which only the first value counts, fetched without parsing other cards.
// `text` is scanned from its start: use it for a handful of keywords, parse_cards for more.
std::optional<Card> find_card(std::string_view text, std::string_view keyword);

}  // namespace fitstream
