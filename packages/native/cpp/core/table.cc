#include "table.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <numeric>

#include "image.h"

namespace fitstream {
namespace {

// Rows are read in blocks that stay in the L2 cache while every column is taken out of them.
constexpr uint64_t kRowBlock = uint64_t{512} << 10;
// Heap bytes read at a time, and how far apart two cells may lie to be read together.
constexpr uint64_t kHeapBlock = uint64_t{1} << 20;

Error too_large(uint64_t max_bytes) {
  return Error::of(ErrorCode::kLimit, "the columns are larger than the limit",
                   "at most " + std::to_string(max_bytes) + " bytes");
}

// Appends elements to a ColumnData: values, and the validity bitmap once there is a null.
class Appender {
 public:
  Appender(const Column& column, simd::Level level) : column_(column), level_(level) {
    if (column.kind != CellKind::kNumber) return;
    const Scaling scaling{column.scale, column.zero, column.null};
    recipe_ = *recipe_for(column.stored, scaling, column.natural_dtype());
  }

  // Elements of what one cell of `repeat` elements becomes, in bytes of `values`.
  uint64_t out_size() const {
    switch (column_.kind) {
      case CellKind::kNumber:
        return size_of(column_.natural_dtype());
      case CellKind::kComplex:
        return 2 * size_of(column_.natural_dtype());
      default:
        return 1;
    }
  }
  // Bytes that `n` elements take in the file.
  uint64_t stored_length(uint64_t n) const {
    switch (column_.kind) {
      case CellKind::kBit:
        return (n + 7) / 8;
      case CellKind::kComplex:
        return 2 * n * size_of(column_.stored);
      default:
        return n * size_of(column_.stored);
    }
  }

  void append(const std::byte* raw, uint64_t n) {
    put(raw, n, data.elements);
    data.elements += n;
  }
  // Decodes `n` elements to the place of element `at`; `values` has been made large enough.
  void put(const std::byte* raw, uint64_t n, uint64_t at) {
    std::byte* to = data.values.data() + at * out_size();
    switch (column_.kind) {
      case CellKind::kNumber:
        return put_numbers(raw, n, at, to);
      case CellKind::kComplex:
        return put_complex(raw, n, to);
      case CellKind::kLogical:
        return put_logicals(raw, n, at, to);
      case CellKind::kBit:
        return put_bits(raw, n, to);
      case CellKind::kString:
        std::memcpy(to, raw, n);
        return;
    }
  }
  void mark_null(uint64_t at) {
    if (data.validity.empty())
      data.validity.assign((data.values.size() / out_size() + 7) / 8, uint8_t{0xff});
    data.validity[at / 8] = static_cast<uint8_t>(data.validity[at / 8] & ~(1u << (at % 8)));
    ++data.nulls;
  }

  ColumnData data;

 private:
  void put_numbers(const std::byte* raw, uint64_t n, uint64_t at, std::byte* to) {
    simd::convert(recipe_, raw, to, n, level_);
    if (!recipe_.blank) return;
    marks_.resize(std::max<size_t>(marks_.size(), n));
    if (simd::mark_blank(column_.stored, *recipe_.blank, raw, marks_.data(), n) == 0) return;
    for (uint64_t i = 0; i < n; ++i)
      if (marks_[i]) mark_null(at + i);
  }
  // The zero point belongs to the real part only (7.3.2, TSCALn).
  void put_complex(const std::byte* raw, uint64_t n, std::byte* to) {
    simd::Recipe plain;
    plain.stored = column_.stored;
    plain.out = column_.natural_dtype();
    simd::convert(plain, raw, to, 2 * n, level_);
    if (column_.scale == 1 && column_.zero == 0) return;
    for (uint64_t i = 0; i < 2 * n; ++i) {
      double v;
      std::memcpy(&v, to + i * sizeof v, sizeof v);
      v *= column_.scale;
      if (i % 2 == 0) v += column_.zero;
      std::memcpy(to + i * sizeof v, &v, sizeof v);
    }
  }
  void put_logicals(const std::byte* raw, uint64_t n, uint64_t at, std::byte* to) {
    for (uint64_t i = 0; i < n; ++i) {
      const char c = static_cast<char>(raw[i]);
      to[i] = std::byte{c == 'T'};
      if (c != 'T' && c != 'F') mark_null(at + i);
    }
  }
  void put_bits(const std::byte* raw, uint64_t n, std::byte* to) {
    for (uint64_t i = 0; i < n; ++i) to[i] = (raw[i / 8] >> (7 - i % 8)) & std::byte{1};
  }

