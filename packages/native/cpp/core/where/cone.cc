#include "cone.h"

#include <cmath>

namespace fitstream::where {
namespace {

constexpr double kHalfDegree = 0.017453292519943295 / 2;
// More than the rounding of declinations and radii; less than anybody's positions are known.
constexpr double kSlack = 1e-9;

struct Cone {
  double ra = 0;
  double dec = 0;
  double radius = 0;

  bool is_known() const { return ra == ra && dec == dec && radius == radius; }
  bool contains(double ra_of, double dec_of) const;
};

double square(double x) { return x * x; }

// Haversines: an arc cosine would lose half the digits of small distances. Near the antipode they
// would, too: there, what is compared is the distance from it.
bool Cone::contains(double ra_of, double dec_of) const {
  const bool is_wide = radius > 90;
  const double around = std::remainder(ra_of - ra, 360.0) * kHalfDegree;
  const double up = (is_wide ? dec_of + dec : dec_of - dec) * kHalfDegree;
  const double across = is_wide ? std::cos(around) : std::sin(around);
  const double found = square(std::sin(up)) + std::cos(2 * dec_of * kHalfDegree) *
                                                  std::cos(2 * dec * kHalfDegree) * square(across);
  const double limit = square(std::sin((is_wide ? 180 - radius : radius) * kHalfDegree));
  return is_wide ? found >= limit : found <= limit;
}

Truth within(const Cone& cone, double ra, double dec) {
  if (!cone.is_known() || ra != ra || dec != dec) return kUnknown;
  if (std::fabs(dec) > 90 || std::fabs(cone.dec) > 90 || cone.radius < 0) return kFalse;
  return cone.radius >= 180 || cone.contains(ra, dec) ? kTrue : kFalse;
}

// Marks positions whose declination is near enough, which the compiler does for many at once. Those
// that cannot be known count as near.
template <typename Dec>
void mark_near(Dec dec, const Cone& cone, size_t n, Truth* __restrict near) {
  const double most = cone.radius + kSlack;
  for (size_t i = 0; i < n; ++i) near[i] = !(std::fabs(dec[i] - cone.dec) > most);
}

// One cone for all rows.
void search(const Cone& cone, const Vector& ra, const Vector& dec, size_t n, Truth* out) {
  with_values<double>(dec, n, [&](auto y) { mark_near(y, cone, n, out); });
  with_values<double>(ra, dec, n, [&](auto x, auto y) {
    for (size_t i = 0; i < n; ++i)
      out[i] = out[i] || x[i] != x[i] ? within(cone, x[i], y[i]) : kFalse;
  });
}

}  // namespace

void within(const std::array<const Vector*, 5>& v, size_t n, Register& out) {
  Truth* to = out.values<Truth>();
  const auto at = [&](size_t k, size_t i) { return v[k]->as<double>()[v[k]->is_constant ? 0 : i]; };
  if (v[2]->is_constant && v[3]->is_constant && v[4]->is_constant)
    return search({at(2, 0), at(3, 0), at(4, 0)}, *v[0], *v[1], n, to);
  for (size_t i = 0; i < n; ++i) to[i] = within({at(2, i), at(3, i), at(4, i)}, at(0, i), at(1, i));
}

}  // namespace fitstream::where
