// A condition or a computed value over the columns of a table, as the grammar compiles it
// (src/where). It comes from outside: compile() (expression.h) checks it before it is run.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace fitstream::where {

// Postfix: operands come first. In brackets, what the argument means. The same numbers as in
// src/raw/where.ts.
enum class Op : int32_t {
  kColumn = 0,   // [slot]
  kNumber = 1,   // [number]
  kInteger = 2,  // [integer]
  kText = 3,     // [text]
  kBoolean = 4,  // [0 or 1]
  kNull = 5,
  kUnsigned = 6,  // [integer], whose bits are those of a uint64
  kAdd = 10,
  kSubtract = 11,
  kMultiply = 12,
  kDivide = 13,
  kModulo = 14,
  kNegate = 15,
  kEqual = 20,
  kNotEqual = 21,
  kLess = 22,
  kLessEqual = 23,
  kGreater = 24,
  kGreaterEqual = 25,
  kAnd = 30,
  kOr = 31,
  kNot = 32,
  kIsNull = 40,
  kIn = 50,    // [list]
  kLike = 60,  // [text]
  kAbs = 70,
  kSqrt = 71,
  kLog10 = 72,
  kLn = 73,
  kExp = 74,
  kPow = 75,
  kFloor = 76,
  kCeil = 77,
  kRound = 78,
  kSin = 79,
  kCos = 80,
  kTan = 81,
  kRadians = 82,
  kDegrees = 83,
  kWithin = 90,  // ra, dec, ra0, dec0, radius
  // Conversions, which compile() puts in; no program has them.
  kToNumber = 1000,
  kToInteger = 1001,
};

struct Instruction {
  Op op = Op::kNull;
  int32_t argument = 0;
};

// What IN compares with.
using List = std::variant<std::vector<double>, std::vector<int64_t>, std::vector<uint64_t>,
                          std::vector<std::string>>;

struct Program {
  std::vector<Instruction> code;
  std::vector<double> numbers;
  std::vector<int64_t> integers;
  std::vector<std::string> texts;
  std::vector<List> lists;
  std::vector<size_t> columns;  // by slot: a column of the table
};

}  // namespace fitstream::where
