#include "muonphase/core/matrix.hpp"

#include <gtest/gtest.h>

#include <Eigen/Core>
#include <cmath>
#include <limits>
#include <tuple>

#include "muonphase/core/random.hpp"

namespace muonphase {
namespace {

// Rounding errors of sums of `length` products of standard normals grow like its square root; ten of them are never
// met.
template <class S>
double tolerance(Eigen::Index length) {
  return 10 * static_cast<double>(std::numeric_limits<S>::epsilon()) * std::sqrt(static_cast<double>(length)) *
         std::log(static_cast<double>(length) + 2);
}

// Every remainder of the tiles (24 or 48 rows, 8 columns, 256 products deep) and of the blocks of threads.
template <class S>
void check_products() {
  for (const auto& [m, k, n] : {std::tuple{1, 1, 1},
                                {5, 3, 9},
                                {24, 8, 8},
                                {23, 70, 17},
                                {49, 31, 7},
                                {96, 256, 40},
                                {250, 257, 3},
                                {301, 40, 203},
                                {100, 600, 97},
                                {300, 600, 96}}) {
    const Matrix<S> a = normals<S>({.seed = 1}, m, k), b = normals<S>({.seed = 2}, k, n);
    const Matrix<S> left = a.transpose();
    const Eigen::MatrixXd exact = a.template cast<double>() * b.template cast<double>();
    const Matrix<S> c = product<S>(a, b), t = transposed_product<S>(left, b), g = gram<S>(b);
    EXPECT_LT((c.template cast<double>() - exact).cwiseAbs().maxCoeff(), tolerance<S>(k)) << m << " " << k << " " << n;
    EXPECT_EQ(t, c);
    EXPECT_EQ(g, Matrix<S>(g.transpose()));
    EXPECT_EQ(g, transposed_product<S>(b, b)) << k << " " << n;
    for (const int threads : {2, 3}) {
      EXPECT_EQ(product<S>(a, b, threads), c);
      EXPECT_EQ(transposed_product<S>(left, b, threads), c);
      EXPECT_EQ(gram<S>(b, threads), g);
    }
  }
}

TEST(MatrixProducts, AgreeWithEigenAndWithThemselves) {
  check_products<double>();
  check_products<float>();
}

TEST(MatrixProducts, TakeBlocksOfLargerMatrices) {
  const Eigen::MatrixXd all = normals<double>({.seed = 3}, 90, 80);
  const Eigen::MatrixXd a = all.block(3, 5, 40, 30), b = all.block(7, 11, 30, 25);
  EXPECT_EQ(product<double>(all.block(3, 5, 40, 30), all.block(7, 11, 30, 25)), product<double>(a, b));
  EXPECT_EQ(product<double>(Eigen::MatrixXd(0, 3), Eigen::MatrixXd(3, 2)).rows(), 0);
  EXPECT_EQ(product<double>(Eigen::MatrixXd(2, 0), Eigen::MatrixXd(0, 2)), Eigen::MatrixXd::Zero(2, 2));
}

}  // namespace
}  // namespace muonphase
