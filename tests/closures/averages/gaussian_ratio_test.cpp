#include "muonphase/closures/averages/gaussian_ratio.hpp"

#include <gtest/gtest.h>

#include <boost/math/quadrature/exp_sinh.hpp>
#include <cmath>

namespace muonphase {
namespace {

// E f(z) by an independent quadrature.
template <class F>
double average(F f) {
  boost::math::quadrature::exp_sinh<double> rule;
  return rule.integrate([&](double z) { return z > 30 ? 0 : std::sqrt(2 / M_PI) * std::exp(-z * z / 2) * f(z * z); },
                        1e-12);
}

TEST(GaussianRatio, MatchesQuadrature) {
  const Eigen::ArrayXd kappa = (Eigen::ArrayXd::LinSpaced(37, -18, 18)).exp();
  GaussianRatio r;
  evaluate_gaussian_ratio(kappa, r);
  for (Eigen::Index i = 0; i < kappa.size(); ++i) {
    const double k = kappa(i);
    const double h = average([&](double z2) { return z2 / (1 + k * z2); });
    const double g = average([&](double z2) { return -k * z2 * z2 / ((1 + k * z2) * (1 + k * z2)); });
    EXPECT_NEAR(r.first(i) / h, 1, 2e-9) << k;
    EXPECT_NEAR(r.first_slope(i) / g, 1, 2e-9) << k;
    if (k > 1e3) continue;  // the reference below cancels
    const double w = average([&](double z2) { return (z2 - 1) * z2 / (1 + k * z2); });
    const double s = average([&](double z2) { return -k * (z2 - 1) * z2 * z2 / ((1 + k * z2) * (1 + k * z2)); });
    EXPECT_NEAR(r.excess(i) / w, 1, 2e-8) << k;
    EXPECT_NEAR(r.excess_slope(i) / s, 1, 2e-8) << k;
  }
}

TEST(GaussianRatio, LimitsAtSmallAndLargeKappa) {
  GaussianRatio r;
  Eigen::ArrayXd kappa(2);
  kappa << 0, 1e14;
  evaluate_gaussian_ratio(kappa, r);
  EXPECT_NEAR(r.first(0), 1, 1e-8);
  EXPECT_NEAR(r.excess(0), 2, 1e-8);
  EXPECT_EQ(r.first_slope(0), 0);
  EXPECT_NEAR(r.first(1) * 1e14, 1, 1e-6);
  EXPECT_NEAR(r.excess(1) * 1e21, std::sqrt(M_PI / 2), 1e-6);
}

}  // namespace
}  // namespace muonphase
