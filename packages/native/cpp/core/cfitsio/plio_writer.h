// Tiles of PLIO_1, put by CFITSIO into the rows of its table as our own encoder makes them.
#pragma once

#include <fitsio.h>

#include "writer.h"

namespace fitstream::cfitsio {

Status write_plio_tiles(fitsfile* file, const ImageToWrite& image, const Progress& progress);

}  // namespace fitstream::cfitsio
