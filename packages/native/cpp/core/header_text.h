// The text of one header, read as far as it is looked at.
#pragma once

#include <string>
#include <string_view>

#include "card.h"
#include "file.h"

namespace fitstream {

class HeaderText {
 public:
  // Of the header at `offset`. `text` is the memory for it, which must outlive this.
  HeaderText(std::string& text, const File& file, uint64_t offset)
      : text_(text), file_(&file), offset_(offset) {
    text_.clear();
  }
  // Of the header that `text` starts with. To look behind its end is an error.
  explicit HeaderText(std::string& text) : text_(text) {}

  std::string_view text() const { return text_; }
  std::string_view record(uint64_t i) const { return text().substr(i * kCard, kCard); }

  // Bytes up to the last record that was looked at.
  uint64_t reached() const { return reached_; }

  // Reads on until record `i` is there; false where the file, or the patience with it, ends first.
  Result<bool> reach(uint64_t i);

  // The card at record `i` with all of its CONTINUE records.
  Result<Card> card(uint64_t i);

  Error no_end() const;

 private:
  std::string& text_;
  const File* file_ = nullptr;
  uint64_t offset_ = 0;
  uint64_t reached_ = 0;
};

}  // namespace fitstream