  const Column& column_;
  simd::Level level_;
  simd::Recipe recipe_;
  std::vector<uint8_t> marks_;
};

// One column of the rows being read. `take` sees each block of rows once, in order.
class ColumnReader {
 public:
  virtual ~ColumnReader() = default;
  virtual Status take(const std::byte* rows, uint64_t n) = 0;
  // Reads what the rows point at. `left`: bytes that may still come out; takes its share.
  virtual Status finish(uint64_t& /*left*/) { return ok(); }
  virtual ColumnData release() = 0;
};

class FixedReader final : public ColumnReader {
 public:
  FixedReader(const Column& column, uint64_t row_length, uint64_t rows, simd::Level level)
      : column_(column), row_length_(row_length), appender_(column, level) {
    appender_.data.values.resize(rows * column.repeat * appender_.out_size());
  }

  Status take(const std::byte* rows, uint64_t n) override {
    // Bits do not fill their last byte: each row starts at a byte of its own.
    if (column_.kind == CellKind::kBit) {
      for (uint64_t i = 0; i < n; ++i)
        appender_.append(rows + i * row_length_ + column_.offset, column_.repeat);
      return ok();
    }
    gathered_.resize(std::max<size_t>(gathered_.size(), n * column_.width));
    for (uint64_t i = 0; i < n && column_.width > 0; ++i)
      std::memcpy(gathered_.data() + i * column_.width, rows + i * row_length_ + column_.offset,
                  column_.width);
    appender_.append(gathered_.data(), n * column_.repeat);
    return ok();
  }
  ColumnData release() override { return std::move(appender_.data); }

 private:
  const Column& column_;
  uint64_t row_length_;
  Appender appender_;
  std::vector<std::byte> gathered_;
};

// Characters that TDIMn leaves over belong to no string.
uint64_t strings_per_row(const Column& column) {
  return std::accumulate(column.cell_shape.begin(), column.cell_shape.end(), uint64_t{1},
                         std::multiplies());
}

// Strings end at the first NUL; trailing spaces are not part of them (7.3.3.1; 7.2.5 for ASCII).
class StringReader final : public ColumnReader {
 public:
  StringReader(const Column& column, uint64_t row_length, uint64_t rows)
      : column_(column), row_length_(row_length) {
    per_row_ = strings_per_row(column);
    data_.offsets.reserve(rows * per_row_ + 1);
    data_.offsets.push_back(0);
  }

  Status take(const std::byte* rows, uint64_t n) override {
    for (uint64_t i = 0; i < n; ++i)
      for (uint64_t k = 0; k < per_row_; ++k)
        add(rows + i * row_length_ + column_.offset + k * column_.string_width);
    return ok();
  }
  ColumnData release() override { return std::move(data_); }

 private:
  void add(const std::byte* text) {
    const void* nul = column_.string_width ? std::memchr(text, 0, column_.string_width) : nullptr;
    size_t length =
        nul ? static_cast<size_t>(static_cast<const std::byte*>(nul) - text) : column_.string_width;
    while (length > 0 && text[length - 1] == std::byte{' '}) --length;
    data_.values.insert(data_.values.end(), text, text + length);
    data_.offsets.push_back(static_cast<double>(data_.values.size()));
    ++data_.elements;
  }

