// Where the bytes of a table come from.
#pragma once

#include <optional>

#include "../file.h"
#include "../status.h"

namespace fitstream {

// A file, or memory that holds the data unit.
class TableBytes {
 public:
  virtual ~TableBytes() = default;
  // `to.size()` bytes at `offset` from the start of the data unit.
  virtual Status read(uint64_t offset, MutableByteSpan to) const = 0;
  // The same bytes where they lie in memory already; nothing where they must be read.
  virtual std::optional<ByteSpan> view(uint64_t /*offset*/, uint64_t /*length*/) const {
    return std::nullopt;
  }
  // As File::check_views.
  virtual Status check_views() const { return ok(); }
  // Bytes of the data unit that are there, from its start.
  virtual uint64_t length() const = 0;
};

class TableFile final : public TableBytes {
 public:
  TableFile(const File& file, uint64_t data_offset) : file_(file), data_offset_(data_offset) {}
  Status read(uint64_t offset, MutableByteSpan to) const override;
  std::optional<ByteSpan> view(uint64_t offset, uint64_t length) const override;
  Status check_views() const override { return file_.check_views(); }
  uint64_t length() const override;

 private:
  const File& file_;
  uint64_t data_offset_;
};

// What was read through views counts while the file is whole; if it is not, no other error does.
template <typename T>
Result<T> checked(const TableBytes& bytes, Result<T> read) {
  if (Status s = bytes.check_views(); !s) return s.error();
  return read;
}

// `data` starts `skipped` bytes into the data unit: a remote reader fetches only the rows it needs.
class TableMemory final : public TableBytes {
 public:
  explicit TableMemory(ByteSpan data, uint64_t skipped = 0) : data_(data), skipped_(skipped) {}
  Status read(uint64_t offset, MutableByteSpan to) const override;
  std::optional<ByteSpan> view(uint64_t offset, uint64_t length) const override;
  uint64_t length() const override { return skipped_ + data_.size(); }

 private:
  ByteSpan data_;
  uint64_t skipped_;
};

}  // namespace fitstream
