// Cone search, with great-circle distances by another formula in wider numbers.
#include <cmath>

#include "where_support.h"

namespace fitstream {
namespace {

using test::Memory;
using test::Op;
using test::ProgramBuilder;

// Degrees, by Vincenty's formula, which is right at all distances.
long double distance(double ra1, double dec1, double ra2, double dec2) {
  const long double degree = acosl(-1.0L) / 180;
  const long double a = static_cast<long double>(ra2) - ra1, p = dec1 * degree, q = dec2 * degree;
  const long double x = cosl(q) * sinl(a * degree);
  const long double y = cosl(p) * sinl(q) - sinl(p) * cosl(q) * cosl(a * degree);
  const long double z = sinl(p) * sinl(q) + cosl(p) * cosl(q) * cosl(a * degree);
  return atan2l(hypotl(x, y), z) / degree;
}

std::vector<uint8_t> search(const Memory& memory, const ProgramBuilder& builder, size_t rows) {
  const auto found = test::evaluate(builder.program, memory.operands, rows);
  if (!found) throw std::runtime_error(test::describe(found.error()));
  return test::values_of<uint8_t>(found->values);
}
ProgramBuilder cone(double ra, double dec, double radius) {
  ProgramBuilder builder;
  builder.column(0).column(1).number(ra).number(dec).number(radius).op(Op::kWithin);
  return builder;
}

TEST(WhereWithin, IsRightToANanodegreeOnTheWholeSky) {
  test::Random random(81);
  constexpr size_t kRows = 300;
  size_t inside = 0;
  for (int i = 0; i < 600; ++i) {
    const std::vector<double> decs = {-90, 90, 89.99999, -89.9, 0, 12, -33.3, 90 - 1e-9};
    const std::vector<double> ras = {0, 359.9999999, 1e-7, 180, 266.4, -20, 720};
    const std::vector<double> radii = {0,    1e-9, 1e-7, 1.0 / 3600, 0.1,       5,
                                       89.9, 90,   91,   179.9,      180 - 1e-8};
    const double ra = random.pick(ras), dec = random.pick(decs), radius = random.pick(radii);
    std::vector<double> x, y;
    for (size_t k = 0; k < kRows; ++k) {
      // Near the edge of the cone, of its antipode's, or anywhere.
      const bool is_far = random.chance(0.3);
      const double reach = std::min(radius, 180 - radius) * 1.5 + 1e-9;
      const double y_of =
          (radius > 90 ? -dec : dec) + (is_far ? 30 : reach) * random.gaussian() / 2;
      y.push_back(std::clamp(y_of, -90.0, 90.0));
      const double stretch = 1 / std::max(1e-6, std::cos(y.back() * M_PI / 180));
      x.push_back(ra + (radius > 90 ? 180 : 0) +
                  (is_far ? 100 : reach * stretch) * random.gaussian() / 2 +
                  360.0 * static_cast<double>(random.between(0, 2)) - 360);
    }
    Memory memory;
    memory.doubles(x).doubles(y);
    const auto found = search(memory, cone(ra, dec, radius), kRows);
    for (size_t k = 0; k < kRows; ++k) {
      const long double d = distance(ra, dec, x[k], y[k]);
      inside += found[k];
      if (fabsl(d - radius) < 1e-9L) continue;
      ASSERT_EQ(found[k], d < radius) << ra << " " << dec << " " << radius << ": " << x[k] << " "
                                      << y[k] << " " << static_cast<double>(d - radius);
    }
  }
  EXPECT_GT(inside, 20000u);
}

TEST(WhereWithin, KnowsThatRightAscensionsGoRound) {
  Memory memory;
  memory.doubles({359.9999, 0.0001, 360, -0.0001, 180}).doubles({0, 0, 0, 0, 0});
  EXPECT_EQ(search(memory, cone(0, 0, 0.001), 5), (std::vector<uint8_t>{1, 1, 1, 1, 0}));
  EXPECT_EQ(search(memory, cone(360, 0, 0), 5), (std::vector<uint8_t>{0, 0, 1, 0, 0}));
  memory = {};
  memory.doubles({10, 190, 77, 10}).doubles({90, 89.9995, 89.99, -90});
  EXPECT_EQ(search(memory, cone(10, 90, 0.001), 4), (std::vector<uint8_t>{1, 1, 0, 0}));
  EXPECT_EQ(search(memory, cone(10, 90, 180), 4), (std::vector<uint8_t>{1, 1, 1, 1}));
}

TEST(WhereWithin, IsNullWithNulls) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  Memory memory;
  memory.doubles({nan, 1, 1, 1, -999}).doubles({80, nan, 1, -999, -999});
  const auto at = [&](const ProgramBuilder& builder) {
    ProgramBuilder null = builder;
    null.op(Op::kIsNull);
    return std::pair(search(memory, builder, 5), search(memory, null, 5));
  };
  EXPECT_EQ(at(cone(1, 1, 1)), std::pair(std::vector<uint8_t>({0, 0, 1, 0, 0}),
                                         std::vector<uint8_t>({1, 1, 0, 0, 0})));
  EXPECT_EQ(at(cone(1, 1, 200)).first, (std::vector<uint8_t>{0, 0, 1, 0, 0}));
  EXPECT_EQ(at(cone(1, 1, nan)).second, std::vector<uint8_t>(5, 1));
  EXPECT_EQ(at(cone(1, 1, -1)).first, std::vector<uint8_t>(5, 0));
}

TEST(WhereWithin, TakesACentreOfEachRow) {
  Memory memory;
  memory.integers({10, 20, 30}).doubles({0, 0, 0});
  ProgramBuilder builder;
  builder.column(0).column(1).integer(19).column(1).column(1).integer(1).op(Op::kAdd);
  builder.op(Op::kWithin);
  EXPECT_EQ(search(memory, builder, 3), (std::vector<uint8_t>{0, 1, 0}));
}

}  // namespace
}  // namespace fitstream