  const Column& column_;
  uint64_t row_length_;
  uint64_t per_row_;
  ColumnData data_;
};

// P and Q: the rows give descriptors, then the heap is read in the order it lies in.
class VariableReader final : public ColumnReader {
 public:
  VariableReader(const Column& column, const TableLayout& layout, const TableBytes& bytes,
                 uint64_t rows, uint64_t max_bytes, simd::Level level, CancelFlag cancel)
      : column_(column),
        layout_(layout),
        bytes_(bytes),
        max_bytes_(max_bytes),
        cancel_(cancel),
        appender_(column, level) {
    cells_.reserve(rows);
  }

  Status take(const std::byte* rows, uint64_t n) override {
    for (uint64_t i = 0; i < n; ++i) {
      const std::byte* at = rows + i * layout_.frame.row_length + column_.offset;
      HeapCell cell;
      if (column_.repeat == 0) {
        // 0P: no descriptor, no elements
      } else if (column_.is_wide_descriptor) {
        cell = {load_be<uint64_t>(at), load_be<uint64_t>(at + 8)};
      } else {
        // Heaps above 2 GiB written with P exist: the numbers are taken as unsigned.
        cell = {load_be<uint32_t>(at), load_be<uint32_t>(at + 4)};
      }
      const Status inside = check(cell);
      if (!inside) return inside;
      cells_.push_back(cell);
    }
    return ok();
  }

  Status finish(uint64_t& left) override {
    ColumnData& data = appender_.data;
    std::optional<uint64_t> total = 0;
    uint64_t heap_end = 0;
    data.offsets.push_back(0);
    for (const HeapCell& cell : cells_) {
      total = total ? checked_add(*total, cell.count) : total;
      if (!total || !checked_mul(*total, appender_.out_size()) ||
          *total * appender_.out_size() > left)
        return too_large(max_bytes_);
      data.offsets.push_back(static_cast<double>(*total));
      if (cell.count > 0) heap_end = std::max(heap_end, layout_.frame.heap_offset + end_of(cell));
    }
    // Before memory is asked for: a heap that is declared must be there.
    if (heap_end > bytes_.length())
      return Error::of(ErrorCode::kTruncated, "the file is shorter than its header says",
                       std::to_string(heap_end) + " bytes of table and heap",
                       std::to_string(bytes_.length()));
    data.elements = *total;
    data.values.resize(*total * appender_.out_size());
    left -= data.values.size();
    return read_heap();
  }
  ColumnData release() override { return std::move(appender_.data); }
  std::vector<HeapCell> release_descriptors() { return std::move(cells_); }

 private:
  uint64_t heap_length() const {
    return layout_.data_length - std::min(layout_.data_length, layout_.frame.heap_offset);
  }
  Status check(const HeapCell& cell) const {
    if (cell.count == 0) return ok();  // the offset of an empty cell means nothing
    const uint64_t per_element = column_.kind == CellKind::kBit ? 1 : appender_.stored_length(1);
    const bool fits = cell.count <= INT64_MAX / 16 / per_element && cell.offset <= heap_length() &&
                      appender_.stored_length(cell.count) <= heap_length() - cell.offset;
    if (fits) return ok();
    return Error::of(ErrorCode::kCorrupt, "a descriptor points outside the heap",
                     "bytes within a heap of " + std::to_string(heap_length()),
                     std::to_string(cell.count) + " elements at byte " +
                         std::to_string(cell.offset) + ", row " + std::to_string(cells_.size()));
  }

