// What conditions and computed values come to.
#include "where_support.h"

namespace fitstream {
namespace {

using test::Memory;
using test::Op;
using test::ProgramBuilder;
using test::Value;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
const Value kNull;

Value whole(int64_t v) { return static_cast<test::Wide>(v); }

// One letter a row.
std::string truths_of(const ProgramBuilder& builder, const Memory& memory, uint64_t rows) {
  const auto values = test::evaluate(builder.program, memory.operands, rows);
  if (!values) return test::describe(values.error());
  std::string out;
  for (const Value& v : test::values_of(*values, rows))
    out += v == Value(true) ? 'T' : v == Value(false) ? 'F' : 'n';
  return out;
}
std::vector<Value> values_of(const ProgramBuilder& builder, const Memory& memory, uint64_t rows) {
  const auto values = test::evaluate(builder.program, memory.operands, rows);
  if (!values) throw std::runtime_error(test::describe(values.error()));
  return test::values_of(*values, rows);
}
ProgramBuilder binary(Op op) { return ProgramBuilder().column(0).column(1).op(op); }

TEST(Where, HasThreeTruths) {
  Memory memory;
  memory.logicals("TTTFFFnnn").logicals("TFnTFnTFn");
  EXPECT_EQ(truths_of(binary(Op::kAnd), memory, 9), "TFnFFFnFn");
  EXPECT_EQ(truths_of(binary(Op::kOr), memory, 9), "TTTTFnTnn");
  EXPECT_EQ(truths_of(binary(Op::kEqual), memory, 9), "TFnFTnnnn");
  EXPECT_EQ(truths_of(binary(Op::kNotEqual), memory, 9), "FTnTFnnnn");
  EXPECT_EQ(truths_of(ProgramBuilder().column(0).op(Op::kNot), memory, 9), "FFFTTTnnn");
  EXPECT_EQ(truths_of(ProgramBuilder().column(0).op(Op::kIsNull), memory, 9), "FFFFFFTTT");
  EXPECT_EQ(truths_of(ProgramBuilder().column(0).null().op(Op::kAnd), memory, 9), "nnnFFFnnn");
  EXPECT_EQ(truths_of(ProgramBuilder().null().column(0).op(Op::kOr), memory, 9), "TTTnnnnnn");
  EXPECT_EQ(truths_of(ProgramBuilder().null(), memory, 2), "nn");
}

TEST(Where, TakesNanForNull) {
  Memory memory;
  memory.doubles({1, kNan, 3, kInfinity});
  const auto with = [](Op op) { return ProgramBuilder().column(0).number(3).op(op); };
  EXPECT_EQ(truths_of(with(Op::kEqual), memory, 4), "FnTF");
  EXPECT_EQ(truths_of(with(Op::kNotEqual), memory, 4), "TnFT");
  EXPECT_EQ(truths_of(with(Op::kLess), memory, 4), "TnFF");
  EXPECT_EQ(truths_of(with(Op::kLessEqual), memory, 4), "TnTF");
  EXPECT_EQ(truths_of(with(Op::kGreater), memory, 4), "FnFT");
  EXPECT_EQ(truths_of(with(Op::kGreaterEqual), memory, 4), "FnTT");
  EXPECT_EQ(truths_of(with(Op::kLess).op(Op::kNot), memory, 4), "FnTT");
  EXPECT_EQ(truths_of(ProgramBuilder().column(0).op(Op::kIsNull), memory, 4), "FTFF");
  EXPECT_EQ(truths_of(ProgramBuilder().column(0).in(std::vector<double>{3, kNan}), memory, 4),
            "FnTF");
  EXPECT_EQ(truths_of(ProgramBuilder().column(0).null().op(Op::kEqual), memory, 4), "nnnn");
}

TEST(Where, HidesWhatLiesUnderNulls) {
  Memory memory;
  memory.numbers(Dtype::kFloat32, std::vector<float>{1, 2}, {false, true});
  memory.integers({INT64_MAX, INT64_MAX}, {true, true}).texts({"a", "b"}, {false, true});
  EXPECT_EQ(truths_of(ProgramBuilder().column(0).number(0).op(Op::kGreater), memory, 2), "Tn");
  EXPECT_EQ(values_of(ProgramBuilder().column(1).integer(1).op(Op::kAdd), memory, 2),
            (std::vector<Value>{kNull, kNull}));
  EXPECT_EQ(values_of(ProgramBuilder().column(1).op(Op::kNegate), memory, 2),
            (std::vector<Value>{kNull, kNull}));
  EXPECT_EQ(values_of(ProgramBuilder().column(2), memory, 2),
            (std::vector<Value>{std::string("a"), kNull}));
  EXPECT_EQ(truths_of(ProgramBuilder().column(2).like("%"), memory, 2), "Tn");
  EXPECT_EQ(truths_of(ProgramBuilder().column(2).null().op(Op::kLess), memory, 2), "nn");
}

TEST(Where, ComparesIntegersAndNumbersWithoutRounding) {
  constexpr int64_t k53 = int64_t{1} << 53;
  Memory memory;
  memory.integers({k53, k53 + 1, INT64_MAX, INT64_MIN, -k53 - 1});
  const auto than = [](double v, Op op) { return ProgramBuilder().column(0).number(v).op(op); };
  EXPECT_EQ(truths_of(than(9007199254740992.0, Op::kEqual), memory, 5), "TFFFF");
  EXPECT_EQ(truths_of(than(9007199254740992.0, Op::kGreater), memory, 5), "FTTFF");
  EXPECT_EQ(truths_of(than(9223372036854775808.0, Op::kLess), memory, 5), "TTTTT");
  EXPECT_EQ(truths_of(than(9223372036854775808.0, Op::kEqual), memory, 5), "FFFFF");
  EXPECT_EQ(truths_of(than(-9223372036854775808.0, Op::kEqual), memory, 5), "FFFTF");
  EXPECT_EQ(truths_of(than(-9007199254740992.0, Op::kLess), memory, 5), "FFFTT");
  EXPECT_EQ(truths_of(than(kInfinity, Op::kLess), memory, 5), "TTTTT");
  EXPECT_EQ(truths_of(than(kNan, Op::kLess), memory, 5), "nnnnn");
  EXPECT_EQ(truths_of(ProgramBuilder().number(0.5).column(0).op(Op::kLess), memory, 5), "TTTFF");
  const std::vector<double> list = {9007199254740992.0, 0.5, 9223372036854775808.0};
  EXPECT_EQ(truths_of(ProgramBuilder().column(0).in(list), memory, 5), "TFFFF");
}

TEST(Where, ComparesUnsignedIntegersWithoutRounding) {
  Memory memory;
  memory.numbers(Dtype::kUint64, std::vector<uint64_t>{0, uint64_t{1} << 63, UINT64_MAX});
  memory.integers({-1, INT64_MAX, -1});
  EXPECT_EQ(truths_of(binary(Op::kGreater), memory, 3), "TTT");
  EXPECT_EQ(truths_of(binary(Op::kEqual), memory, 3), "FFF");
  EXPECT_EQ(truths_of(ProgramBuilder().column(1).column(0).op(Op::kLess), memory, 3), "TTT");
  const auto than = [](double v, Op op) { return ProgramBuilder().column(0).number(v).op(op); };
  EXPECT_EQ(truths_of(than(9223372036854775808.0, Op::kEqual), memory, 3), "FTF");
  EXPECT_EQ(truths_of(than(18446744073709551616.0, Op::kLess), memory, 3), "TTT");
  EXPECT_EQ(truths_of(ProgramBuilder().column(0).in(std::vector<int64_t>{0, -1}), memory, 3),
            "TFF");
  EXPECT_EQ(truths_of(ProgramBuilder().column(0).column(0).op(Op::kGreaterEqual), memory, 3),
            "TTT");
}

TEST(Where, Case67ComparesWithIntegersThatOnlyUint64Holds) {
  Memory memory;
  memory.numbers(Dtype::kUint64, std::vector<uint64_t>{0, UINT64_MAX - 1, UINT64_MAX});
  memory.integers({-1, -2, INT64_MAX}).doubles({18446744073709551616.0, -1, kNan});
  const auto than = [](size_t column, Op op) {
    ProgramBuilder program;
    program.column(column).program.integers.push_back(-1);  // the bits of UINT64_MAX
    return program.op(Op::kUnsigned).op(op);
  };
  EXPECT_EQ(truths_of(than(0, Op::kEqual), memory, 3), "FFT");
  EXPECT_EQ(truths_of(than(0, Op::kLess), memory, 3), "TTF");
  EXPECT_EQ(truths_of(than(1, Op::kLess), memory, 3), "TTT");
  EXPECT_EQ(truths_of(than(2, Op::kGreater), memory, 3), "TFn");
  const std::vector<uint64_t> list = {UINT64_MAX, 5};
  EXPECT_EQ(truths_of(ProgramBuilder().column(0).in(list), memory, 3), "FFT");
  EXPECT_EQ(truths_of(ProgramBuilder().column(1).in(list), memory, 3), "FFF");
}

TEST(Where, ComparesWhatAFloat32Is) {
  Memory memory;
  memory.numbers(Dtype::kFloat32, std::vector<float>{0.1f, 0.5f});
  EXPECT_EQ(truths_of(ProgramBuilder().column(0).number(0.1).op(Op::kGreater), memory, 2), "TT");
  EXPECT_EQ(truths_of(ProgramBuilder().column(0).number(0.5).op(Op::kEqual), memory, 2), "FT");
}

TEST(Where, NamesTheRowInWhichIntegersOverflow) {
  std::vector<int64_t> values(5000, 1);
  values[4321] = INT64_MAX;
  values[4400] = INT64_MAX;
  Memory memory;
  memory.integers(values);
  const auto compute = [&](ProgramBuilder builder) {
    return test::evaluate(builder.program, memory.operands, 5000);
  };
  for (const Op op : {Op::kAdd, Op::kMultiply}) {
    const auto found = compute(ProgramBuilder().column(0).integer(2).op(op));
    ASSERT_EQ(test::code_of(found), ErrorCode::kBadArgument);
    EXPECT_NE(found.error().what.find("row 4321"), std::string::npos) << found.error().what;
  }
  EXPECT_CODE(compute(ProgramBuilder().integer(INT64_MIN).column(0).op(Op::kSubtract)),
              ErrorCode::kBadArgument);
  EXPECT_CODE(compute(ProgramBuilder().integer(INT64_MIN).op(Op::kNegate)),
              ErrorCode::kBadArgument);
  EXPECT_CODE(compute(ProgramBuilder().integer(INT64_MIN).op(Op::kAbs)), ErrorCode::kBadArgument);
  Memory large;
  large.numbers(Dtype::kUint64, std::vector<uint64_t>{UINT64_MAX});
  const auto computed = [&](ProgramBuilder builder) {
    return test::evaluate(builder.program, large.operands, 1);
  };
  EXPECT_CODE(computed(ProgramBuilder().column(0)), ErrorCode::kBadArgument);
  EXPECT_CODE(computed(ProgramBuilder().column(0).integer(0).op(Op::kAdd)),
              ErrorCode::kBadArgument);
  EXPECT_TRUE(computed(ProgramBuilder().column(0).integer(2).op(Op::kDivide)));
}

TEST(Where, ComputesAsCDoesButForNulls) {
  Memory memory;
  memory.integers({7, -7, 0, INT64_MIN}).doubles({2, -0.0, kNan, 0.5});
  const auto with = [](int64_t v, Op op) { return ProgramBuilder().column(0).integer(v).op(op); };
  EXPECT_EQ(values_of(with(3, Op::kModulo), memory, 4),
            (std::vector<Value>{whole(1), whole(-1), whole(0), whole(INT64_MIN % 3)}));
  EXPECT_EQ(values_of(with(-1, Op::kModulo), memory, 4),
            (std::vector<Value>{whole(0), whole(0), whole(0), whole(0)}));
  EXPECT_EQ(values_of(with(0, Op::kModulo), memory, 4), std::vector<Value>(4));
  EXPECT_EQ(values_of(with(0, Op::kDivide), memory, 3),
            (std::vector<Value>{kInfinity, -kInfinity, kNull}));
  EXPECT_EQ(values_of(with(2, Op::kDivide), memory, 2), (std::vector<Value>{3.5, -3.5}));
  const auto of = [](Op op) { return ProgramBuilder().column(1).op(op); };
  EXPECT_EQ(truths_of(of(Op::kSqrt).op(Op::kIsNull), memory, 4), "FFTF");
  EXPECT_EQ(values_of(of(Op::kLog10), memory, 3),
            (std::vector<Value>{std::log10(2), -kInfinity, kNull}));
  const auto power = [](double x, double y) {
    return ProgramBuilder().number(x).number(y).op(Op::kPow);
  };
  EXPECT_EQ(values_of(power(1, kNan), memory, 1), std::vector<Value>{kNull});
  EXPECT_EQ(values_of(power(kNan, 0), memory, 1), std::vector<Value>{kNull});
  EXPECT_EQ(values_of(power(-8, 1.0 / 3), memory, 1), std::vector<Value>{kNull});
  EXPECT_EQ(values_of(ProgramBuilder().number(2.5).op(Op::kRound), memory, 1),
            std::vector<Value>{2.0});
  EXPECT_EQ(values_of(ProgramBuilder().integer(5).op(Op::kFloor), memory, 1),
            std::vector<Value>{whole(5)});
}

TEST(Where, MatchesPatterns) {
  Memory memory;
  memory.texts({"", "NGC 1", "NGC 10", "IC 10", "100%", "a_b", "axb"});
  const auto like = [&](const char* pattern) {
    return truths_of(ProgramBuilder().column(0).like(pattern), memory, 7);
  };
  EXPECT_EQ(like("%"), "TTTTTTT");
  EXPECT_EQ(like(""), "TFFFFFF");
  EXPECT_EQ(like("NGC%"), "FTTFFFF");
  EXPECT_EQ(like("%10"), "FFTTFFF");
  EXPECT_EQ(like("%1%0"), "FFTTFFF");
  EXPECT_EQ(like("NGC 1%1%"), "FFFFFFF");
  EXPECT_EQ(like("ngc%"), "FFFFFFF");
  EXPECT_EQ(like("_GC _"), "FTFFFFF");
  EXPECT_EQ(like("%_C%"), "FTTTFFF");
  EXPECT_EQ(like("a_b"), "FFFFFTT");
  EXPECT_EQ(like("a\\_b"), "FFFFFTF");
  EXPECT_EQ(like("%\\%"), "FFFFTFF");
  EXPECT_EQ(like("%0%0%"), "FFFFTFF");
  EXPECT_CODE(test::evaluate(ProgramBuilder().column(0).like("a\\").program, memory.operands, 7),
              ErrorCode::kBadArgument);
}

TEST(Where, ComparesTextsAsBytes) {
  Memory memory;
  memory.texts({"a", "\xe9", "B", ""});
  EXPECT_EQ(truths_of(ProgramBuilder().column(0).text("a").op(Op::kGreater), memory, 4), "FTFF");
  EXPECT_EQ(truths_of(ProgramBuilder().column(0).text("a").op(Op::kEqual), memory, 4), "TFFF");
  EXPECT_EQ(truths_of(ProgramBuilder().text("B").column(0).op(Op::kLessEqual), memory, 4), "TTTF");
  const std::vector<std::string> list = {"B", "", "B", "c"};
  EXPECT_EQ(truths_of(ProgramBuilder().column(0).in(list), memory, 4), "FFTT");
  EXPECT_EQ(truths_of(ProgramBuilder().column(0).in(std::vector<std::string>{}), memory, 4),
            "FFFF");
}

TEST(Where, LooksUpLongLists) {
  Memory memory;
  std::vector<int64_t> ids, list;
  for (int64_t i = 0; i < 5000; ++i) ids.push_back(i);
  for (int64_t i = 4999; i >= 0; i -= 3) list.push_back(i);
  const std::vector<double> reals(list.begin(), list.end());
  memory.integers(ids).doubles({ids.begin(), ids.end()});
  const auto found = truths_of(ProgramBuilder().column(0).in(list), memory, 5000);
  for (size_t i = 0; i < 5000; ++i) EXPECT_EQ(found[i], i % 3 == 4999 % 3 ? 'T' : 'F') << i;
  EXPECT_EQ(truths_of(ProgramBuilder().column(0).in(reals), memory, 5000), found);
  EXPECT_EQ(truths_of(ProgramBuilder().column(1).in(list), memory, 5000), found);
}

TEST(Where, IsWhatItIsRowByRow) {
  test::Random random(71);
  constexpr size_t kRows = 2500;  // more than are taken at a time
  using where::ValueType;
  const std::vector<ValueType> types = {ValueType::kInteger, ValueType::kUnsigned,
                                        ValueType::kNumber,  ValueType::kNumber,
                                        ValueType::kBoolean, ValueType::kText};
  std::vector<int64_t> integers;
  std::vector<uint64_t> large;
  std::vector<float> floats;
  std::vector<double> doubles;
  std::string logicals;
  std::vector<std::string> texts;
  std::vector<bool> nulls;
  for (size_t i = 0; i < kRows; ++i) {
    integers.push_back(static_cast<int64_t>(random.between(0, 40)) - 10);
    large.push_back(random.chance(0.01) ? UINT64_MAX : random.between(0, 40));
    floats.push_back(static_cast<float>(20 + 3 * random.gaussian()));
    doubles.push_back(random.chance(0.1) ? kNan : 20 + 3 * random.gaussian());
    logicals += random.pick(std::vector<char>{'T', 'F', 'n'});
    texts.push_back(std::string("abcbac").substr(random.between(0, 5), random.between(0, 3)));
    nulls.push_back(random.chance(0.1));
  }
  Memory memory;
  memory.integers(integers, nulls).numbers(Dtype::kUint64, large);
  memory.numbers(Dtype::kFloat32, floats, nulls).doubles(doubles).logicals(logicals).texts(texts);
  size_t overflows = 0;
  for (int i = 0; i < 400; ++i) {
    const test::Program program = test::random_condition(types, random);
    const simd::Level level = random.pick(test::levels());
    const auto found = test::evaluate(program, memory.operands, kRows, level);
    std::vector<Value> expected;
    try {
      for (size_t row = 0; row < kRows; ++row)
        expected.push_back(test::value_of(program, memory.operands, row));
    } catch (const test::Overflow&) {
      ++overflows;
      EXPECT_CODE(found, ErrorCode::kBadArgument);
      continue;
    }
    ASSERT_OK(found);
    ASSERT_TRUE(test::values_of(*found, kRows) == expected) << i;
  }
  EXPECT_LT(overflows, 100u);
}

}  // namespace
}  // namespace fitstream
