#include "muonphase/core/polar.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "muonphase/core/error.hpp"
#include "muonphase/core/random.hpp"
#include "reference_svd.hpp"

namespace muonphase {
namespace {

using Eigen::MatrixXd;

MatrixXd gaussian(Eigen::Index rows, Eigen::Index cols, std::uint64_t seed) {
  return normals<double>({.seed = seed}, rows, cols);
}

MatrixXd orthonormal(Eigen::Index rows, Eigen::Index cols, std::uint64_t seed) {
  return orthonormal_columns(gaussian(rows, cols, seed));
}

// Rank r, singular values from 1 to 1/condition, evenly spaced in the logarithm.
MatrixXd matrix_of(Eigen::Index n, Eigen::Index d, Eigen::Index rank, double condition) {
  const Eigen::ArrayXd s = Eigen::ArrayXd::LinSpaced(rank, 0, -std::log(condition)).exp();
  return orthonormal(n, rank, 1) * s.matrix().asDiagonal() * orthonormal(d, rank, 2).transpose();
}

MatrixXd jacobi(const MatrixXd& g, Eigen::Index rank) {
  const ReferenceSvd svd = reference_svd(g);
  return svd.left.leftCols(rank) * svd.right.leftCols(rank).transpose();
}

void expect_polar(const MatrixXd& u, const MatrixXd& g, Eigen::Index rank, double condition, const std::string& what) {
  const MatrixXd reference = jacobi(g, rank);
  const double epsilon = std::numeric_limits<double>::epsilon();
  // Jacobi's own rotations leave 2e-13 at these sizes.
  EXPECT_LT((u - reference).norm(), 10 * epsilon * condition * std::sqrt(static_cast<double>(rank)) + 2e-13) << what;
  // On the row space UᵀU is the identity; on its complement it is zero.
  EXPECT_LT((u * u.transpose() * u - u).norm(), 1e-10) << what;
  EXPECT_NEAR(u.squaredNorm(), static_cast<double>(rank), 1e-9) << what;
}

TEST(Polar, AgreesWithJacobiUpToConditionTenToTheEight) {
  for (const auto& [n, d] : {std::pair{64, 64}, {90, 40}, {40, 90}, {33, 33}})
    for (const double condition : {1.0, 3.0, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8}) {
      const MatrixXd g = 1e-7 * matrix_of(n, d, std::min(n, d), condition);
      const std::string what = std::to_string(n) + " x " + std::to_string(d) + ", " + std::to_string(condition);
      for (const auto method : {PolarMethod::automatic, PolarMethod::qdwh, PolarMethod::svd})
        expect_polar(polar_factor(g, method), g, std::min(n, d), condition, what);
    }
}

// Large enough for every kind of block of the factorisations, and with condition numbers that allow and forbid single
// precision at the end.
TEST(Polar, LargeMatrices) {
  for (const auto& [n, d, condition] :
       {std::tuple{541, 530, 1e8}, {300, 283, 1e4}, {300, 283, 1e7}, {300, 283, 1e9}, {300, 283, 1e11}}) {
    const MatrixXd u = polar_factor(matrix_of(n, d, d, condition), PolarMethod::qdwh);
    const MatrixXd constructed = orthonormal(n, d, 1) * orthonormal(d, d, 2).transpose();
    EXPECT_LT((u - constructed).norm(), 10 * std::numeric_limits<double>::epsilon() * condition * std::sqrt(d))
        << condition;
    EXPECT_LT((u.transpose() * u - MatrixXd::Identity(d, d)).norm(), 1e-10) << condition;
  }
}

TEST(Polar, SmallMatrices) {
  for (const auto& [n, d] : {std::pair{1, 1}, {1, 5}, {5, 1}, {3, 2}, {8, 8}}) {
    const MatrixXd g = gaussian(n, d, 5);
    const MatrixXd u = polar_factor(g);
    EXPECT_LT((u - jacobi(g, std::min(n, d))).norm(), 1e-12);
  }
}

TEST(Polar, RankDeficient) {
  for (const auto& [n, d, rank] : {std::tuple{50, 60, 20}, {60, 50, 20}, {64, 64, 63}, {40, 40, 1}})
    for (const double condition : {1.0, 1e4}) {
      const MatrixXd g = matrix_of(n, d, rank, rank == 1 ? 1 : condition);
      const MatrixXd constructed = orthonormal(n, rank, 1) * orthonormal(d, rank, 2).transpose();
      EXPECT_LT((polar_factor(g) - constructed).norm(), 1e-14 * condition * std::sqrt(rank) + 1e-13) << rank;
    }
}

TEST(Polar, ProductOfThinFactors) {
  const MatrixXd a = gaussian(24, 70, 6);
  MatrixXd c = gaussian(24, 50, 7);
  c.array().colwise() *= gaussian(24, 1, 8).col(0).array();  // residuals
  for (int j = 0; j < 50; ++j) c.col(j) *= std::pow(j + 1, -0.9);
  const MatrixXd g = a.transpose() * c;
  const double condition = 1e4;
  expect_polar(polar_factor_of_product(a, c), g, 24, condition, "product");
  EXPECT_LT((polar_factor_of_product<double>(c, a) - polar_factor_of_product<double>(a, c).transpose()).norm(), 1e-9);
}

TEST(Polar, ZeroAndNonFinite) {
  EXPECT_EQ(polar_factor<double>(MatrixXd::Zero(30, 40)), MatrixXd::Zero(30, 40));
  EXPECT_EQ(polar_factor_of_product<double>(MatrixXd::Zero(3, 30), MatrixXd::Zero(3, 40)), MatrixXd::Zero(30, 40));
  MatrixXd g = MatrixXd::Ones(30, 30);
  g(3, 4) = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(polar_factor(g), NumericalError);
}

TEST(Polar, SinglePrecision) {
  const MatrixXd g = matrix_of(80, 60, 60, 100);
  const Matrix<float> u = polar_factor<float>(g.cast<float>());
  EXPECT_LT((u.cast<double>() - jacobi(g, 60)).norm(), 1e-3);
  EXPECT_LT((u.transpose() * u - Matrix<float>::Identity(60, 60)).norm(), 1e-4);
  // Beyond its precision single still gives an orthogonal matrix where full rank is promised.
  const Matrix<float> w = polar_factor<float>(matrix_of(80, 60, 60, 1e8).cast<float>(), PolarMethod::qdwh);
  EXPECT_LT((w.transpose() * w - Matrix<float>::Identity(60, 60)).norm(), 1e-4);
}

// A well-conditioned matrix, and one that ends in single precision.
TEST(Polar, SameBitsForAnyThreads) {
  for (const MatrixXd& g : {gaussian(300, 280, 9), matrix_of(300, 280, 280, 1e9)}) {
    const MatrixXd u = polar_factor(g, PolarMethod::qdwh, 1);
    EXPECT_EQ(polar_factor(g, PolarMethod::qdwh, 2), u);
    EXPECT_EQ(polar_factor(g, PolarMethod::qdwh, 4), u);
  }
}

}  // namespace
}  // namespace muonphase
