#include "muonphase/imbalance/closed_form.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "imbalance/example_mixture.hpp"

namespace muonphase {
namespace {

/// Classical Runge–Kutta with many small steps: the independent road.
template <typename Flow>
Eigen::ArrayXd runge_kutta(Flow flow, Eigen::ArrayXd w, double time, int steps) {
  const double h = time / steps;
  for (int i = 0; i < steps; ++i) {
    const Eigen::ArrayXd a = flow(w), b = flow(w + 0.5 * h * a), c = flow(w + 0.5 * h * b), e = flow(w + h * c);
    w += h / 6 * (a + 2 * b + 2 * c + e);
  }
  return w;
}

TEST(ClosedForm, GradientDescentIsTheScalarRecursion) {
  const Mixture mixture = example_mixture(32);
  const Eigen::ArrayXd steps = Eigen::ArrayXd::LinSpaced(4, 0, 300);
  const Eigen::ArrayXXd closed = gradient_descent_components(mixture, 0.05, steps);
  Eigen::ArrayXd w = Eigen::ArrayXd::Zero(4);
  for (int step = 0; step < 300; ++step) {
    if (step == 100) {
      EXPECT_LT((closed.row(1).transpose() - w).abs().maxCoeff(), 1e-13);
    }
    w -= 0.05 * (mixture.input_eigenvalue() * w - mixture.cross_singular_value());
  }
  EXPECT_LT((closed.row(3).transpose() - w).abs().maxCoeff(), 1e-13);
  EXPECT_EQ(closed.row(0).abs().maxCoeff(), 0);
}

TEST(ClosedForm, FlowsAgreeWithRungeKutta) {
  const Mixture mixture = example_mixture(32);
  const Eigen::ArrayXd time = Eigen::Array3d(0.1, 0.4, 0.8);
  const auto gradient = [&](const Eigen::ArrayXd& w) -> Eigen::ArrayXd {
    return mixture.cross_singular_value() - mixture.input_eigenvalue() * w;
  };
  const auto normalized = [&](const Eigen::ArrayXd& w) -> Eigen::ArrayXd {
    const Eigen::ArrayXd g = gradient(w);
    return g / g.matrix().norm();
  };
  const Eigen::ArrayXXd flow = gradient_flow_components(mixture, time);
  const Eigen::ArrayXXd unit = normalized_flow_components(mixture, time);
  for (Eigen::Index i = 0; i < time.size(); ++i) {
    EXPECT_LT((flow.row(i).transpose() - runge_kutta(gradient, Eigen::ArrayXd::Zero(4), time(i), 400)).abs().maxCoeff(),
              1e-11);
    EXPECT_LT(
        (unit.row(i).transpose() - runge_kutta(normalized, Eigen::ArrayXd::Zero(4), time(i), 4000)).abs().maxCoeff(),
        1e-11);
  }
}

TEST(ClosedForm, NormalizedFlowHasUnitSpeedAndArrives) {
  const Mixture mixture = example_mixture(32);
  const Eigen::ArrayXd time = Eigen::ArrayXd::LinSpaced(2001, 0, 5);
  const Eigen::ArrayXXd w = normalized_flow_components(mixture, time);
  for (Eigen::Index i = 1; i <= 400; ++i)  // arrival is after 1.03 = ‖w*‖ at the earliest
    EXPECT_NEAR((w.row(i) - w.row(i - 1)).matrix().norm(), 0.0025, 1e-6);
  EXPECT_LT((w.row(2000).transpose() - mixture.optimum()).abs().maxCoeff(), 1e-13);
  EXPECT_EQ(w.row(0).abs().maxCoeff(), 0);
}

TEST(ClosedForm, SpectralFlowMovesEveryComponentAtUnitRateThenStays) {
  const Mixture mixture = example_mixture(32);
  const Eigen::ArrayXXd w = spectral_flow_components(mixture, Eigen::Array3d(0.1, 0.35, 2));
  const Eigen::ArrayXd optimum = mixture.optimum();  // 0.656, 0.558, 0.445, 0.327
  EXPECT_TRUE((w.row(0) == 0.1).all());
  EXPECT_TRUE((w.row(1).head(3) == 0.35).all());
  EXPECT_EQ(w(1, 3), optimum(3));
  EXPECT_TRUE((w.row(2).transpose() == optimum).all());
}

TEST(ClosedForm, DeepGradientFlowAgreesWithRungeKutta) {
  const Mixture mixture = example_mixture(32);
  const Eigen::ArrayXd time = Eigen::Array3d(2, 6, 30);
  for (int depth : {1, 2, 3, 5}) {
    const double start = 0.3;
    const auto flow = [&](const Eigen::ArrayXd& u) -> Eigen::ArrayXd {  // one layer, w = u^L
      return u.pow(depth - 1) * (mixture.cross_singular_value() - mixture.input_eigenvalue() * u.pow(depth));
    };
    const Eigen::ArrayXXd w = deep_gradient_flow_components(mixture, depth, start, time);
    for (Eigen::Index i = 0; i < time.size(); ++i) {
      const Eigen::ArrayXd u = runge_kutta(flow, Eigen::ArrayXd::Constant(4, start), time(i), 4000);
      EXPECT_LT((w.row(i).transpose() - u.pow(depth)).abs().maxCoeff(), 1e-10) << "depth " << depth;
    }
  }
}

TEST(ClosedForm, SaturationGapsShrinkWithDepth) {
  const Mixture mixture = example_mixture(32);
  const Eigen::ArrayXd optimum = mixture.optimum();
  const Eigen::ArrayXd time = Eigen::ArrayXd::LinSpaced(20001, 0, 1);
  double previous = 1;
  for (int depth = 1; depth <= 6; ++depth) {
    const Eigen::ArrayXd predicted = spectral_saturation_times(mixture, depth, 0.01);
    const Eigen::ArrayXd found =
        saturation_times(time, deep_spectral_flow_components(mixture, depth, 0.01, time), optimum, 1.0);
    EXPECT_LT((found - predicted).abs().maxCoeff(), 5e-5);
    const double gap = predicted.maxCoeff() - predicted.minCoeff();
    EXPECT_NEAR(gap, std::pow(optimum.maxCoeff(), 1.0 / depth) - std::pow(optimum.minCoeff(), 1.0 / depth), 1e-14);
    EXPECT_LT(gap, previous);
    previous = gap;
  }
}

TEST(ClosedForm, SaturationTimeIsNotANumberWhereNeverReached) {
  const Eigen::ArrayXd time = Eigen::Array3d(0, 1, 2);
  Eigen::ArrayXXd component(3, 2);
  component << 0, 0, 0.5, 0.1, 1, 0.2;
  const Eigen::ArrayXd reached = saturation_times(time, component, Eigen::Array2d(1, 1), 0.75);
  EXPECT_DOUBLE_EQ(reached(0), 1.5);
  EXPECT_TRUE(std::isnan(reached(1)));
}

}  // namespace
}  // namespace muonphase
