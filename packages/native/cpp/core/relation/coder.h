// Values to codes: numbers from 0 on in the order in which values first appear, the same for equal
// values. Groups and joins are made of them.
#pragma once

#include <memory>
#include <vector>

#include "relation/column.h"

namespace fitstream::relation {

// Rows that are coded at a time.
inline constexpr size_t kCodedRows = 1024;

// Of nulls: a code as any value has, or kNoCode.
enum class NullCode : uint8_t { kOwn, kNone };

// Codes of the values of one column.
class Coder {
 public:
  virtual ~Coder() = default;
  // Of the column's rows from `begin` on; to be called for all rows in order.
  virtual void encode(size_t begin, std::span<uint32_t> codes) = 0;
  // Of another column of the same kind; kNoCode for nulls and for values that were not encoded.
  virtual void find(const Column& other, size_t begin, std::span<uint32_t> codes) const = 0;
};
std::unique_ptr<Coder> coder_of(const Column& column, size_t rows, NullCode nulls);

class WordTable;

// Codes of rows by several columns.
class RowCoder {
 public:
  RowCoder(std::span<const Column> keys, size_t rows, NullCode nulls);
  ~RowCoder();
  void encode(size_t begin, std::span<uint32_t> codes);
  void find(std::span<const Column> others, size_t begin, std::span<uint32_t> codes) const;

 private:
  std::vector<std::unique_ptr<Coder>> columns_;
  // Of the code of the columns so far and that of the next column.
  std::vector<std::unique_ptr<WordTable>> pairs_;
};

}  // namespace fitstream::relation
