#include "relation/coder.h"

#include <algorithm>
#include <type_traits>

#include "relation/word_table.h"

namespace fitstream::relation {
namespace {

// The same for equal values of all types of a kind: integers by value, floats as doubles with -0
// as +0. (Negative ones and those above 2^63 share words; see is_foreign.)
template <typename T>
uint64_t value_word(T value) {
  if constexpr (std::is_floating_point_v<T>)
    return std::bit_cast<uint64_t>(double{value} + 0.0);
  else
    return static_cast<uint64_t>(value);
}

bool is_signed(Dtype dtype) {
  return with_type(dtype, []<typename T>(const T*) { return std::is_signed_v<T>; });
}

// The words and nulls of a few rows.
struct Words {
  std::array<uint64_t, kCodedRows> words;
  std::array<bool, kCodedRows> nulls;
  bool any_null = false;

  Words(const Column& column, size_t begin, size_t count) {
    with_type(*column.dtype, [&]<typename T>(const T*) {
      const T* const values = column.values<T>() + begin;
      for (size_t i = 0; i < count; ++i) words[i] = value_word(values[i]);
    });
    if (!column.may_have_nulls()) return;
    with_null_test(column, [&](const auto& is_null) {
      for (size_t i = 0; i < count; ++i) any_null |= nulls[i] = is_null(begin + i);
    });
  }
  bool is_null(size_t i) const { return any_null && nulls[i]; }
};

// A code for nulls, made when the first one is met.
class NullCodes {
 public:
  explicit NullCodes(NullCode kind) : kind_(kind) {}
  template <typename Make>
  uint32_t code(const Make& make) {
    if (code_ == kNoCode && kind_ == NullCode::kOwn) code_ = make();
    return code_;
  }

 private:
  NullCode kind_;
  uint32_t code_ = kNoCode;
};

class NumberCoder : public Coder {
 public:
  NumberCoder(const Column& column, NullCode nulls) : column_(column), nulls_(nulls) {}

  void encode(size_t begin, std::span<uint32_t> codes) override {
    const Words values(column_, begin, codes.size());
    table_.with_hashes({values.words.data(), codes.size()}, [&](size_t i, uint32_t hash) {
      codes[i] = values.is_null(i) ? nulls_.code([this] { return table_.add_code(); })
                                   : table_.encode(values.words[i], hash);
    });
  }
  void find(const Column& other, size_t begin, std::span<uint32_t> codes) const override {
    const Words values(other, begin, codes.size());
    // A word with the highest bit is a negative number here and a large one there.
    const uint64_t foreign = is_signed(*other.dtype) == is_signed(*column_.dtype) ? 0 : 1;
    table_.with_hashes({values.words.data(), codes.size()}, [&](size_t i, uint32_t hash) {
      const bool is_none = values.is_null(i) || (values.words[i] >> 63 & foreign) != 0;
      codes[i] = is_none ? kNoCode : table_.find(values.words[i], hash);
    });
  }

 private:
  Column column_;
  NullCodes nulls_;
  WordTable table_;
};

// Of integers that lie close together: a table of all that there may be.
class DenseCoder : public Coder {
 public:
  DenseCoder(const Column& column, NullCode nulls, uint64_t least, size_t extent)
      : column_(column), nulls_(nulls), least_(least), codes_(extent, kNoCode) {}

  void encode(size_t begin, std::span<uint32_t> codes) override {
    const Words values(column_, begin, codes.size());
    for (size_t i = 0; i < codes.size(); ++i) {
      if (values.is_null(i)) {
        codes[i] = nulls_.code([this] { return next_++; });
        continue;
      }
      // A value outside of the extent was written since.
      uint32_t& code = codes_[std::min<size_t>(values.words[i] - least_, codes_.size() - 1)];
      if (code == kNoCode) code = next_++;
      codes[i] = code;
    }
  }
  void find(const Column& other, size_t begin, std::span<uint32_t> codes) const override {
    const Words values(other, begin, codes.size());
    const uint64_t foreign = is_signed(*other.dtype) == is_signed(*column_.dtype) ? 0 : 1;
    for (size_t i = 0; i < codes.size(); ++i) {
      const uint64_t place = values.words[i] - least_;
      const bool is_none = values.is_null(i) || (values.words[i] >> 63 & foreign) != 0;
      codes[i] = is_none || place >= codes_.size() ? kNoCode : codes_[place];
    }
  }

 private:
  Column column_;
  NullCodes nulls_;
  uint64_t least_;
  std::vector<uint32_t> codes_;
  uint32_t next_ = 0;
};

class TextCoder : public Coder {
  auto equal_to(std::string_view text) const {
    return [this, text](uint32_t code) { return column_.text(firsts_[code]) == text; };
  }

