// Writing an image in compressed tiles (FITS Standard 4.0, section 10).
#pragma once

#include <fitsio.h>

#include "writer.h"

namespace fitstream::cfitsio {

// Finds what the codec cannot hold: its types, its tiles, values out of its range.
Status check_compression(const ImageToWrite& image);

// Sets what the next image that is created gets.
Status set_compression(fitsfile* file, const ImageToWrite& image);

// Gives the codec the name that the standard knows.
Status name_codec(fitsfile* file, const TileCompression& compression);

Status write_tiles(fitsfile* file, const ImageToWrite& image, const Progress& progress);

}  // namespace fitstream::cfitsio
