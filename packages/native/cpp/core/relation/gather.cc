#include "relation/gather.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <string>
#include <vector>

#include "relation/bits.h"
#include "threads.h"

namespace fitstream::relation {
namespace {

// Rows that one thread gathers at a time; a multiple of 8, so that its validity bits are bytes of
// its own.
constexpr size_t kPortion = 65536;

// Calls `visit(begin, end)` for portions of the rows, until one is cancelled.
template <typename Visit>
Status for_each_portion(size_t rows, size_t threads, CancelFlag cancel, const Visit& visit) {
  run_parallel((rows + kPortion - 1) / kPortion, threads, [&](size_t i) {
    if (!is_cancelled(cancel)) visit(i * kPortion, std::min(rows, (i + 1) * kPortion));
  });
  if (is_cancelled(cancel)) return aborted();
  return ok();
}

// Whether kNoRow is among the indices; an error for those that are no row.
Result<bool> check_indices(std::span<const uint32_t> indices, size_t rows, size_t threads,
                           CancelFlag cancel) {
  std::atomic<bool> has_none = false;
  std::atomic<uint32_t> beyond = 0;
  Status done = for_each_portion(indices.size(), threads, cancel, [&](size_t begin, size_t end) {
    // The largest index, and the largest one + 1, where kNoRow is 0.
    uint32_t most = 0, next = 0;
    for (size_t i = begin; i < end; ++i)
      most = std::max(most, indices[i]), next = std::max(next, indices[i] + 1);
    if (most == kNoRow) has_none = true;
    if (next > rows) beyond = next;
  });
  if (!done) return done.error();
  if (beyond == 0) return has_none.load();
  return Error::of(ErrorCode::kOutOfBounds, "a row that is not there",
                   "rows below " + std::to_string(rows), std::to_string(beyond - 1));
}

template <typename Cell>
void copy_cells(const std::byte* data, std::span<const uint32_t> indices, const Cell& none,
                std::byte* out) {
  for (size_t i = 0; i < indices.size(); ++i) {
    Cell cell = none;
    if (indices[i] != kNoRow) std::memcpy(&cell, data + indices[i] * sizeof cell, sizeof cell);
    std::memcpy(out + i * sizeof cell, &cell, sizeof cell);
  }
}

// Cells of any size; `none` is one of them.
void copy_long_cells(const std::byte* data, std::span<const uint32_t> indices, ByteSpan none,
                     std::byte* out) {
  const size_t size = none.size();
  for (size_t i = 0; i < indices.size(); ++i)
    std::memcpy(out + i * size, indices[i] == kNoRow ? none.data() : data + indices[i] * size,
                size);
}

// What a cell of no row holds.
std::vector<std::byte> empty_cell(Dtype dtype, size_t length) {
  std::vector<std::byte> cell(length * size_of(dtype));
  const auto fill = [&](auto nan) {
    for (size_t i = 0; i < length; ++i) std::memcpy(&cell[i * sizeof nan], &nan, sizeof nan);
  };
  if (dtype == Dtype::kFloat64) fill(std::numeric_limits<double>::quiet_NaN());
  if (dtype == Dtype::kFloat32) fill(std::numeric_limits<float>::quiet_NaN());
  return cell;
}

template <typename Cell>
Cell cell_of(const std::vector<std::byte>& bytes) {
  Cell cell;
  std::memcpy(&cell, bytes.data(), sizeof cell);
  return cell;
}

void copy_portion(const FixedRows& source, std::span<const uint32_t> indices,
                  const std::vector<std::byte>& none, std::byte* out) {
  const std::byte* const data = source.data.data();
  switch (none.size()) {
    case 0:
      return;
    case 1:
      return copy_cells(data, indices, cell_of<uint8_t>(none), out);
    case 2:
      return copy_cells(data, indices, cell_of<uint16_t>(none), out);
    case 4:
      return copy_cells(data, indices, cell_of<uint32_t>(none), out);
    case 8:
      return copy_cells(data, indices, cell_of<uint64_t>(none), out);
    default:
      break;
  }
  copy_long_cells(data, indices, none, out);
}

// The bits of rows of `length` each, zeros for no row.
void copy_validity(ByteSpan validity, size_t length, std::span<const uint32_t> indices,
                   std::byte* out) {
  BitWriter writer(out);
  for (const uint32_t row : indices)
    for (size_t e = 0; e < length; ++e)
      writer.put(row != kNoRow && (validity.empty() || bit_at(validity.data(), row * length + e)));
}

Status check_fixed(const FixedRows& source, size_t& rows) {
  const size_t cell = source.row_length * size_of(source.dtype);
  if (source.row_length > std::numeric_limits<uint32_t>::max() ||
      (cell == 0 ? !source.data.empty() : source.data.size() % cell != 0))
    return Error::of(ErrorCode::kBadArgument, "the data are no whole rows",
                     "a multiple of " + std::to_string(cell) + " bytes",
                     std::to_string(source.data.size()));
  // Cells without elements say nothing about the number of rows.
  rows = cell == 0 ? kNoRow : source.data.size() / cell;
  if (!source.validity.empty() &&
      source.validity.size() < bytes_of_bits(source.data.size() / size_of(source.dtype)))
    return Error::of(ErrorCode::kBadArgument, "the validity does not fit the data",
                     "a bit for each element");
  return ok();
}

}  // namespace

Result<GatheredRows> gather_fixed(const FixedRows& source, std::span<const uint32_t> indices,
                                  size_t threads, CancelFlag cancel) {
  size_t rows = 0;
  if (Status fits = check_fixed(source, rows); !fits) return fits.error();
  const auto checked = check_indices(indices, rows, threads, cancel);
  if (!checked) return checked.error();
  const std::vector<std::byte> none = empty_cell(source.dtype, source.row_length);
  const auto bytes = checked_mul(indices.size(), none.size());
  if (!bytes) return Error::of(ErrorCode::kSizeOverflow, "the gathered rows are too long");
  GatheredRows out{Array<std::byte>(*bytes), {}};
  if (!source.validity.empty() || *checked)
    out.validity = Array<std::byte>(bytes_of_bits(indices.size() * source.row_length));
  Status done = for_each_portion(indices.size(), threads, cancel, [&](size_t begin, size_t end) {
    const auto portion = indices.subspan(begin, end - begin);
    copy_portion(source, portion, none, out.data.data() + begin * none.size());
    if (!out.validity.empty())
      copy_validity(source.validity, source.row_length, portion,
                    out.validity.data() + begin * source.row_length / 8);
  });
  if (!done) return done.error();
  return out;
}

Result<GatheredRagged> gather_ragged(const RaggedRows& source, std::span<const uint32_t> indices,
                                     size_t threads, CancelFlag cancel) {
  const size_t rows = source.offsets.empty() ? 0 : source.offsets.size() - 1;
  const size_t items = source.item_size == 0 ? 0 : source.data.size() / source.item_size;
  if (Status fits = check_offsets(source.offsets, rows, items); !fits) return fits.error();
  const bool is_short =
      (!source.row_validity.empty() && source.row_validity.size() < bytes_of_bits(rows)) ||
      (!source.item_validity.empty() && source.item_validity.size() < bytes_of_bits(items));
  if (is_short)
    return Error::of(ErrorCode::kBadArgument, "the validity does not fit the data",
                     "a bit for each");
  const auto checked = check_indices(indices, rows, threads, cancel);
  if (!checked) return checked.error();

  GatheredRagged out;
  out.offsets = Array<int32_t>(indices.size() + 1);
  const std::span<const int32_t> from = source.offsets;
  int64_t end = 0;
  out.offsets[0] = 0;
  for (size_t i = 0; i < indices.size(); ++i) {
    if (indices[i] != kNoRow) end += from[indices[i] + size_t{1}] - from[indices[i]];
    if (end > std::numeric_limits<int32_t>::max())
      return Error::of(ErrorCode::kLimit, "the gathered cells are too many for 32-bit offsets",
                       "at most 2147483647 items");
    out.offsets[i + 1] = static_cast<int32_t>(end);
  }
  out.data = Array<std::byte>(static_cast<size_t>(end) * source.item_size);
  Status done = for_each_portion(indices.size(), threads, cancel, [&](size_t begin, size_t stop) {
    for (size_t i = begin; i < stop; ++i) {
      const auto length = static_cast<size_t>(out.offsets[i + 1] - out.offsets[i]);
      if (length > 0)
        std::memcpy(out.data.data() + static_cast<size_t>(out.offsets[i]) * source.item_size,
                    source.data.data() + static_cast<size_t>(from[indices[i]]) * source.item_size,
                    length * source.item_size);
    }
  });
  if (!done) return done.error();

  if (!source.row_validity.empty() || *checked) {
    out.row_validity = Array<std::byte>(bytes_of_bits(indices.size()));
    copy_validity(source.row_validity, 1, indices, out.row_validity.data());
  }
  if (!source.item_validity.empty()) {
    out.item_validity = Array<std::byte>(bytes_of_bits(static_cast<size_t>(end)));
    BitWriter writer(out.item_validity.data());
    for (const uint32_t row : indices)
      if (row != kNoRow)
        for (auto i = static_cast<size_t>(from[row]);
             i < static_cast<size_t>(from[row + size_t{1}]); ++i)
          writer.put(bit_at(source.item_validity.data(), i));
  }
  return out;
}

Result<Array<uint32_t>> select_rows(std::span<const uint8_t> mask) {
  if (Status fits = check_rows(mask.size()); !fits) return fits.error();
  const size_t n = mask.size();
  Array<uint32_t> out(n - static_cast<size_t>(std::ranges::count(mask, 0)));
  uint32_t* to = out.data();
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    uint64_t bytes;
    std::memcpy(&bytes, &mask[i], 8);
    if (bytes == 0) continue;
    // The high bit of each byte that is not 0.
    constexpr uint64_t kLow = 0x7f7f7f7f7f7f7f7f;
    uint64_t bits = (((bytes & kLow) + kLow) | bytes) & ~kLow;
    for (; bits != 0; bits &= bits - 1)
      *to++ = static_cast<uint32_t>(i) + static_cast<uint32_t>(std::countr_zero(bits)) / 8;
  }
  for (; i < n; ++i)
    if (mask[i] != 0) *to++ = static_cast<uint32_t>(i);
  return out;
}

}  // namespace fitstream::relation
