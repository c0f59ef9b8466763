#include <gtest/gtest.h>

#include <Eigen/Core>
#include <cmath>

#include "muonphase/optimizers/registry.hpp"

namespace muonphase {
namespace {

using Eigen::MatrixXd;

MatrixXd once(const Optimizer& optimizer, const MatrixXd& g) {
  OptimizerState<double> state;
  return optimizer.update<double>(state, g);
}

TEST(Optimizer, SimpleDirections) {
  MatrixXd g(2, 3);
  g << 3, 0, -4, 0, 0, 0;
  EXPECT_EQ(once(make_optimizer("sgd"), g), g);
  EXPECT_LT((once(make_optimizer("ngd"), g) - g / 5).norm(), 1e-15);
  MatrixXd signs(2, 3);
  signs << 1, 0, -1, 0, 0, 0;
  EXPECT_EQ(once(make_optimizer("signsgd"), g), signs);
  EXPECT_LT((once(make_optimizer("signsvd"), g) - g / 5).norm(), 1e-15);
}

TEST(Optimizer, AdamAverages) {
  MatrixXd first(1, 2), second(1, 2);
  first << 1, -2;
  second << 3, 1;
  OptimizerState<double> state;
  const Optimizer rule = make_optimizer("adam", {{"beta1", 0.5}, {"beta2", 0.75}, {"eps", 0.1}});
  EXPECT_LT((rule.update<double>(state, first) - MatrixXd((MatrixXd(1, 2) << 1 / 1.1, -2 / 2.1).finished())).norm(),
            1e-15);
  // m = (0.25 g1 + 0.5 g2) / 0.75, v = (0.1875 g1² + 0.25 g2²) / 0.4375.
  const MatrixXd direction = rule.update<double>(state, second);
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
  const MatrixXd direction = once(make_optimizer("muon", {{"momentum", 0.0}}), g);
  EXPECT_NEAR(direction(0, 0), x, 1e-12);
  EXPECT_NEAR(direction(2, 1), y, 1e-12);
  EXPECT_LT((newton_schulz<double>(g.transpose()) - direction.transpose()).norm(), 1e-13);
}

// The same bits, from a matrix of any rank and from the factors of one.
TEST(Optimizer, ThePowerZeroIsThePolarFactorItself) {
  const Optimizer power = make_optimizer("spectral-power", {{"power", 0.0}}), signsvd = make_optimizer("signsvd");
  const MatrixXd left = MatrixXd::Random(5, 30), right = MatrixXd::Random(5, 40);
  EXPECT_EQ(once(power, left.transpose() * right), once(signsvd, left.transpose() * right));
  EXPECT_EQ(once(power, MatrixXd(left.transpose())), once(signsvd, MatrixXd(left.transpose())));
  OptimizerState<double> a, b;
  EXPECT_EQ(power.update<double>(a, Gradient<double>(left, right, 1)),
            signsvd.update<double>(b, Gradient<double>(left, right, 1)));
}

TEST(Optimizer, APowerActsOnSingularValuesOverTheNorm) {
  MatrixXd g = MatrixXd::Zero(3, 2);
  g(0, 0) = 3;
  g(2, 1) = -4;
  MatrixXd expected = g;
  expected(0, 0) = std::sqrt(0.6);
  expected(2, 1) = -std::sqrt(0.8);
  EXPECT_LT((once(make_optimizer("spectral-power"), g) - expected).norm(), 1e-14);
  const auto damped = [](double x) { return x * std::pow(x * x + 0.01, -0.75); };
  expected(0, 0) = damped(0.6);
  expected(2, 1) = -damped(0.8);
  EXPECT_LT((once(make_optimizer("spectral-power", {{"power", -0.5}, {"damping", 0.1}}), g) - expected).norm(), 1e-14);
}

}  // namespace
}  // namespace muonphase
