// Programs and columns that nobody should have made.
#include "where_support.h"

namespace fitstream {
namespace {

using test::Memory;
using test::Op;
using test::Program;
using test::ProgramBuilder;

TEST(WhereProgram, RefusesMalformedPrograms) {
  Memory memory;
  memory.doubles({1}).logicals("T").texts({"a"});
  const std::vector<ProgramBuilder> malformed = {
      ProgramBuilder(),
      ProgramBuilder().number(1).number(2),
      ProgramBuilder().op(Op::kAdd),
      ProgramBuilder().number(1).op(Op::kLess),
      ProgramBuilder().op(Op::kNot),
      ProgramBuilder().op(Op::kIsNull),
      ProgramBuilder().slot(0),
      ProgramBuilder().column(3),
      ProgramBuilder().column(SIZE_MAX),
      ProgramBuilder().op(Op::kNumber, 0),
      ProgramBuilder().op(Op::kNumber, -1),
      ProgramBuilder().op(Op::kInteger, 1),
      ProgramBuilder().op(Op::kText, INT32_MAX),
      ProgramBuilder().op(Op::kBoolean, 2),
      ProgramBuilder().column(0).op(Op::kIn, 0),
      ProgramBuilder().column(2).op(Op::kLike, 0),
      ProgramBuilder().op(static_cast<Op>(7)),
      ProgramBuilder().column(0).op(Op::kToNumber),
      ProgramBuilder().column(0).op(Op::kNot),
      ProgramBuilder().column(0).column(1).op(Op::kAnd),
      ProgramBuilder().column(1).column(1).op(Op::kLess),
      ProgramBuilder().column(0).column(2).op(Op::kEqual),
      ProgramBuilder().column(0).column(1).op(Op::kEqual),
      ProgramBuilder().column(1).column(0).op(Op::kAdd),
      ProgramBuilder().column(2).op(Op::kNegate),
      ProgramBuilder().column(2).op(Op::kSqrt),
      ProgramBuilder().column(1).op(Op::kFloor),
      ProgramBuilder().column(0).like("a"),
      ProgramBuilder().column(1).in(std::vector<double>{1}),
      ProgramBuilder().column(2).in(std::vector<int64_t>{1}),
      ProgramBuilder().column(0).in(std::vector<std::string>{"a"}),
      ProgramBuilder().number(1).number(1).number(1).number(1).op(Op::kWithin)};
  for (size_t i = 0; i < malformed.size(); ++i) {
    const auto code = test::code_of(test::evaluate(malformed[i].program, memory.operands, 1));
    EXPECT_TRUE(code == ErrorCode::kBadArgument || code == ErrorCode::kOutOfBounds) << i;
  }
  ProgramBuilder deep;
  for (int i = 0; i < 100000; ++i) deep.number(1);
  for (int i = 1; i < 100000; ++i) deep.op(Op::kAdd);
  EXPECT_CODE(test::evaluate(deep.program, memory.operands, 1), ErrorCode::kBadArgument);
}

TEST(WhereProgram, RefusesColumnsThatAreTooShort) {
  Memory memory;
  memory.doubles({1, 2}).logicals("TnT").texts({"a", "b"});
  for (size_t c = 0; c < 3; ++c)
    EXPECT_CODE(test::evaluate(ProgramBuilder().column(c).program, memory.operands, 9),
                ErrorCode::kBadArgument);
  std::vector<int32_t> offsets = {0, 5};
  memory.operands[2].offsets = offsets;
  EXPECT_CODE(test::evaluate(ProgramBuilder().column(2).program, memory.operands, 1),
              ErrorCode::kBadArgument);
  offsets = {-1, 0};
  EXPECT_CODE(test::evaluate(ProgramBuilder().column(2).program, memory.operands, 1),
              ErrorCode::kBadArgument);
}

// Any operation with any argument; what compiles must run.
TEST(WhereProgram, DoesNoHarmWhateverItSays) {
  test::Random random(61);
  Memory memory;
  memory.doubles(std::vector<double>(3000, 1.5)).logicals(std::string(3000, 'T'));
  memory.texts(std::vector<std::string>(3000, "a")).integers(std::vector<int64_t>(3000, 7));
  const std::vector<int> ops = {0,  0,  0,  1,  2,  3,  4,  5,  6,  10, 11, 12, 13,   14,  15, 20,
                                21, 22, 23, 24, 25, 30, 31, 32, 40, 50, 60, 70, 71,   72,  73, 74,
                                75, 76, 77, 78, 79, 80, 81, 82, 83, 90, 91, -1, 1000, 1001};
  size_t good = 0;
  for (int i = 0; i < 50000; ++i) {
    Program program;
    program.columns = {0, 1, 2, 3};
    program.numbers = {1, -1e300};
    program.integers = {INT64_MIN, 3};
    program.texts = {"", "a%", "\\"};
    program.lists = {std::vector<double>{}, std::vector<int64_t>{7}, std::vector<std::string>{"a"}};
    const uint64_t length = random.between(0, 7);
    for (uint64_t k = 0; k < length; ++k)
      program.code.push_back(
          {static_cast<Op>(random.pick(ops)), static_cast<int32_t>(random.between(0, 5)) - 1});
    good += bool(test::evaluate(program, memory.operands, i % 50 == 0 ? 3000 : 3));
  }
  EXPECT_GT(good, 300u);
}

}  // namespace
}  // namespace fitstream
