// CFITSIO's failures as ours. Every call of that library lives in this folder; files reach it by
// fits_create_diskfile and fits_open_diskfile, never through its file-name syntax, which can write,
// delete and download (docs/architecture.md, "CFITSIO").
#pragma once

#include <string>

#include "../status.h"

namespace fitstream::cfitsio {

// CFITSIO's status as an Error, with its own words for it.
Error error_of(int status, std::string what);

}  // namespace fitstream::cfitsio
