#include "muonphase/core/quasi_points.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace muonphase {
namespace {

// χ² of m degrees of freedom over m has mean 1 and variance 2/m, whatever m: spectra of 10¹⁵ modes in bins have m so
// large.
TEST(QuasiPoints, ChiSquaresOfAnyDegreesOfFreedom) {
  const Eigen::ArrayXd dof{{1, 10, 1e4, 9.9e7, 1.01e8, 1e12, 1e15}};
  const Eigen::MatrixXd points = chi_square_points(4096, dof);
  for (Eigen::Index m = 0; m < dof.size(); ++m) {
    const double unit = std::sqrt(2 / dof(m));
    const Eigen::ArrayXd deviation = (points.col(m).array() - 1) / unit;
    EXPECT_NEAR(deviation.mean(), 0, 2e-3) << dof(m);
    EXPECT_NEAR(deviation.square().mean(), 1, 2e-2) << dof(m);
    EXPECT_NEAR(deviation.cube().mean(), std::sqrt(8 / dof(m)), 0.3) << dof(m);
  }
}

}  // namespace
}  // namespace muonphase
