#include "muonphase/imbalance/advantage.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace muonphase {
namespace {

std::vector<Eigen::ArrayXd> prior_grid() {
  std::vector<Eigen::ArrayXd> grid{Eigen::Array4d(0.55, 0.25, 0.13, 0.07)};
  for (Eigen::Index classes : {2, 3, 5, 10, 30}) {
    grid.push_back(zipf_priors(classes));
    for (double ratio : {1.0, 1.5, 4.0, 20.0, 100.0}) grid.push_back(step_priors(classes, ratio));
  }
  return grid;
}

TEST(Advantage, WhereAHypothesisHoldsSoDoesTheClaimWithAtLeastItsSlope) {
  int held[4] = {0, 0, 0, 0}, cells = 0;
  for (const auto& prior : prior_grid())
    for (double norm : {0.3, 1.0, 1.3, 3.0, 8.0})
      for (double snr : {0.1, 1.0, 10.0, 100.0, 1e4}) {
        const Mixture mixture{prior, Eigen::ArrayXd::Constant(prior.size(), norm), norm / std::sqrt(snr), 100};
        const Advantage a = spectral_advantage(mixture, 50);
        EXPECT_TRUE(a.minority_saturates_first);
        ++cells;
        int i = 0;
        for (const auto* claim : {&a.flow_minority, &a.flow_balanced, &a.normalized_minority, &a.normalized_balanced}) {
          EXPECT_GE(claim->observed_slope, claim->guaranteed_slope - 1e-9)
              << "claim " << i << ", classes " << prior.size() << ", norm " << norm << ", snr " << snr;
          held[i++] += claim->hypothesis();
        }
      }
  // The hypotheses are neither empty nor always true on this grid.
  for (int count : held) {
    EXPECT_GT(count, cells / 5);
    EXPECT_LT(count, cells);
  }
}

TEST(Advantage, GradientFlowWinsWhenTheSignalIsStrongEnoughToOutrunUnitRate) {
  // p m > 1: the minority component of gradient flow starts faster than 1.
  const Mixture mixture{Eigen::Array2d(0.6, 0.4), Eigen::ArrayXd::Constant(2, 8), 1, 10};
  const Advantage a = spectral_advantage(mixture);
  EXPECT_FALSE(a.flow_minority.hypothesis());
  EXPECT_FALSE(a.flow_minority.holds());
}

TEST(Advantage, BalancedClassesGiveNoAdvantageOverNormalizedFlowBeyondTheNorm) {
  // With equal priors and no imbalance every flow moves along one direction; normalised flow is slower by √k only.
  const Mixture mixture{step_priors(4, 1), Eigen::ArrayXd::Constant(4, 1), 0.1, 10};
  const Advantage a = spectral_advantage(mixture);
  EXPECT_NEAR(a.normalized_minority.observed_slope, a.normalized_balanced.observed_slope, 1e-9);
}

TEST(Advantage, SeesAMinorityThatDoesNotSaturateFirst) {
  const Mixture mixture{Eigen::Array2d(0.7, 0.3), Eigen::Array2d(6, 1), 0.3, 10};  // w* = 0.166, 0.77
  const Advantage a = spectral_advantage(mixture);
  EXPECT_FALSE(a.minority_saturates_first);
  EXPECT_EQ(a.first_saturation, mixture.optimum()(0));
}

}  // namespace
}  // namespace muonphase
