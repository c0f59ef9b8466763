#include "muonphase/dynamics/risk_curve.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "muonphase/optimizers/ode.hpp"
#include "muonphase/optimizers/registry.hpp"

namespace muonphase {
namespace {

// Optimizers take whole steps: records between them do not move those after, and have ln R on the line between their
// neighbours.
TEST(RiskCurve, RecordsBetweenStepsLieOnALineOfLnR) {
  Problem problem{.output = isotropic_spectrum(16), .input = power_law_spectrum(16, 1.4), .batch = 16, .energy = {}};
  problem.energy = power_law_energy(problem.output, problem.input, 0.6);
  const Eigen::ArrayXd between{{0.0, 1.0, 1.6, 2.7, 4.5, 7.4, 9.0}}, whole = Eigen::ArrayXd::LinSpaced(10, 0, 9);
  const auto curve = [&](const Eigen::ArrayXd& record) {
    return ode_curve(problem, make_optimizer("signsvd"), ConstantRate{0.05}, record, {.closure = Closure::full});
  };
  const RiskCurve some = curve(between), all = curve(whole);
  ASSERT_EQ(some.step.size(), between.size());
  for (Eigen::Index i = 0; i < between.size(); ++i) {
    const auto before = static_cast<Eigen::Index>(std::floor(between(i)));
    const Eigen::Index after = std::min<Eigen::Index>(before + 1, 9);
    const double part = between(i) - std::floor(between(i));
    const double expected = (1 - part) * std::log(all.risk(before)) + part * std::log(all.risk(after));
    EXPECT_NEAR(std::log(some.risk(i)), expected, 1e-4) << between(i);
    EXPECT_NEAR(some.mode_energy(i, 3), (1 - part) * all.mode_energy(before, 3) + part * all.mode_energy(after, 3),
                1e-4 * some.mode_energy(i, 3));
  }
}

// The path has the run's own steps, ends at the horizon, and its clock is ∫η dt/√(2R).
TEST(RiskCurve, ThePathIsTheRunAgainstItsClock) {
  Problem problem{.output = isotropic_spectrum(16), .input = power_law_spectrum(16, 1.4), .batch = 16, .energy = {}};
  problem.energy = power_law_energy(problem.output, problem.input, 0.6);
  const double eta = 0.01, horizon = 400;
  for (const Closure closure : {Closure::linear, Closure::full}) {
    const OdeOptions options{.closure = closure};
    const RunPath path =
        RateSweep(problem, make_optimizer("signsvd"), options).paths(Eigen::ArrayXd{{eta}}, horizon)[0][0];
    const Eigen::ArrayXd steps = Eigen::ArrayXd::LinSpaced(401, 0, horizon);
    const RiskCurve curve = ode_curve(problem, make_optimizer("signsvd"), ConstantRate{eta}, steps, options);
    ASSERT_GT(path.size(), 10U);
    EXPECT_GE(path.step.back(), horizon);
    double clock = 0;
    for (std::size_t i = 1; i < path.size() && path.step[i] <= horizon; ++i) {
      EXPECT_GT(path.clock[i], path.clock[i - 1]);
      const auto step = static_cast<Eigen::Index>(path.step[i]);
      const double part = path.step[i] - static_cast<double>(step);
      const double risk =
          curve.risk(step) + part * (curve.risk(std::min<Eigen::Index>(step + 1, 400)) - curve.risk(step));
      EXPECT_NEAR(path.risk[i] / risk, 1, 0.01) << path.step[i];
    }
    for (Eigen::Index t = 0; t < 400; ++t) clock += eta / std::sqrt(curve.risk(t) + curve.risk(t + 1));
    std::size_t last = path.size() - 1;
    while (path.step[last] > horizon) --last;
    EXPECT_NEAR(path.clock[last] / clock * horizon / path.step[last], 1, 0.03);
  }
}

}  // namespace
}  // namespace muonphase