  Status read_heap() {
    std::vector<uint64_t> order(cells_.size());
    std::iota(order.begin(), order.end(), uint64_t{0});
    std::sort(order.begin(), order.end(),
              [&](uint64_t a, uint64_t b) { return cells_[a].offset < cells_[b].offset; });
    std::vector<std::byte> block;
    for (size_t i = 0; i < order.size();) {
      if (is_cancelled(cancel_)) return Error::of(ErrorCode::kAborted, "the read was aborted");
      if (cells_[order[i]].count == 0) {
        ++i;
        continue;
      }
      const uint64_t begin = cells_[order[i]].offset;
      uint64_t end = end_of(cells_[order[i]]);
      size_t next = i + 1;
      for (; next < order.size(); ++next) {
        const HeapCell& cell = cells_[order[next]];
        if (cell.count == 0) continue;
        const uint64_t extended = std::max(end, end_of(cell));
        if (extended - begin > kHeapBlock) break;
        end = extended;
      }
      block.resize(end - begin);
      const Status read = bytes_.read(layout_.frame.heap_offset + begin, block);
      if (!read) return read;
      for (; i < next; ++i) {
        const HeapCell& cell = cells_[order[i]];
        if (cell.count == 0) continue;
        appender_.put(block.data() + (cell.offset - begin), cell.count,
                      static_cast<uint64_t>(appender_.data.offsets[order[i]]));
      }
    }
    return ok();
  }
  uint64_t end_of(const HeapCell& cell) const {
    return cell.offset + appender_.stored_length(cell.count);
  }

  const Column& column_;
  const TableLayout& layout_;
  const TableBytes& bytes_;
  uint64_t max_bytes_;
  CancelFlag cancel_;
  Appender appender_;
  std::vector<HeapCell> cells_;
};

// Numbers written as text. Blank fields and those equal to TNULLn are null.
class AsciiNumberReader final : public ColumnReader {
 public:
  AsciiNumberReader(const Column& column, uint64_t row_length, uint64_t rows)
      : column_(column), row_length_(row_length), appender_(column, simd::Level::kScalar) {
    appender_.data.values.resize(rows * appender_.out_size());
  }

  Status take(const std::byte* rows, uint64_t n) override {
    for (uint64_t i = 0; i < n; ++i) {
      const char* text = reinterpret_cast<const char*>(rows + i * row_length_ + column_.offset);
      const Status added = add({text, column_.width});
      if (!added) return added;
    }
    return ok();
  }
  ColumnData release() override { return std::move(appender_.data); }

 private:
  static std::string_view trimmed(std::string_view s) {
    while (!s.empty() && (s.front() == ' ' || s.front() == '\0')) s.remove_prefix(1);
    while (!s.empty() && (s.back() == ' ' || s.back() == '\0')) s.remove_suffix(1);
    return s;
  }

  Status add(std::string_view field) {
    const std::string_view text = trimmed(field);
    const uint64_t at = appender_.data.elements++;
    const bool is_null = text.empty() ||
                         (!column_.null_text.empty() && text == trimmed(column_.null_text)) ||
                         text.find_first_not_of('*') == std::string_view::npos;
    if (is_null) {
      store(at, 0, std::numeric_limits<double>::quiet_NaN());
      appender_.mark_null(at);
      return ok();
    }
    int64_t integer = 0;
    double real = 0;
    const bool is_good = column_.stored == Dtype::kInt64 ? parse(text, integer) : parse(text, real);
    if (is_good) {
      store(at, integer, real);
      return ok();
    }
    return Error::of(ErrorCode::kCorrupt, "a field of an ASCII table is no number",
                     "a field of form " + column_.form,
                     "'" + std::string(text) + "' in row " + std::to_string(at));
  }

  bool parse(std::string_view text, int64_t& value) const {
    const char* first = text.data() + (text[0] == '+' ? 1 : 0);
    const char* last = text.data() + text.size();
    const auto [end, ec] = std::from_chars(first, last, value);
    return ec == std::errc{} && end == last;
  }
  // As Fortran reads F, E and D fields: an exponent may lack its letter ("1.5-3"), and a field
  // without a point has `decimals` of them (7.2.5).
  bool parse(std::string_view text, double& value) const {
    std::string plain;
    bool has_point = false;
    bool has_exponent = false;
    for (const char c : text) {
      const bool is_sign = c == '+' || c == '-';
      const bool is_letter = c == 'E' || c == 'D' || c == 'e' || c == 'd';
      if (is_letter || (is_sign && !plain.empty() && plain.back() != 'e')) {
        if (has_exponent) return false;
        has_exponent = true;
        plain += 'e';
        if (is_sign) plain += c;
      } else if (c != ' ' && !(c == '+' && plain.empty())) {
        has_point |= c == '.';
        plain += c;
      }
    }
    const auto parsed = parse_real(plain);
    if (!parsed) return false;
    value = *parsed;
    if (!has_point && column_.decimals > 0)
      value /= std::pow(10.0, static_cast<double>(column_.decimals));
    return true;
  }

