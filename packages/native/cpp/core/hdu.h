// Header and data unit: its kind, and where its data lie (FITS Standard 4.0, sections 3, 4.4, 6,
// 7).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bytes.h"
#include "status.h"

namespace fitstream {

enum class HduKind : uint8_t {
  kImage,            // primary array or IMAGE extension
  kCompressedImage,  // tile-compressed image in a binary table (section 10.1)
  kBinTable,
  kAsciiTable,
  kGroups,   // random groups (section 6)
  kUnknown,  // an extension of another type; skipped by its size
};

constexpr std::string_view hdu_kind_name(HduKind kind) {
  switch (kind) {
    case HduKind::kImage:
      return "image";
    case HduKind::kCompressedImage:
      return "compressed-image";
    case HduKind::kBinTable:
      return "bintable";
    case HduKind::kAsciiTable:
      return "asciitable";
    case HduKind::kGroups:
      return "groups";
    case HduKind::kUnknown:
      return "unknown";
  }
  return "unknown";
}

// The keywords that turn stored pixels into physical ones (4.4.2.5).
struct Scaling {
  double bscale = 1;
  double bzero = 0;
  std::optional<int64_t> blank;
};

// What a tile-compressed image says about itself (10.1.1). Axes in FITS order, fastest first.
struct CompressedImage {
  int bitpix = 0;
  std::vector<uint64_t> axes;
  std::vector<uint64_t> tile;
  std::string codec;  // ZCMPTYPE
};

// What a table says about its frame (7.2.1, 7.3.1); for a compressed table, about what it expands
// to.
struct TableFrame {
  uint64_t row_length = 0;  // bytes
  uint64_t rows = 0;
  uint64_t columns = 0;
  uint64_t heap_offset = 0;    // from the start of the data
  bool is_compressed = false;  // ZTABLE: rows are not there as they are described
};

struct Hdu {
  HduKind kind = HduKind::kUnknown;
  uint64_t index = 0;
  uint64_t header_offset = 0;
  uint64_t header_length = 0;  // bytes, whole blocks
  uint64_t cards = 0;          // 80-character records before END
  uint64_t data_offset = 0;
  uint64_t data_length = 0;  // bytes, without padding
  std::string xtension;      // "IMAGE", "BINTABLE" ...; empty for the primary HDU
  std::string extname;
  int64_t extver = 1;
  int bitpix = 8;
  std::vector<uint64_t> axes;  // NAXIS1 first
  uint64_t pcount = 0;
  uint64_t gcount = 1;
  Scaling scaling;
  std::optional<CompressedImage> compressed;
  std::optional<TableFrame> table;
  // Set when the header makes the data unreadable although their size is known: the HDUs after
  // this one can still be reached.
  std::optional<Error> defect;

  // Start of the next HDU. Cannot overflow: scan_hdu checked it.
  uint64_t end() const { return data_offset + *padded_to_block(data_length); }
};

// Reads the HDU whose header starts at the first character of `text`, which is byte `offset` of
// its file. Nothing when `text` ends before the END card does: call again with more of it. Looks at
// the size-giving keywords only; no other card is parsed.
Result<std::optional<Hdu>> scan_hdu(std::string_view text, uint64_t offset, uint64_t index);

// Longest header that is searched for its END card, in bytes: 800,000 cards. A limit, because a
// file of any size may lack an END.
inline constexpr uint64_t kMaxHeaderLength = uint64_t{64} << 20;

}  // namespace fitstream
