// Arrays that others write while a verb runs. What comes out has no meaning, but it must come out,
// and nothing outside of the arrays may be touched: the sanitizers see what is.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <limits>
#include <thread>

#include "relation/aggregate.h"
#include "relation/argsort.h"
#include "relation/factorize.h"
#include "relation/gather.h"
#include "relation/join.h"
#include "where/evaluate.h"
#include "where_support.h"

namespace fitstream::relation {
namespace {

// As JavaScript writes: element by element.
template <typename T>
void write(T& to, T value) {
  const_cast<volatile T&>(to) = value;
}

// An array whose elements become others and themselves again, as long as this lives. `other(i)` is
// what element i becomes.
template <typename T>
class Changing {
 public:
  using Other = std::function<T(size_t)>;
  Changing(std::vector<T> values, Other other)
      : values_(std::move(values)), own_(values_), thread_([this, other = std::move(other)] {
          while (!is_over_) {
            for (size_t i = 0; i < own_.size() && !is_over_; ++i) write(values_[i], other(i));
            for (size_t i = 0; i < own_.size(); ++i) write(values_[i], own_[i]);
            // Arrays that are good for a while pass the checks.
            std::this_thread::sleep_for(std::chrono::microseconds(200));
          }
        }) {}
  Changing(const Changing&) = delete;
  Changing& operator=(const Changing&) = delete;
  ~Changing() {
    is_over_ = true;
    thread_.join();
  }
  std::span<const T> view() const { return values_; }
  ByteSpan bytes() const { return std::as_bytes(view()); }