 public:
  TextCoder(const Column& column, NullCode nulls) : column_(column), nulls_(nulls) {}

  void encode(size_t begin, std::span<uint32_t> codes) override {
    for (size_t i = 0; i < codes.size(); ++i) {
      const size_t row = begin + i;
      const auto next = static_cast<uint32_t>(firsts_.size());
      const auto add = [&] {
        firsts_.push_back(static_cast<uint32_t>(row));
        return next;
      };
      if (!column_.is_valid(row)) {
        codes[i] = nulls_.code(add);
        continue;
      }
      const std::string_view text = column_.text(row);
      codes[i] = index_.find_or_add(hash_(text), next, equal_to(text));
      if (codes[i] == next) add();
    }
  }
  void find(const Column& other, size_t begin, std::span<uint32_t> codes) const override {
    for (size_t i = 0; i < codes.size(); ++i) {
      codes[i] = kNoCode;
      if (!other.is_valid(begin + i)) continue;
      const std::string_view text = other.text(begin + i);
      codes[i] = index_.find(hash_(text), equal_to(text));
    }
  }

 private:
  Column column_;
  NullCodes nulls_;
  Hasher hash_;
  HashIndex index_;
  std::vector<uint32_t> firsts_;  // by code: a row
};

// The least word and how many there are from it to the greatest one, where these are few.
struct Extent {
  uint64_t least = 0;
  size_t size = 0;
};
std::optional<Extent> dense_extent(const Column& column, size_t rows) {
  if (column.is_string() || info(*column.dtype).is_float) return std::nullopt;
  return with_type(*column.dtype, [&]<typename T>(const T*) -> std::optional<Extent> {
    // Also those under nulls: what is there may be anything, and widens the extent at most.
    const auto [least, most] =
        std::ranges::minmax(std::span(column.values<T>(), std::max<size_t>(rows, 1)));
    const uint64_t size = value_word(most) - value_word(least);
    // Up to 8 bytes a row, which a hash table takes in any case.
    if (size >= std::max<uint64_t>(4096, uint64_t{2} * rows)) return std::nullopt;
    return Extent{value_word(least), static_cast<size_t>(size) + 1};
  });
}

}  // namespace

std::unique_ptr<Coder> coder_of(const Column& column, size_t rows, NullCode nulls) {
  if (column.is_string()) return std::make_unique<TextCoder>(column, nulls);
  if (rows > 0)
    if (const auto extent = dense_extent(column, rows))
      return std::make_unique<DenseCoder>(column, nulls, extent->least, extent->size);
  return std::make_unique<NumberCoder>(column, nulls);
}

RowCoder::RowCoder(std::span<const Column> keys, size_t rows, NullCode nulls) {
  for (const Column& key : keys) columns_.push_back(coder_of(key, rows, nulls));
  for (size_t k = 1; k < keys.size(); ++k) pairs_.push_back(std::make_unique<WordTable>());
}
RowCoder::~RowCoder() = default;

void RowCoder::encode(size_t begin, std::span<uint32_t> codes) {
  std::array<uint32_t, kCodedRows> next;
  std::array<uint64_t, kCodedRows> words;
  columns_[0]->encode(begin, codes);
  for (size_t k = 1; k < columns_.size(); ++k) {
    columns_[k]->encode(begin, {next.data(), codes.size()});
    for (size_t i = 0; i < codes.size(); ++i) words[i] = uint64_t{codes[i]} << 32 | next[i];
    WordTable& table = *pairs_[k - 1];
    table.with_hashes({words.data(), codes.size()}, [&](size_t i, uint32_t hash) {
      if (codes[i] != kNoCode)
        codes[i] = next[i] == kNoCode ? kNoCode : table.encode(words[i], hash);
    });
  }
}

void RowCoder::find(std::span<const Column> others, size_t begin, std::span<uint32_t> codes) const {
  std::array<uint32_t, kCodedRows> next;
  std::array<uint64_t, kCodedRows> words;
  columns_[0]->find(others[0], begin, codes);
  for (size_t k = 1; k < columns_.size(); ++k) {
    columns_[k]->find(others[k], begin, {next.data(), codes.size()});
    for (size_t i = 0; i < codes.size(); ++i) words[i] = uint64_t{codes[i]} << 32 | next[i];
    const WordTable& table = *pairs_[k - 1];
    table.with_hashes({words.data(), codes.size()}, [&](size_t i, uint32_t hash) {
      if (codes[i] != kNoCode) codes[i] = next[i] == kNoCode ? kNoCode : table.find(words[i], hash);
    });
  }
}

}  // namespace fitstream::relation
