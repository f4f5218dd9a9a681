#include "header_text.h"

#include <algorithm>
#include <span>

#include "header.h"

namespace fitstream {
namespace {

// Two blocks hold the keywords that people ask for in most headers; a third costs as much as
// finding them does.
constexpr uint64_t kFirstRead = 2 * kBlock;

}  // namespace

Result<bool> HeaderText::reach(uint64_t i) {
  const uint64_t end = (i + 1) * kCard;
  reached_ = std::max(reached_, end);
  while (end > text_.size()) {
    if (file_ == nullptr) return no_end();
    const uint64_t left = file_->size() - std::min(file_->size(), offset_);
    const uint64_t had = text_.size();
    const uint64_t want = std::min(left, std::max(kFirstRead, 2 * had));
    if (want == had || had >= kMaxHeaderLength) return false;
    text_.resize(want);
    const auto rest = std::as_writable_bytes(std::span(text_)).subspan(had);
    if (Status read = file_->read(offset_ + had, rest); !read) return read.error();
  }
  return true;
}

Result<Card> HeaderText::card(uint64_t i) {
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

Error HeaderText::no_end() const {
  return Error::of(ErrorCode::kNoEnd, "the header has no END card", {},
                   std::to_string(text_.size()) + " bytes without it")
      .at_offset(offset_);
}

}  // namespace fitstream