  void store(uint64_t at, int64_t integer, double real) {
    const bool is_integer = column_.stored == Dtype::kInt64;
    const bool is_scaled = column_.scale != 1 || column_.zero != 0;
    std::byte* to = appender_.data.values.data() + at * 8;
    if (is_integer && column_.natural_dtype() != Dtype::kFloat64) {
      // A zero point of 2^63 is the unsigned convention, as in binary tables.
      if (is_scaled) integer ^= INT64_MIN;
      std::memcpy(to, &integer, sizeof integer);
      return;
    }
    double value = is_integer ? static_cast<double>(integer) : real;
    if (is_scaled) {
      value *= column_.scale;
      value += column_.zero;
    }
    std::memcpy(to, &value, sizeof value);
  }

  const Column& column_;
  uint64_t row_length_;
  Appender appender_;
};

std::unique_ptr<ColumnReader> make_reader(const Column& column, const TableLayout& layout,
                                          const TableBytes& bytes, RowRange rows,
                                          uint64_t max_bytes, simd::Level level,
                                          CancelFlag cancel) {
  const uint64_t row_length = layout.frame.row_length;
  if (column.is_variable)
    return std::make_unique<VariableReader>(column, layout, bytes, rows.count, max_bytes, level,
                                            cancel);
  if (column.kind == CellKind::kString)
    return std::make_unique<StringReader>(column, row_length, rows.count);
  if (layout.is_ascii) return std::make_unique<AsciiNumberReader>(column, row_length, rows.count);
  return std::make_unique<FixedReader>(column, row_length, rows.count, level);
}

// Bytes that a row of this column becomes, at most; the elements of a variable-length cell are
// counted when the descriptors are known.
uint64_t out_width(const Column& column) {
  if (column.is_variable) return 0;
  switch (column.kind) {
    case CellKind::kNumber:
      return column.repeat * size_of(column.natural_dtype());
    case CellKind::kComplex:
      return column.repeat * 2 * size_of(column.natural_dtype());
    case CellKind::kString:
      return column.width + strings_per_row(column) * sizeof(double);
    default:
      return column.repeat;
  }
}

// Checks what is asked for, and returns the bytes that come out of the rows.
Result<uint64_t> check_request(const TableLayout& layout, const TableBytes& bytes,
                               const std::vector<size_t>& columns, RowRange rows,
                               uint64_t max_bytes) {
  if (rows.first > layout.frame.rows || rows.count > layout.frame.rows - rows.first)
    return Error::of(ErrorCode::kOutOfBounds, "the table has no such rows",
                     "rows within 0 to " + std::to_string(layout.frame.rows),
                     std::to_string(rows.first) + " to " + std::to_string(rows.first + rows.count));
  std::optional<uint64_t> width = 0;
  for (const size_t c : columns) {
    if (c >= layout.columns.size())
      return Error::of(ErrorCode::kOutOfBounds, "the table has no such column",
                       std::to_string(layout.columns.size()) + " columns", std::to_string(c));
    if (layout.columns[c].defect) return *layout.columns[c].defect;
    // And an offset a row, also where there is none: cells without bytes are limited by it, too.
    if (width) width = checked_add(*width, out_width(layout.columns[c]) + sizeof(double));
  }
  // Before any memory is asked for: rows that are declared must be there.
  const uint64_t rows_end = (rows.first + rows.count) * layout.frame.row_length;
  if (rows_end > bytes.length())
    return Error::of(ErrorCode::kTruncated, "the file is shorter than its header says",
                     std::to_string(rows_end) + " bytes of rows", std::to_string(bytes.length()));
  const auto out = width ? checked_mul(*width, rows.count) : width;
  if (!out || *out > max_bytes) return too_large(max_bytes);
  return *out;
}

// Calls `take(block, rows)` for blocks of rows in order.
template <typename Take>
Status for_each_row_block(const TableLayout& layout, const TableBytes& bytes, RowRange rows,
                          CancelFlag cancel, const Take& take) {
  const uint64_t row_length = layout.frame.row_length;
  const uint64_t step = std::max<uint64_t>(kRowBlock / std::max<uint64_t>(row_length, 1), 1);
  std::vector<std::byte> block;
  for (uint64_t done = 0; done < rows.count;) {
    if (is_cancelled(cancel)) return Error::of(ErrorCode::kAborted, "the read was aborted");
    const uint64_t n = std::min(step, rows.count - done);
    block.resize(n * row_length);
    if (Status read = bytes.read((rows.first + done) * row_length, block); !read) return read;
    if (Status taken = take(block.data(), n); !taken) return taken;
    done += n;
  }
  return ok();
}

}  // namespace

uint64_t TableFile::length() const { return file_.size() - std::min(file_.size(), data_offset_); }

Status TableFile::read(uint64_t offset, MutableByteSpan to) const {
  return file_.read(data_offset_ + offset, to);
}

Status TableMemory::read(uint64_t offset, MutableByteSpan to) const {
  const bool fits = offset >= skipped_ && offset - skipped_ <= data_.size() &&
                    to.size() <= data_.size() - (offset - skipped_);
  if (!fits)
    return Error::of(
        ErrorCode::kTruncated, "the table ends inside the bytes that were asked for",
        std::to_string(to.size()) + " bytes at " + std::to_string(offset),
        "bytes " + std::to_string(skipped_) + " to " + std::to_string(skipped_ + data_.size()));
  if (!to.empty()) std::memcpy(to.data(), data_.data() + (offset - skipped_), to.size());
  return ok();
}

Result<std::vector<ColumnData>> read_columns(const TableLayout& layout, const TableBytes& bytes,
                                             const std::vector<size_t>& columns, RowRange rows,
                                             uint64_t max_bytes, simd::Level level,
                                             CancelFlag cancel) {
  const auto from_rows = check_request(layout, bytes, columns, rows, max_bytes);
  if (!from_rows) return from_rows.error();
  if (columns.empty()) return std::vector<ColumnData>();
  std::vector<std::unique_ptr<ColumnReader>> readers;
  for (const size_t c : columns)
    readers.push_back(
        make_reader(layout.columns[c], layout, bytes, rows, max_bytes, level, cancel));

  const Status walked =
      for_each_row_block(layout, bytes, rows, cancel, [&](const std::byte* block, uint64_t n) {
        for (const auto& reader : readers)
          if (Status taken = reader->take(block, n); !taken) return taken;
        return ok();
      });
  if (!walked) return walked.error();
  std::vector<ColumnData> out;
  uint64_t left = max_bytes - *from_rows;
  for (const auto& reader : readers) {
    const Status finished = reader->finish(left);
    if (!finished) return finished.error();
    out.push_back(reader->release());
  }
  return out;
}

Result<std::vector<HeapCell>> read_descriptors(const TableLayout& layout, const TableBytes& bytes,
                                               size_t column) {
  const RowRange rows{0, layout.frame.rows};
  const auto checked = check_request(layout, bytes, {column}, rows, INT64_MAX);
  if (!checked) return checked.error();
  // 0P: rows of no bytes, of which a header can declare any number.
  if (layout.columns[column].width == 0) return std::vector<HeapCell>();
  VariableReader reader(layout.columns[column], layout, bytes, rows.count, 0, simd::Level::kScalar,
                        nullptr);
  const Status walked =
      for_each_row_block(layout, bytes, rows, nullptr,
                         [&](const std::byte* block, uint64_t n) { return reader.take(block, n); });
  if (!walked) return walked.error();
  return reader.release_descriptors();
}

}  // namespace fitstream
