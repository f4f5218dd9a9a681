// Writing an image, plain or in compressed tiles.
#pragma once

#include <fitsio.h>

#include "writer.h"

namespace fitstream::cfitsio {

// Finds, before anything is written, what no file or codec can hold.
Status check_image(const ImageToWrite& image);

// Adds an HDU for the image, without its pixels: its header can still grow for nothing.
Status create_image(fitsfile* file, const ImageToWrite& image);
Status write_pixels(fitsfile* file, const ImageToWrite& image, const Progress& progress);

}  // namespace fitstream::cfitsio
