#include "writer.h"

#include <optional>

#include "error.h"
#include "image_writer.h"
#include "keyword_writer.h"
#include "open_file.h"
#include "table_writer.h"

namespace fitstream::cfitsio {
namespace {

// Cards that checksums take: were they added later, the data would have to make room.
Status reserve_checksum(fitsfile* file) {
  int status = 0;
  fits_update_key_str(file, "CHECKSUM", "0000000000000000", "HDU checksum", &status);
  fits_update_key_str(file, "DATASUM", "0", "data unit checksum", &status);
  if (status) return error_of(status, "cannot write the checksum");
  return ok();
}

Status write_keywords(fitsfile* file, const HduToWrite& hdu, bool checksum) {
  for (const KeywordValue& k : hdu.keywords)
    if (Status s = write_keyword(file, k); !s) return s;
  return checksum ? reserve_checksum(file) : ok();
}

Status write_image_hdu(fitsfile* file, const HduToWrite& hdu, bool checksum,
                       const Progress& progress) {
  const ImageToWrite& image = std::get<ImageToWrite>(hdu.data);
  if (Status s = create_image(file, image); !s) return s;
  if (Status s = write_keywords(file, hdu, checksum); !s) return s;
  return write_pixels(file, image, progress);
}

Status write_table_hdu(fitsfile* file, const HduToWrite& hdu, bool checksum,
                       const Progress& progress) {
  auto encoder = create_table(file, std::get<TableToWrite>(hdu.data));
  if (!encoder) return encoder.error();
  if (Status s = write_keywords(file, hdu, checksum); !s) return s;
  return write_table(file, *encoder, progress);
}

// A primary HDU that CFITSIO put before a table or a compressed image.
Status check_sum_primary(fitsfile* file, const std::vector<HduToWrite>& hdus) {
  const auto* image = std::get_if<ImageToWrite>(&hdus.front().data);
  if (image && !image->compression) return ok();
  int status = 0;
  fits_movabs_hdu(file, 1, nullptr, &status);
  if (status) return error_of(status, "cannot return to the primary HDU");
  return update_checksum(file);
}

}  // namespace

Status Progress::advance(uint64_t bytes) const {
  if (done) done->fetch_add(bytes, std::memory_order_relaxed);
  if (!is_cancelled(cancel)) return ok();
  return Error::of(ErrorCode::kAborted, "the write was aborted");
}

Status check_hdu(const HduToWrite& hdu) {
  const auto* image = std::get_if<ImageToWrite>(&hdu.data);
  return image ? check_image(*image) : ok();
}

Status write_hdu(fitsfile* file, const HduToWrite& hdu, bool checksum, const Progress& progress) {
  Status data = std::holds_alternative<ImageToWrite>(hdu.data)
                    ? write_image_hdu(file, hdu, checksum, progress)
                    : write_table_hdu(file, hdu, checksum, progress);
  if (!data) return data;
  return checksum ? update_checksum(file) : ok();
}

Status update_checksum(fitsfile* file) {
  int status = 0;
  fits_write_chksum(file, &status);
  if (status) return error_of(status, "cannot write the checksum");
  return ok();
}

Status write_file(const std::string& path, const std::vector<HduToWrite>& hdus,
                  const WriteOptions& options, const Progress& progress) {
  auto target = NewFile::beside(path);
  if (!target) return target.error();
  // Sooner than after gigabytes; what counts is the same check when the file takes its name.
  if (!options.publish.overwrite)
    if (Status s = check_free(path); !s) return s;
  const auto at = [&](Status s, size_t i) -> Status {
    if (s) return s;
    return std::move(s.error()).at_path(path).at_hdu(static_cast<int64_t>(i));
  };
  if (hdus.empty())
    return Error::of(ErrorCode::kBadArgument, "a file without HDUs is no FITS file").at_path(path);
  for (size_t i = 0; i < hdus.size(); ++i)
    if (Status s = at(check_hdu(hdus[i]), i); !s) return s;
  {
    auto file = OpenFile::create(target->temporary());
    if (!file) return std::move(file.error()).at_path(path);
    for (size_t i = 0; i < hdus.size(); ++i)
      if (Status s = at(write_hdu(file->get(), hdus[i], options.checksum, progress), i); !s)
        return s;
    if (options.checksum)
      if (Status s = check_sum_primary(file->get(), hdus); !s) return s;
    if (Status s = file->close(); !s) return std::move(s.error()).at_path(path);
  }
  return target->publish(options.publish);
}

}  // namespace fitstream::cfitsio
