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

// Indices may have changed since they were checked: whatever is not below `rows` is no row, where
// they are used.

// Random rows are asked for so many ahead: the CPU alone waits for fewer at a time.
constexpr size_t kAhead = 32;

// To ask for memory that is not there does nothing.
void ask_for(const void* memory, size_t offset) {
  __builtin_prefetch(reinterpret_cast<const void*>(reinterpret_cast<uintptr_t>(memory) + offset));
}

template <typename Cell>
void copy_cells(const std::byte* data, std::span<const uint32_t> indices, uint32_t rows,
                const Cell& none, std::byte* out) {
  for (size_t i = 0; i < indices.size(); ++i) {
    if (i + kAhead < indices.size()) ask_for(data, read_once(indices[i + kAhead]) * sizeof none);
    Cell cell = none;
    if (const uint32_t row = read_once(indices[i]); row < rows)
      std::memcpy(&cell, data + row * sizeof cell, sizeof cell);
    std::memcpy(out + i * sizeof cell, &cell, sizeof cell);
  }
}

// Cells of any size; `none` is one of them.
void copy_long_cells(const std::byte* data, std::span<const uint32_t> indices, uint32_t rows,
                     ByteSpan none, std::byte* out) {
  const size_t size = none.size();
  for (size_t i = 0; i < indices.size(); ++i) {
    const uint32_t row = read_once(indices[i]);
    std::memcpy(out + i * size, row < rows ? data + row * size : none.data(), size);
  }
}

// Of those that indices can name.
uint32_t row_count(size_t rows) { return static_cast<uint32_t>(std::min<size_t>(rows, kNoRow)); }

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

void copy_portion(const FixedRows& source, std::span<const uint32_t> indices, uint32_t rows,
                  const std::vector<std::byte>& none, std::byte* out) {
  const std::byte* const data = source.data.data();
  switch (none.size()) {
    case 0:
      return;
    case 1:
      return copy_cells(data, indices, rows, cell_of<uint8_t>(none), out);
    case 2:
      return copy_cells(data, indices, rows, cell_of<uint16_t>(none), out);
    case 4:
      return copy_cells(data, indices, rows, cell_of<uint32_t>(none), out);
    case 8:
      return copy_cells(data, indices, rows, cell_of<uint64_t>(none), out);
    default:
      break;
  }
  copy_long_cells(data, indices, rows, none, out);
}

// The bits of rows of `length` each, zeros for no row.
void copy_validity(ByteSpan validity, size_t length, std::span<const uint32_t> indices,
                   uint32_t rows, std::byte* out) {
  BitWriter writer(out);
  for (const uint32_t& index : indices) {
    const uint32_t row = read_once(index);
    for (size_t e = 0; e < length; ++e)
      writer.put(row < rows && (validity.empty() || bit_at(validity.data(), row * length + e)));
  }
}

Status check_fixed(const FixedRows& source, uint32_t& rows) {
  const size_t cell = source.row_length * size_of(source.dtype);
  if (source.row_length > std::numeric_limits<uint32_t>::max() ||
      (cell == 0 ? !source.data.empty() : source.data.size() % cell != 0))
    return Error::of(ErrorCode::kBadArgument, "the data are no whole rows",
                     "a multiple of " + std::to_string(cell) + " bytes",
                     std::to_string(source.data.size()));
  // Cells without elements say nothing about the number of rows.
  rows = cell == 0 ? kNoRow : row_count(source.data.size() / cell);
  if (!source.validity.empty() &&
      source.validity.size() < bytes_of_bits(source.data.size() / size_of(source.dtype)))
    return Error::of(ErrorCode::kBadArgument, "the validity does not fit the data",
                     "a bit for each element");
  return ok();
}

}  // namespace

