#include <gtest/gtest.h>

#include <Eigen/Core>
#include <cmath>
#include <tuple>

#include "muonphase/core/polar.hpp"
#include "muonphase/core/random.hpp"
#include "reference_svd.hpp"

namespace muonphase {
namespace {

using Eigen::MatrixXd;

MatrixXd product_factor(Eigen::Index rows, Eigen::Index cols, std::uint64_t seed) {
  return normals<double>({.seed = seed}, rows, cols);
}

double root(double x) {
  return std::sqrt(x);
}

// By Jacobi's decomposition, over the `rank` largest singular values.
MatrixXd mapped(const MatrixXd& g, Eigen::Index rank) {
  const ReferenceSvd svd = reference_svd(g);
  const Eigen::VectorXd h = (svd.values.head(rank) / g.norm()).unaryExpr([](double x) { return root(x); });
  return svd.left.leftCols(rank) * h.asDiagonal() * svd.right.leftCols(rank).transpose();
}

TEST(MapSingularValues, IsTheMapOfEachOfThem) {
  for (const auto& [rows, cols, rank] : {std::tuple{40, 30, 30}, {30, 40, 30}, {40, 40, 6}, {9, 5, 2}, {1, 1, 1}}) {
    const MatrixXd g = product_factor(rows, rank, 3) * product_factor(rank, cols, 4);
    const MatrixXd polar = polar_factor<double>(g);
    EXPECT_LT((map_singular_values<double>(g, polar, &root) - mapped(g, rank)).norm(), 1e-9) << rows << " " << cols;
    EXPECT_EQ(map_singular_values<double>(g, polar, &root, 3), map_singular_values<double>(g, polar, &root, 1));
    const Matrix<float> single = g.cast<float>();
    const Matrix<float> narrow = map_singular_values<float>(single, polar_factor<float>(single), &root);
    EXPECT_LT((narrow.cast<double>() - mapped(g, rank)).norm(), 2e-3) << rows << " " << cols;
  }
  EXPECT_EQ(map_singular_values<double>(MatrixXd::Zero(3, 2), MatrixXd::Zero(3, 2), &root), MatrixXd::Zero(3, 2));
}

}  // namespace
}  // namespace muonphase
