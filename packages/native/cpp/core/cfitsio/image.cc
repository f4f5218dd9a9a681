#include "image.h"

#include <algorithm>
#include <limits>

#include "session_state.h"

namespace fitstream::cfitsio {
namespace {

int type_code(Dtype t) {
  switch (t) {
    case Dtype::kUint8:
      return TBYTE;
    case Dtype::kInt8:
      return TSBYTE;
    case Dtype::kUint16:
      return TUSHORT;
    case Dtype::kInt16:
      return TSHORT;
    case Dtype::kUint32:
      return TUINT;
    case Dtype::kInt32:
      return TINT;
    case Dtype::kUint64:
      return TULONGLONG;
    case Dtype::kInt64:
      return TLONGLONG;
    case Dtype::kFloat32:
      return TFLOAT;
    case Dtype::kFloat64:
      return TDOUBLE;
  }
  return TDOUBLE;
}

}  // namespace

Status read_subset(Session& session, const simd::Recipe& recipe, const Window& window,
                   MutableByteSpan pixels) {
  const size_t rank = window.shape.size();
  std::vector<long> first(rank), last(rank), step(rank);
  for (size_t i = 0; i < rank; ++i) {
    const size_t axis = rank - 1 - i;  // C order to FITS order
    first[axis] = static_cast<long>(window.origin[i]) + 1;
    last[axis] = static_cast<long>(window.origin[i] + (window.shape[i] - 1) * window.stride[i]) + 1;
    step[axis] = static_cast<long>(window.stride[i]);
  }
  // A null value asks CFITSIO to look for undefined pixels; without one it leaves them as stored.
  float nan32 = std::numeric_limits<float>::quiet_NaN();
  double nan64 = std::numeric_limits<double>::quiet_NaN();
  void* null_value = recipe.out == Dtype::kFloat32   ? static_cast<void*>(&nan32)
                     : recipe.out == Dtype::kFloat64 ? static_cast<void*>(&nan64)
                                                     : nullptr;
  int any_null = 0;
  int status = 0;
  fits_read_subset(session.state().file, type_code(recipe.out), first.data(), last.data(),
                   step.data(), null_value, pixels.data(), &any_null, &status);
  if (status) return error_of(status, "the compressed image cannot be decoded");
  return ok();
}

Result<std::vector<std::byte>> read_cell(Session& session, size_t column, uint64_t row,
                                         uint64_t max_bytes) {
  fitsfile* file = session.state().file;
  const int number = static_cast<int>(column) + 1;
  const auto line = static_cast<LONGLONG>(row) + 1;
  LONGLONG length = 0;
  LONGLONG offset = 0;
  int status = 0;
  fits_read_descriptll(file, number, line, &length, &offset, &status);
  if (status == 0 && (length < 0 || static_cast<uint64_t>(length) > max_bytes))
    return Error::of(ErrorCode::kFileChanged, "a compressed tile has changed since it was checked",
                     "at most " + std::to_string(max_bytes) + " bytes", std::to_string(length));
  std::vector<std::byte> cell(status == 0 ? static_cast<size_t>(length) : 0);
  if (!cell.empty())
    fits_read_col(file, TBYTE, number, line, 1, length, nullptr, cell.data(), nullptr, &status);
  if (status) return error_of(status, "a compressed tile cannot be read");
  return cell;
}

Status ignore_scaling(Session& session) {
  int status = 0;
  fits_set_bscale(session.state().file, 1.0, 0.0, &status);
  if (status) return error_of(status, "CFITSIO cannot read unscaled values");
  return ok();
}

}  // namespace fitstream::cfitsio
