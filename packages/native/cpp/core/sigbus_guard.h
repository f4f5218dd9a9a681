// Mapped files that are cut off by somebody else. A touch of a page that its file no longer has
// raises SIGBUS, which ends the process. For mappings under guard a handler, installed with the
// first of them, puts zeros in the place of the mapping and notes that it did; who reads one looks
// at the note before the bytes count for anything. Every other SIGBUS goes where it went before.
#pragma once

#include <memory>

#include "bytes.h"

namespace fitstream {

struct GuardedPages;
struct EndGuard {
  void operator()(GuardedPages* pages) const;
};
// Ends before the mapping does: its addresses may be another's from then on.
using SigbusGuard = std::unique_ptr<GuardedPages, EndGuard>;

// Null where more mappings are guarded than there is room for.
SigbusGuard guard_pages(ByteSpan mapping);

// Whether zeros stand there now. Once true, it stays so.
bool is_damaged(const GuardedPages& pages);

}  // namespace fitstream
