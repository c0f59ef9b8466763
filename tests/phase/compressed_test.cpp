#include "muonphase/phase/compressed.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "muonphase/closures/linear/coefficients.hpp"
#include "muonphase/phase/constant_rate.hpp"

namespace muonphase {
namespace {

ModeEquation two_sided(double alpha, double alpha_out) {
  Problem problem{.output = power_law_spectrum(3e4, alpha_out, ModeRule::binned),
                  .input = power_law_spectrum(1e5, alpha, ModeRule::binned),
                  .batch = 1e4,
                  .output_basis = Basis::generic,
                  .input_basis = Basis::generic,
                  .energy = {}};
  problem.energy = power_law_energy(problem.output, problem.input, 0.8);
  return mode_equation(problem, signsvd_coefficients(problem, {.step = 0.6}));
}

TEST(Compressed, KeepsTheRiskOfEveryRun) {
  const ModeEquation all = two_sided(1.8, 1.2), few = compressed(all);
  EXPECT_GT(all.rate.size(), 9000);
  EXPECT_LT(few.rate.size(), 800);
  EXPECT_NEAR(few.twice_risk(few.share) / all.twice_risk(all.share), 1, 1e-13);
  EXPECT_NEAR(few.memory() / all.memory(), 1, 1e-6);
  EXPECT_TRUE((few.share >= 0).all() && (few.kick >= 0).all() && (few.rate > 0).all());
  // Both transforms, until the slowest modes have decayed.
  for (double s = 1e-2 / all.rate.maxCoeff(); s < 2 / all.rate.minCoeff(); s *= 1.7) {
    const Eigen::ArrayXd decay = (-s * all.rate).exp(), few_decay = (-s * few.rate).exp();
    EXPECT_NEAR((few_decay * few.share).sum() / (decay * all.share).sum(), 1, 1e-6) << s;
    EXPECT_NEAR((few_decay * few.kick).sum() / (decay * all.kick).sum(), 1, 1e-6) << s;
  }
}

TEST(Compressed, FewModesStayAsTheyAre) {
  ModeEquation equation{Eigen::ArrayXd::LinSpaced(100, 1, 2), Eigen::ArrayXd::Ones(100), Eigen::ArrayXd::Ones(100)};
  EXPECT_TRUE((compressed(equation).rate == equation.rate).all());
}

TEST(Compressed, EqualRatesBecomeOneNode) {
  const ModeEquation equation{Eigen::ArrayXd::Constant(1000, 3), Eigen::ArrayXd::Constant(1000, 2),
                              Eigen::ArrayXd::Constant(1000, 0.5)};
  const ModeEquation few = compressed(equation);
  EXPECT_LE(few.rate.size(), 8);
  EXPECT_NEAR(few.share.sum(), 500, 1e-9);
  EXPECT_NEAR(few.kick.sum(), 2000, 1e-9);
  EXPECT_NEAR((few.rate * few.share).sum(), 1500, 1e-9);
}

}  // namespace
}  // namespace muonphase
