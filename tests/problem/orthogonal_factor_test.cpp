#include "problem/orthogonal_factor.hpp"

#include <gtest/gtest.h>

#include <Eigen/QR>
#include <algorithm>
#include <vector>

#include "muonphase/core/random.hpp"
#include "muonphase/problem/basis.hpp"

namespace muonphase {
namespace {

Eigen::MatrixXd gaussian_square(Eigen::Index d) {
  return normals<double>({1, 2, 3, Purpose::target}, d, d, 1);
}

// Eigen's one call, around its blocks of 48 columns.
TEST(OrthogonalFactor, IsThatOfEigen) {
  for (const Eigen::Index d : {1, 2, 5, 47, 48, 49, 95, 96, 97, 150, 200}) {
    const Eigen::MatrixXd a = gaussian_square(d);
    const Eigen::HouseholderQR<Eigen::MatrixXd> qr(a);
    const Eigen::VectorXd signs = qr.matrixQR().diagonal().array().sign();
    const Eigen::MatrixXd expected = Eigen::MatrixXd(qr.householderQ()) * signs.asDiagonal();
    EXPECT_LT((orthogonal_factor(a, {}) - expected).cwiseAbs().maxCoeff(), 1e-12) << d;
  }
}

TEST(OrthogonalFactor, CountsColumnsAndStopsBetweenThem) {
  const Eigen::MatrixXd a = gaussian_square(200);
  std::vector<std::size_t> counts;
  const auto count = [&](std::size_t done, std::size_t total) {
    EXPECT_EQ(total, 400u);
    counts.push_back(done);
  };
  orthogonal_factor(a, {.progress = count, .interrupted = {}});
  EXPECT_GE(counts.size(), 10u);
  EXPECT_TRUE(std::is_sorted(counts.begin(), counts.end()));
  EXPECT_EQ(counts.back(), 400u);
  for (int allowed = 0; allowed < 10; ++allowed) {
    int polls = 0;
    const Monitor monitor{.progress = {}, .interrupted = [&] { return polls++ >= allowed; }};
    EXPECT_THROW(orthogonal_factor(a, monitor), Interrupted);
    polls = 0;
    EXPECT_THROW(draw_basis(Basis::haar, 200, 1, 0, monitor), Interrupted);
  }
}

}  // namespace
}  // namespace muonphase
