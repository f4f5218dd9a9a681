// Writing one keyword of a header.
#pragma once

#include <fitsio.h>

#include <string_view>

#include "writer.h"

namespace fitstream::cfitsio {

// Characters between the quotes of a card.
inline constexpr size_t kCardString = 68;

// Whether a string fits a card, with its quotes doubled.
bool fits_card(std::string_view text);

// Adds the keyword to the HDU that the file stands on, or gives it a new value; COMMENT and HISTORY
// are always added.
Status write_keyword(fitsfile* file, const KeywordValue& keyword);

}  // namespace fitstream::cfitsio
