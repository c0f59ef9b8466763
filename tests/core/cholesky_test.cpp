// Solutions by the Cholesky factors of a matrix, against its products.
#include "core/cholesky.hpp"

#include <gtest/gtest.h>

#include "muonphase/core/matrix.hpp"
#include "muonphase/core/random.hpp"

namespace muonphase {
namespace {

TEST(Cholesky, SolvesAndInverts) {
  for (const Eigen::Index n : {1, 10, 70, 130}) {
    const Eigen::MatrixXd root = normals<double>({.seed = 5}, n, n), x = normals<double>({.seed = 6}, n, 3);
    const Eigen::MatrixXd a = root.transpose() * root + Eigen::MatrixXd::Identity(n, n);
    const Cholesky<double> factor(a);
    ASSERT_TRUE(factor.positive_definite());
    const Eigen::MatrixXd lower = factor.lower().triangularView<Eigen::Lower>();
    EXPECT_LT((a * factor.solve(x) - x).cwiseAbs().maxCoeff(), 1e-10) << n;
    EXPECT_LT((a * factor.inverse() - Eigen::MatrixXd::Identity(n, n)).cwiseAbs().maxCoeff(), 1e-10) << n;
    EXPECT_LT((lower * factor.solve_lower(x) - x).cwiseAbs().maxCoeff(), 1e-10) << n;
  }
}

TEST(Cholesky, GivesNoNumberWhereThereAreNoFactors) {
  const Cholesky<double> factor(Eigen::MatrixXd{{1, 2}, {2, 1}});
  EXPECT_FALSE(factor.positive_definite());
  EXPECT_TRUE(factor.inverse().array().isNaN().all());
  EXPECT_TRUE(factor.solve_lower(Eigen::MatrixXd::Identity(2, 2)).array().isNaN().all());
}

TEST(Sandwich, IsTheProductOfThree) {
  const Eigen::MatrixXd a = normals<double>({.seed = 7}, 5, 4), m = normals<double>({.seed = 8}, 4, 7),
                        b = normals<double>({.seed = 9}, 6, 7), left = normals<double>({.seed = 10}, 4, 2),
                        right = normals<double>({.seed = 11}, 7, 3);
  EXPECT_LT((sandwich(a, m, b) - a * m * b.transpose()).norm(), 1e-12);
  EXPECT_LT((transposed_sandwich(left, m, right) - left.transpose() * m * right).norm(), 1e-12);
}

}  // namespace
}  // namespace muonphase
