// Small FITS files as CFITSIO writes them: every codec and kind of column.
#pragma once

#include <optional>

#include "image_kinds.h"
#include "table_kinds.h"

namespace fitstream::fuzz {

// Two HDUs, of which the second is the compressed image; nothing where CFITSIO writes none such.
std::optional<Bytes> compressed_image_file(const ImageKind& kind);

// Images of every BITPIX.
Bytes images_file();

// Two HDUs, of which the second is the table, `tile_rows` in a tile where it is to be compressed;
// nothing where CFITSIO writes none such.
std::optional<Bytes> table_file(const TableKind& kind, uint64_t rows,
                                std::optional<uint64_t> tile_rows);

}  // namespace fitstream::fuzz
