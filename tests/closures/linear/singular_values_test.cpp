#include "muonphase/closures/linear/singular_values.hpp"

#include <gtest/gtest.h>

#include <Eigen/Core>
#include <cmath>

#include "closures/average_measure.hpp"
#include "muonphase/closures/averages/window.hpp"
#include "reference_svd.hpp"

namespace muonphase {
namespace {

// Entries of a square Gaussian matrix: t √d/‖M‖_F has the quarter circle's law on [0, 2].
TEST(SingularValues, OfASquareGaussianMatrixFollowTheQuarterCircle) {
  const double n = 1e4;
  const Problem p = problem_of(n, n, infinite_batch, 0, 0);
  for (const double t : {0.3, 1.0, 1.6}) {
    const double below = (t * std::sqrt(4 - t * t) / 2 + 2 * std::asin(t / 2)) / M_PI;
    EXPECT_NEAR(singular_values_above(p, {}, t / std::sqrt(n)) / n, 1 - below, 1e-3) << t;
  }
  EXPECT_NEAR(singular_values_above(p, {}, 2.2 / std::sqrt(n)) / n, 0, 1e-3);
}

TEST(SingularValues, OfSampledAveragesAreCounted) {
  for (const auto& [mu, batch] : {std::pair{0.0, 40.0}, {0.0, 300.0}, {0.8, 40.0}}) {
    const Problem p = problem_of(80, 64, batch, 0, 1.2);
    AverageStream stream(p, momentum_window(mu));
    stream.skip(burn_in(momentum_window(mu)));
    const int matrices = 60;
    Eigen::ArrayXXd relative(64, matrices);
    for (int i = 0; i < matrices; ++i) {
      const Eigen::MatrixXd m = stream.next();
      relative.col(i) = reference_svd(m).values.array() / m.norm();
    }
    for (const double x : {0.03, 0.1, 0.2}) {
      const double counted = static_cast<double>((relative > x).count()) / matrices;
      EXPECT_NEAR(singular_values_above(p, momentum_window(mu), x), counted, 0.015 * 64) << mu << " " << batch << x;
    }
    EXPECT_NEAR(singular_values_above(p, momentum_window(mu), 0), mu == 0 ? std::min(batch, 64.0) : 64, 1e-3);
  }
}

TEST(SingularValues, LeastRaisedIsWhereTheMapGetsThere) {
  EXPECT_NEAR(least_raised(power_map(0.5, 1), 0.7), 0.49, 1e-3);
  EXPECT_NEAR(least_raised(power_map(1, 1), 0.7), 0.7, 1e-3);
  EXPECT_NEAR(least_raised(newton_schulz_map({{3, 0, 0}}), 0.6), 0.2, 1e-3);
  EXPECT_TRUE(std::isnan(least_raised(newton_schulz_map({{0.5, 0, 0}}), 0.7)));
  // Linear at first: five steps raise 0.7/3.4445⁵ and a little more.
  const double least = least_raised(newton_schulz_map(quintic_steps(5)), 0.7);
  EXPECT_GT(least, 0.7 / std::pow(3.4445, 5));
  EXPECT_LT(least, 1.2 * 0.7 / std::pow(3.4445, 5));
}

}  // namespace
}  // namespace muonphase
