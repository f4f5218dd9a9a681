// Conditions and computed columns over memory. Input: rows / 16, dtypes of two columns, which
// columns have nulls, whether offsets are taken as they are, number of instructions (1 byte each);
// an operation and its argument each (2 bytes); two numbers, two integers, a text (8 bytes each);
// what the columns hold, again and again.
#include <array>

#include "support.h"
#include "where/evaluate.h"

namespace fitstream::fuzz {
namespace {

using where::Op;

constexpr Op kUnknown = static_cast<Op>(-1);
constexpr std::array kOps{
    Op::kColumn,    Op::kNumber,       Op::kInteger, Op::kText,     Op::kBoolean,  Op::kNull,
    Op::kColumn,    Op::kUnsigned,     Op::kAdd,     Op::kSubtract, Op::kMultiply, Op::kDivide,
    Op::kModulo,    Op::kNegate,       Op::kEqual,   Op::kNotEqual, Op::kLess,     Op::kLessEqual,
    Op::kGreater,   Op::kGreaterEqual, Op::kAnd,     Op::kOr,       Op::kNot,      Op::kIsNull,
    Op::kIn,        Op::kLike,         Op::kAbs,     Op::kSqrt,     Op::kLog10,    Op::kLn,
    Op::kExp,       Op::kPow,          Op::kFloor,   Op::kCeil,     Op::kRound,    Op::kSin,
    Op::kCos,       Op::kTan,          Op::kRadians, Op::kDegrees,  Op::kWithin,   Op::kToNumber,
    Op::kToInteger, kUnknown};

struct Shape {
  uint64_t rows;
  std::array<Dtype, 2> dtypes;
  uint8_t with_nulls;
  bool is_raw;
};

Shape shape_of(Input& input) {
  const auto dtype = [&] { return static_cast<Dtype>(input.byte() % 10); };
  return {uint64_t{input.byte()} * 16, {dtype(), dtype()}, input.byte(), input.byte() % 4 == 0};
}

where::Program program_of(Input& input) {
  where::Program program;
  program.columns = {0, 1, 2, 3};
  for (size_t left = input.byte(); left > 0; --left) {
    const Op op = kOps[input.byte() % kOps.size()];
    program.code.push_back({op, input.number<int8_t>()});
  }
  for (int i = 0; i < 2; ++i) program.numbers.push_back(input.number<double>());
  for (int i = 0; i < 2; ++i) program.integers.push_back(input.number<int64_t>());
  const auto text = input.number<std::array<char, 8>>();
  for (const size_t length : {0, 1, 3, 8}) program.texts.emplace_back(text.data(), length);
  program.lists = {program.numbers, program.integers,
                   std::vector<uint64_t>(program.integers.begin(), program.integers.end()),
                   program.texts};
  return program;
}

// `from`, again and again.
Bytes repeated(ByteSpan from, size_t size) {
  Bytes out(size);
  for (size_t i = 0; i < size && !from.empty(); ++i) out[i] = from[i % from.size()];
  return out;
}

std::vector<int32_t> offsets_of(const Shape& shape, ByteSpan from) {
  const Bytes bytes = repeated(from, (shape.rows + 1) * sizeof(int32_t));
  std::vector<int32_t> offsets(shape.rows + 1);
  std::memcpy(offsets.data(), bytes.data(), bytes.size());
  if (shape.is_raw) return offsets;
  offsets[0] = 0;
  for (size_t i = 1; i < offsets.size(); ++i) offsets[i] = offsets[i - 1] + (offsets[i] & 7);
  return offsets;
}

bool is_same(const where::Values& a, const where::Values& b) {
  return a.type == b.type && a.nulls == b.nulls && a.offsets == b.offsets &&
         std::ranges::equal(a.values, b.values) && std::ranges::equal(a.validity, b.validity);
}

}  // namespace
}  // namespace fitstream::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fitstream;
  using namespace fitstream::fuzz;
  Input input(data, size);
  const Shape shape = shape_of(input);
  const where::Program program = program_of(input);
  const ByteSpan rest = input.rest();
  const Bytes first = repeated(rest, shape.rows * size_of(shape.dtypes[0]));
  const Bytes second = repeated(rest, shape.rows * size_of(shape.dtypes[1]));
  const Bytes bytes = repeated(rest, shape.rows * 7);
  const std::vector<int32_t> offsets = offsets_of(shape, rest);
  const Bytes bits = repeated(rest, (shape.rows + 7) / 8);
  const std::span validity(reinterpret_cast<const uint8_t*>(bits.data()), bits.size());
  std::array<where::Operand, 4> columns{{{CellKind::kNumber, shape.dtypes[0], first, {}, {}},
                                         {CellKind::kNumber, shape.dtypes[1], second, {}, {}},
                                         {CellKind::kLogical, Dtype::kUint8, bytes, {}, {}},
                                         {CellKind::kString, Dtype::kUint8, bytes, offsets, {}}}};
  for (size_t c = 0; c < columns.size(); ++c)
    if (shape.with_nulls >> c & 1) columns[c].validity = validity;

  const auto expected = where::evaluate(program, columns, shape.rows, simd::Level::kScalar);
  for (const auto level : levels()) {
    const auto values = where::evaluate(program, columns, shape.rows, level);
    require(bool(values) == bool(expected), "every level accepts the same");
    require(!values || is_same(*values, *expected), "every level gives the same values");
  }
  return 0;
}