Result<GatheredRows> gather_fixed(const FixedRows& source, std::span<const uint32_t> indices,
                                  size_t threads, CancelFlag cancel) {
  uint32_t rows = 0;
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
    copy_portion(source, portion, rows, none, out.data.data() + begin * none.size());
    if (!out.validity.empty())
      copy_validity(source.validity, source.row_length, portion, rows,
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

  const int32_t* const offsets = source.offsets.data();
  const uint32_t known = row_count(rows);
  GatheredRagged out;
  out.offsets = Array<int32_t>(indices.size() + 1);
  size_t end = 0;
  out.offsets[0] = 0;
  for (size_t i = 0; i < indices.size(); ++i) {
    if (i + kAhead < indices.size())
      ask_for(offsets, read_once(indices[i + kAhead]) * sizeof(int32_t));
    if (const uint32_t row = read_once(indices[i]); row < known)
      end += items_of_row(offsets, row, items).length;
    if (end > std::numeric_limits<int32_t>::max())
      return Error::of(ErrorCode::kLimit, "the gathered cells are too many for 32-bit offsets",
                       "at most 2147483647 items");
    out.offsets[i + 1] = static_cast<int32_t>(end);
  }
  // Where the items of row i of the result begin: as many as they were, also where the offsets are
  // others by now.
  const auto length_of = [to = out.offsets.data()](size_t i) {
    return static_cast<size_t>(to[i + 1] - to[i]);
  };
  const auto begin_of = [=](size_t i, size_t length) -> size_t {
    const uint32_t row = read_once(indices[i]);
    const size_t begin = row < known ? static_cast<size_t>(read_once(offsets[row])) : 0;
    return begin <= items - length ? begin : 0;
  };
  out.data = Array<std::byte>(end * source.item_size);
  Status done = for_each_portion(indices.size(), threads, cancel, [&](size_t begin, size_t stop) {
    const std::byte* const from = source.data.data();
    const size_t size = source.item_size;
    std::byte* to = out.data.data() + static_cast<size_t>(out.offsets[begin]) * size;
    for (size_t i = begin; i < stop; ++i) {
      if (i + 2 * kAhead < stop)
        ask_for(offsets, read_once(indices[i + 2 * kAhead]) * sizeof(int32_t));
      if (i + kAhead < stop) ask_for(from, begin_of(i + kAhead, 0) * size);
      const size_t length = length_of(i);
      if (length > 0) std::memcpy(to, from + begin_of(i, length) * size, length * size);
      to += length * size;
    }
  });
  if (!done) return done.error();

  if (!source.row_validity.empty() || *checked) {
    out.row_validity = Array<std::byte>(bytes_of_bits(indices.size()));
    copy_validity(source.row_validity, 1, indices, known, out.row_validity.data());
  }
  if (!source.item_validity.empty()) {
    out.item_validity = Array<std::byte>(bytes_of_bits(end));
    BitWriter writer(out.item_validity.data());
    for (size_t i = 0; i < indices.size(); ++i) {
      const size_t length = length_of(i), first = begin_of(i, length);
      for (size_t item = first; item < first + length; ++item)
        writer.put(bit_at(source.item_validity.data(), item));
    }
  }
  return out;
}

Result<Array<uint32_t>> select_rows(std::span<const uint8_t> mask) {
  if (Status fits = check_rows(mask.size()); !fits) return fits.error();
  const size_t n = mask.size();
  // The mask may change after it was counted: there is room for 8 rows more and those of the last
  // bytes, and what comes then is left out.
  const size_t counted = n - static_cast<size_t>(std::ranges::count(mask, 0));
  Array<uint32_t> out(counted + 16);
  uint32_t* to = out.data();
  const uint32_t* const last = to + counted;
  size_t i = 0;
  for (; i + 8 <= n && to <= last; i += 8) {
    uint64_t bytes;
    std::memcpy(&bytes, &mask[i], 8);
    if (bytes == 0) continue;
    // The high bit of each byte that is not 0.
    constexpr uint64_t kLow = 0x7f7f7f7f7f7f7f7f;
    uint64_t bits = (((bytes & kLow) + kLow) | bytes) & ~kLow;
    for (; bits != 0; bits &= bits - 1)
      *to++ = static_cast<uint32_t>(i) + static_cast<uint32_t>(std::countr_zero(bits)) / 8;
  }
  for (i = n - n % 8; i < n; ++i)
    if (mask[i] != 0) *to++ = static_cast<uint32_t>(i);
  out.truncate(static_cast<size_t>(to - out.data()));
  return out;
}

}  // namespace fitstream::relation
