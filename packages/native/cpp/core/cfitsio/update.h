// Changing files: HDUs and rows added, rows and keywords changed. Either the file is replaced by a
// changed copy, or it changes in place; after a failure it is what it was.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "writer.h"

namespace fitstream::cfitsio {

// A number, from 0, or an EXTNAME.
using HduSelector = std::variant<uint64_t, std::string>;

struct UpdateOptions {
  // Change the file itself, where no data need to move; readers may see half of it.
  bool in_place = false;
  bool sync = false;
};

struct KeywordChange {
  KeywordValue keyword;
  bool is_deleted = false;
};

Status append_hdu(const std::string& path, const HduToWrite& hdu, bool checksum,
                  const UpdateOptions& options, const Progress& progress);

// COMMENT, HISTORY and blank cards are added, other keywords changed where they are there.
Status update_keywords(const std::string& path, const HduSelector& hdu,
                       const std::vector<KeywordChange>& changes, const UpdateOptions& options,
                       const Progress& progress);

// Adds rows, which need cells of every column; gives the number of the first one.
Result<uint64_t> append_rows(const std::string& path, const HduSelector& hdu,
                             const std::vector<ColumnCells>& cells, const UpdateOptions& options,
                             const Progress& progress);

// Replaces cells of rows that are there, from row `first` on.
Status update_rows(const std::string& path, const HduSelector& hdu, uint64_t first,
                   const std::vector<ColumnCells>& cells, const UpdateOptions& options,
                   const Progress& progress);

}  // namespace fitstream::cfitsio