 private:
  std::vector<T> values_, own_;
  std::atomic<bool> is_over_ = false;
  std::thread thread_;
};

// For some time; says how often `run` had a result.
void repeat(const std::function<bool()>& run) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(400);
  size_t results = 0, runs = 0;
  for (; std::chrono::steady_clock::now() < end; ++runs) results += run();
  ASSERT_GT(runs, 0u);
  ::testing::Test::RecordProperty("results", static_cast<int>(results));
}

template <typename T, typename Value>
std::vector<T> filled(size_t n, const Value& value) {
  std::vector<T> out(n);
  for (size_t i = 0; i < n; ++i) out[i] = static_cast<T>(value(i));
  return out;
}

constexpr size_t kRows = 200000;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// Strings of 3 bytes.
std::vector<int32_t> even_offsets(size_t rows) {
  return filled<int32_t>(rows + 1, [](size_t i) { return 3 * i; });
}
int32_t wild_offset(size_t i) {
  return i % 2 == 0 ? std::numeric_limits<int32_t>::max() : std::numeric_limits<int32_t>::min();
}
std::vector<std::byte> letters(size_t rows) {
  return filled<std::byte>(3 * rows, [](size_t i) { return 'a' + i * i % 7; });
}

TEST(ChangingArrays, AreSorted) {
  const Changing<double> values(filled<double>(kRows, [](size_t i) { return i * 7919 % kRows; }),
                                [](size_t i) { return i % 3 == 0 ? kNan : 1e300; });
  repeat([&] {
    const SortKey key{{Dtype::kFloat64, values.bytes(), {}, {}}};
    const auto order = argsort({&key, 1}, kRows, 2, nullptr);
    return order && std::ranges::all_of(*order, [](uint32_t row) { return row < kRows; });
  });
}

TEST(ChangingArrays, OfStringsAreSortedCodedAndJoined) {
  const size_t rows = kRows / 4;
  const auto text = letters(rows);
  const Changing<int32_t> offsets(even_offsets(rows), wild_offset);
  const Column column{std::nullopt, text, offsets.view(), {}};
  repeat([&] {
    const SortKey key{column};
    return bool(argsort({&key, 1}, rows, 2, nullptr));
  });
  repeat([&] { return bool(factorize({&column, 1}, rows, nullptr)); });
  repeat([&] {
    const JoinSide side{{&column, 1}, rows};
    return bool(join_rows(side, side, JoinKind::kSemi, 1 << 20, nullptr));
  });
  repeat([&] {
    const std::vector<Aggregate> asked{{Statistic::kMin}, {Statistic::kLast}};
    return bool(aggregate(column, {rows, {}, 1}, asked, 2, nullptr));
  });
}

TEST(ChangingArrays, OfDenseIntegersAreCoded) {
  const Changing<int32_t> values(filled<int32_t>(kRows, [](size_t i) { return i % 1000; }),
                                 [](size_t i) { return i % 2 == 0 ? -(1 << 30) : 1 << 30; });
  const Column column{Dtype::kInt32, values.bytes(), {}, {}};
  repeat([&] { return bool(factorize({&column, 1}, kRows, nullptr)); });
  repeat([&] {
    const JoinSide side{{&column, 1}, kRows};
    return bool(join_rows(side, side, JoinKind::kAnti, 1 << 20, nullptr));
  });
}

TEST(ChangingArrays, OfCodesAreAggregated) {
  const auto values = filled<double>(kRows, [](size_t i) { return i; });
  const Changing<uint32_t> codes(filled<uint32_t>(kRows, [](size_t i) { return i % 100; }),
                                 [](size_t i) { return i % 2 == 0 ? 1u << 24 : 0; });
  const std::vector<Aggregate> asked{
      {Statistic::kStd}, {Statistic::kMin}, {Statistic::kFirst}, {Statistic::kMedian}};
  repeat([&] {
    return bool(aggregate({Dtype::kFloat64, std::as_bytes(std::span(values)), {}, {}},
                          {kRows, codes.view(), 100}, asked, 2, nullptr));
  });
}

TEST(ChangingArrays, OfNullsAreAggregated) {
  const Changing<double> values(
      filled<double>(kRows, [](size_t i) { return i % 2 == 0 ? kNan : 1; }),
      [](size_t i) { return i % 2 == 0 ? 1 : kNan; });
  const Changing<std::byte> validity(std::vector<std::byte>(kRows / 8, std::byte{0x0f}),
                                     [](size_t) { return std::byte{0xff}; });
  const std::vector<Aggregate> asked{{Statistic::kQuantile, 0.3}, {Statistic::kQuantile, 0.7}};
  repeat([&] {
    return bool(aggregate({Dtype::kFloat64, values.bytes(), {}, validity.bytes()}, {kRows, {}, 1},
                          asked, 2, nullptr));
  });
}

TEST(ChangingArrays, OfIndicesAreGathered) {
  const auto values = filled<double>(kRows * 3, [](size_t i) { return i; });
  const ByteSpan bytes = std::as_bytes(std::span(values));
  const std::vector<std::byte> validity(kRows, std::byte{0x55});
  const Changing<uint32_t> indices(filled<uint32_t>(kRows, [](size_t i) { return i; }),
                                   [](size_t i) { return i % 2 == 0 ? kNoRow - 1 : kNoRow; });
  for (const size_t length : {1, 3})
    repeat([&] {
      return bool(
          gather_fixed({Dtype::kFloat64, bytes, length, validity}, indices.view(), 2, nullptr));
    });
}

TEST(ChangingArrays, OfOffsetsAreGathered) {
  const size_t rows = kRows / 4;
  const auto text = letters(rows);
  const std::vector<std::byte> validity(rows, std::byte{0x55});
  const Changing<int32_t> offsets(even_offsets(rows), wild_offset);
  const Changing<uint32_t> indices(filled<uint32_t>(rows, [](size_t i) { return i; }),
                                   [&](size_t i) { return i % 2 == 0 ? kNoRow - 1 : kNoRow; });
  repeat([&] {
    return bool(
        gather_ragged({text, 1, offsets.view(), validity, validity}, indices.view(), 2, nullptr));
  });
}

TEST(ChangingArrays, OfMasksAreSelected) {
  const Changing<uint8_t> mask(std::vector<uint8_t>(kRows), [](size_t) { return uint8_t{1}; });
  repeat([&] { return bool(select_rows(mask.view())); });
}

TEST(ChangingArrays, OfConditionsAreEvaluated) {
  using where::Op;
  const size_t rows = kRows / 4;
  const auto text = letters(rows);
  const Changing<int32_t> offsets(even_offsets(rows), wild_offset);
  const Changing<int64_t> divisors(std::vector<int64_t>(rows, 7),
                                   [](size_t i) { return i % 2 == 0 ? 0 : -1; });
  const auto lowest = std::vector<int64_t>(rows, std::numeric_limits<int64_t>::min());
  const std::vector<where::Operand> columns{
      {CellKind::kString, Dtype::kUint8, text, offsets.view(), {}},
      {CellKind::kNumber, Dtype::kInt64, std::as_bytes(std::span(lowest)), {}, {}},
      {CellKind::kNumber, Dtype::kInt64, divisors.bytes(), {}, {}}};
  fitstream::test::ProgramBuilder like, remainder, words;
  like.column(0).like("%ab_");
  words.column(0);
  remainder.column(1).column(2).op(Op::kModulo);
  for (const auto& program : {like.program, words.program, remainder.program})
    repeat([&] { return bool(fitstream::test::evaluate(program, columns, rows)); });
}

}  // namespace
}  // namespace fitstream::relation
