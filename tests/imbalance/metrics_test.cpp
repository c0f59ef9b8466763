#include "muonphase/imbalance/metrics.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace muonphase {
namespace {

TEST(Metrics, AccuraciesCountEachClass) {
  Eigen::MatrixXd z(4, 3);
  z << 3, 1, 0,   //
      0, 1, 2,    //
      5, 4, 4.5,  //
      0, 2, 1;
  Eigen::ArrayXi label(4);
  label << 0, 0, 0, 1;
  const Eigen::ArrayXd by_class = class_accuracy(z, label);
  EXPECT_DOUBLE_EQ(by_class(0), 2.0 / 3);
  EXPECT_EQ(by_class(1), 1);
  EXPECT_TRUE(std::isnan(by_class(2)));
  EXPECT_EQ(accuracy(z, label), 0.75);
  EXPECT_EQ(smallest_margin(z, label), -2);
  label(1) = 2;
  EXPECT_EQ(smallest_margin(z, label), 0.5);
}

TEST(Metrics, NormsOfAKnownMatrix) {
  Eigen::MatrixXd w(2, 3);
  w << 3, 0, 0, 0, -4, 0;
  const Norms n = norms(w);
  EXPECT_DOUBLE_EQ(n.frobenius, 5);
  EXPECT_DOUBLE_EQ(n.max, 4);
  EXPECT_NEAR(n.spectral, 4, 1e-14);
}

TEST(Metrics, DivergenceToUniform) {
  EXPECT_NEAR(divergence_to_uniform(Eigen::ArrayXd::Constant(5, 3.0)), 0, 1e-15);
  Eigen::ArrayXd one = Eigen::ArrayXd::Zero(5);
  EXPECT_EQ(divergence_to_uniform(one), 0);
  one(0) = 2;
  EXPECT_NEAR(divergence_to_uniform(one), std::log(5.0), 1e-15);
  EXPECT_NEAR(divergence_to_uniform(Eigen::Array2d(3, 1)), 0.75 * std::log(1.5) + 0.25 * std::log(0.5), 1e-15);
}

TEST(Metrics, OffDiagonalShare) {
  Eigen::MatrixXd w(2, 2);
  w << 3, 0, 4, 0;
  const Eigen::MatrixXd identity = Eigen::MatrixXd::Identity(2, 2);
  EXPECT_NEAR(off_diagonal_share(w, identity, identity), 16.0 / 25, 1e-15);
  EXPECT_EQ(off_diagonal_share(Eigen::MatrixXd::Zero(2, 2), identity, identity), 0);
}

}  // namespace
}  // namespace muonphase
