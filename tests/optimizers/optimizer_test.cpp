#include "muonphase/optimizers/optimizer.hpp"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>

#include "muonphase/core/error.hpp"

namespace muonphase {
namespace {

using Eigen::MatrixXd;

// n × d with singular values between 1 and 1/condition: two rotations around a diagonal.
MatrixXd with_condition(Eigen::Index n, Eigen::Index d, double condition, unsigned seed) {
  std::srand(seed);
  const Eigen::Index k = std::min(n, d);
  const MatrixXd u = Eigen::HouseholderQR<MatrixXd>(MatrixXd::Random(n, n)).householderQ();
  const MatrixXd v = Eigen::HouseholderQR<MatrixXd>(MatrixXd::Random(d, d)).householderQ();
  const Eigen::ArrayXd s = Eigen::ArrayXd::LinSpaced(k, 0, -std::log(condition)).exp();
  return u.leftCols(k) * s.matrix().asDiagonal() * v.leftCols(k).transpose();
}

MatrixXd once(const Optimizer& optimizer, const MatrixXd& g) {
  OptimizerState<double> state;
  return update(optimizer, state, g);
}

TEST(Optimizer, SimpleDirections) {
  MatrixXd g(2, 3);
  g << 3, 0, -4, 0, 0, 0;
  EXPECT_EQ(once(Sgd{}, g), g);
  EXPECT_LT((once(Ngd{}, g) - g / 5).norm(), 1e-15);
  MatrixXd signs(2, 3);
  signs << 1, 0, -1, 0, 0, 0;
  EXPECT_EQ(once(SignSgd{}, g), signs);
  EXPECT_LT((once(SignSvd{}, g) - g / 5).norm(), 1e-15);
}

TEST(Optimizer, ZeroGradientGivesZeroDirection) {
  for (const auto& name : optimizer_names())
    EXPECT_EQ(once(make_optimizer(name), MatrixXd::Zero(4, 3)), MatrixXd::Zero(4, 3)) << name;
}

TEST(Optimizer, AdamWithoutMemoryIsSignSgd) {
  const MatrixXd g = with_condition(7, 5, 10, 1);
  OptimizerState<double> state;
  const Adam rule{.beta1 = 0, .beta2 = 0, .eps = 0};
  update<double>(rule, state, MatrixXd::Random(7, 5));
  EXPECT_LT((update<double>(rule, state, g) - once(SignSgd{}, g)).cwiseAbs().maxCoeff(), 1e-14);
}

TEST(Optimizer, ShampooWithoutAccumulationIsSignSvd) {
  for (const auto& [n, d] : {std::pair{9, 9}, {12, 7}, {7, 12}}) {
    const MatrixXd g = with_condition(n, d, 30, 2);
    OptimizerState<double> state;
    const Shampoo rule{.beta = 0, .eps = 0};
    update<double>(rule, state, MatrixXd::Random(n, d));
    EXPECT_LT((update<double>(rule, state, g) - once(SignSvd{}, g)).norm(), 1e-11) << n << " x " << d;
  }
}

TEST(Optimizer, MuonWithoutMomentumIsSignSvd) {
  const MatrixXd g = with_condition(8, 6, 50, 3);
  OptimizerState<double> state;
  const Optimizer muon = make_optimizer("muon", {.momentum = 0.0, .orthogonalization = "exact"});
  update<double>(muon, state, MatrixXd::Random(8, 6));
  EXPECT_EQ(update<double>(muon, state, g), once(SignSvd{}, g));
}

TEST(Optimizer, MomentumFreeVersionsReduce) {
  const MatrixXd g = with_condition(6, 6, 50, 4);
  EXPECT_EQ(once(Signum{.momentum = 0}, g), once(SignSgd{}, g));
  EXPECT_EQ(once(Nmd{.momentum = 0}, g), once(Ngd{}, g));
}

TEST(Optimizer, MomentumIsTheWeightedSumOfGradients) {
  const double mu = 0.7;
  MatrixXd g[3];
  for (int t = 0; t < 3; ++t) g[t] = with_condition(5, 4, 3, 10 + t);
  const MatrixXd m = (1 - mu) * (g[2] + mu * g[1] + mu * mu * g[0]);
  for (const bool nesterov : {false, true}) {
    OptimizerState<double> state;
    MatrixXd direction;
    for (const auto& gradient : g) direction = update<double>(Nmd{mu, nesterov}, state, gradient);
    const MatrixXd expected = nesterov ? MatrixXd(mu * m + (1 - mu) * g[2]) : m;
    EXPECT_LT((direction - expected / expected.norm()).norm(), 1e-14);
    EXPECT_EQ(state.updates, 3);
  }
}

TEST(Optimizer, AdamAverages) {
  MatrixXd first(1, 2), second(1, 2);
  first << 1, -2;
  second << 3, 1;
  OptimizerState<double> state;
  const Adam rule{.beta1 = 0.5, .beta2 = 0.75, .eps = 0.1};
  EXPECT_LT((update<double>(rule, state, first) - MatrixXd((MatrixXd(1, 2) << 1 / 1.1, -2 / 2.1).finished())).norm(),
            1e-15);
  // m = (0.25 g1 + 0.5 g2) / 0.75, v = (0.1875 g1² + 0.25 g2²) / 0.4375.
  const MatrixXd direction = update<double>(rule, state, second);
  EXPECT_NEAR(direction(0), (1.75 / 0.75) / (std::sqrt((0.1875 + 2.25) / 0.4375) + 0.1), 1e-14);
  EXPECT_NEAR(direction(1), 0, 1e-14);
}

TEST(Optimizer, NewtonSchulzFollowsItsPolynomialOnSingularValues) {
  MatrixXd g = MatrixXd::Zero(3, 2);
  g(0, 0) = 3;
  g(2, 1) = 4;
  const auto p = [](double x) { return 3.4445 * x - 4.7750 * std::pow(x, 3) + 2.0315 * std::pow(x, 5); };
  double x = 0.6, y = 0.8;
  for (int i = 0; i < 5; ++i) x = p(x), y = p(y);
  const MatrixXd direction = once(Muon{.momentum = 0}, g);
  EXPECT_NEAR(direction(0, 0), x, 1e-12);
  EXPECT_NEAR(direction(2, 1), y, 1e-12);
  EXPECT_LT((newton_schulz<double>(g.transpose()) - direction.transpose()).norm(), 1e-13);
}

TEST(Optimizer, OptionsAreChecked) {
  EXPECT_THROW(make_optimizer("lion"), StudyError);
  EXPECT_THROW(make_optimizer("signsvd", {.momentum = 0.9}), StudyError);
  EXPECT_THROW(make_optimizer("muon", {.momentum = 1.0}), StudyError);
  EXPECT_THROW(make_optimizer("muon", {.orthogonalization = "qr"}), StudyError);
  EXPECT_THROW(make_optimizer("muon", {.steps = 0}), StudyError);
  EXPECT_THROW(make_optimizer("adam", {.eps = -1.0}), StudyError);
  try {
    make_optimizer("shampoo", {.beta1 = 0.5});
    FAIL();
  } catch (const StudyError& error) {
    EXPECT_NE(std::string(error.what()).find("run.optimizer.shampoo.beta1"), std::string::npos);
  }
}

TEST(Optimizer, SinglePrecisionFollowsDouble) {
  const MatrixXd g = with_condition(6, 5, 10, 5);
  for (const auto& name : optimizer_names()) {
    OptimizerState<double> wide;
    OptimizerState<float> narrow;
    const Optimizer optimizer = make_optimizer(name);
    const MatrixXd expected = update<double>(optimizer, wide, g);
    const MatrixXd direction = update<float>(optimizer, narrow, g.cast<float>()).cast<double>();
    EXPECT_LT((direction - expected).norm(), 1e-4 * expected.norm()) << name;
  }
}

}  // namespace
}  // namespace muonphase
