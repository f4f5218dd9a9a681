// Expressions whose values are asked for, not the rows where they hold.
#include <algorithm>

#include "evaluate.h"

namespace fitstream::where {
namespace {

// Puts together what steps of rows come to.
class Collector {
 public:
  Collector(ValueType type, uint64_t rows) : rows_(rows) {
    out_.type = type == ValueType::kUnsigned ? ValueType::kInteger : type;
    if (type == ValueType::kText)
      out_.offsets.reserve(rows + 1), out_.offsets.push_back(0);
    else
      out_.values = Array<std::byte>(rows * (type == ValueType::kBoolean ? 1 : sizeof(double)));
  }

  // `row` is the first of `n` rows.
  Status add(const Vector& v, uint64_t row, size_t n) {
    switch (v.type) {
      case ValueType::kBoolean:
        add_truths(v, row, n);
        return ok();
      case ValueType::kNumber:
        add_numbers(v, row, n);
        return ok();
      case ValueType::kText:
        return add_texts(v, row, n);
      case ValueType::kInteger:
      case ValueType::kUnsigned:
        break;
    }
    return add_integers(v, row, n);
  }

  Values finish() {
    if (out_.type == ValueType::kText) {
      out_.values = Array<std::byte>(text_.size());
      if (!text_.empty()) std::memcpy(out_.values.data(), text_.data(), text_.size());
    }
    return std::move(out_);
  }

 private:
  void add_truths(const Vector& v, uint64_t row, size_t n) {
    std::byte* to = out_.values.data() + row;
    with_values<Truth>(v, n, [&](auto from) {
      for (size_t i = 0; i < n; ++i) {
        to[i] = std::byte{from[i] == kTrue};
        if (from[i] == kUnknown) mark(row + i);
      }
    });
  }
  void add_numbers(const Vector& v, uint64_t row, size_t n) {
    auto* to = reinterpret_cast<double*>(out_.values.data()) + row;
    with_values<double>(v, n, [&](auto from) {
      for (size_t i = 0; i < n; ++i) to[i] = from[i];
    });
    for (size_t i = 0; i < n; ++i)
      if (to[i] != to[i]) mark(row + i);
  }
  Status add_integers(const Vector& v, uint64_t row, size_t n) {
    auto* to = reinterpret_cast<int64_t*>(out_.values.data()) + row;
    with_values<int64_t>(v, n, [&](auto from) {
      for (size_t i = 0; i < n; ++i) to[i] = from[i];
    });
    mark_nulls(v, row, n);
    for (size_t i = 0; v.type == ValueType::kUnsigned && i < n; ++i)
      if (to[i] < 0 && !is_null(v, i))
        return Error::of(ErrorCode::kBadArgument,
                         "integers leave 64 bits in row " + std::to_string(row + i),
                         "values up to 2^63 - 1");
    return ok();
  }
  Status add_texts(const Vector& v, uint64_t row, size_t n) {
    const auto* texts = v.as<std::string_view>();
    for (size_t i = 0; i < n; ++i) {
      if (!is_null(v, i)) text_ += texts[v.is_constant ? 0 : i];
      if (text_.size() > INT32_MAX)
        return Error::of(ErrorCode::kLimit, "the texts are larger than offsets can say",
                         "at most 2^31 - 1 bytes");
      out_.offsets.push_back(static_cast<int32_t>(text_.size()));
    }
    mark_nulls(v, row, n);
    return ok();
  }

  static bool is_null(const Vector& v, size_t i) {
    return v.nulls && v.nulls[v.is_constant ? 0 : i] != 0;
  }
  void mark_nulls(const Vector& v, uint64_t row, size_t n) {
    for (size_t i = 0; v.nulls && i < n; ++i)
      if (is_null(v, i)) mark(row + i);
  }
  void mark(uint64_t row) {
    if (out_.validity.empty()) {
      out_.validity = Array<uint8_t>((rows_ + 7) / 8);
      std::fill(out_.validity.begin(), out_.validity.end(), uint8_t{0xff});
    }
    out_.validity[row / 8] &= static_cast<uint8_t>(~(1u << (row % 8)));
    ++out_.nulls;
  }

  uint64_t rows_;
  Values out_;
  std::string text_;
};

}  // namespace

Result<Values> evaluate(Program program, std::span<const Operand> columns, uint64_t rows,
                        simd::Level level) {
  std::vector<ValueType> types;
  std::vector<Operand> by_slot;
  for (const size_t c : program.columns) {
    if (c >= columns.size())
      return Error::of(ErrorCode::kOutOfBounds, "there is no such column",
                       std::to_string(columns.size()) + " columns", std::to_string(c));
    if (Status s = check_operand(columns[c], rows); !s) return s.error();
    types.push_back(type_of(columns[c]));
    by_slot.push_back(columns[c]);
  }
  const auto expression = compile(std::move(program), types);
  if (!expression) return expression.error();
  Evaluator evaluator(*expression, level);
  Collector out(expression->type, rows);
  for (uint64_t at = 0; at < rows; at += kStep) {
    const size_t n = std::min<uint64_t>(kStep, rows - at);
    const auto found = evaluator.run(by_slot, at, n, at);
    if (!found) return found.error();
    if (Status s = out.add(*found, at, n); !s) return s.error();
  }
  return out.finish();
}

}  // namespace fitstream::where
