// Files that are compressed as a whole: .fits.gz, .fits.bz2, .fits.Z, and FITS in a zip archive.
// Unlike tile compression they allow no access to a part, so they are unpacked first, piece by
// piece.
#pragma once

#include <functional>
#include <string_view>

#include "bytes.h"
#include "file.h"
#include "status.h"

namespace fitstream {

// The name of the outer compression that the first bytes of a file give away ("gzip", "bzip2",
// "compress", "zip"); empty for a file that is not packed. Six bytes are enough.
std::string_view packing_of(ByteSpan first_bytes);

// kUnsupported for a file that is packed. Random access needs the bytes as they are: such a file
// has to be unpacked first, which openFits does and a survey does not.
Status check_not_packed(const File& file);

// Takes unpacked bytes, one piece after the other.
using UnpackSink = std::function<Status(ByteSpan)>;

// Unpacks all members of a stream, or the first member of a zip archive that starts as FITS does;
// holds one piece at a time. More than `max_bytes` is kLimit: the packed size says nothing about
// the unpacked one. Without the checksums of gzip members, which src/unpack.ts compares.
Status unpack(ByteSpan packed, uint64_t max_bytes, CancelFlag cancel, const UnpackSink& sink);
Status unpack(const File& packed, uint64_t max_bytes, CancelFlag cancel, const UnpackSink& sink);

}  // namespace fitstream
