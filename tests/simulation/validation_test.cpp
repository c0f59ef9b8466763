#include "muonphase/simulation/validation.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace muonphase {
namespace {

TheoryRuns theory_of(const Eigen::ArrayXXd& risks) {
  TheoryRuns theory;
  theory.mean.risk = risks.colwise().mean().transpose();
  theory.risk_trials = risks;
  return theory;
}

TEST(Comparison, CountsTheErrorOfTheMean) {
  Eigen::ArrayXXd measured(4, 2);
  measured << 1, 0.9, 1, 1.1, 1, 0.95, 1, 1.05;
  const Comparison c = compare(theory_of(Eigen::ArrayXXd::Constant(1, 2, 1.1)), measured);
  EXPECT_NEAR(c.log_ratio(1), std::log(1.1), 1e-14);
  EXPECT_EQ(c.sem(0), 0);
  EXPECT_NEAR(c.sem(1), std::sqrt((0.01 + 0.01 + 0.0025 + 0.0025) / 3 / 4), 1e-14);
  EXPECT_NEAR(c.worst, std::log(1.1), 1e-14);
  EXPECT_NEAR(c.excess, std::log(1.1), 1e-14);  // at the first step, without error
  EXPECT_FALSE(c.agrees(0.05));
  EXPECT_TRUE(c.agrees(0.1));
}

// Trials that differ as their theory says carry no error.
TEST(Comparison, PairsTrialsWithTheirTheory) {
  Eigen::ArrayXXd predicted(3, 1);
  predicted << 1, 2, 3;
  const Comparison c = compare(theory_of(predicted), 1.02 * predicted);
  EXPECT_NEAR(c.sem(0), 0, 1e-14);
  EXPECT_NEAR(c.excess, std::log(1.02), 1e-13);
}

TEST(Comparison, ADivergedTrialDisagrees) {
  Eigen::ArrayXXd measured = Eigen::ArrayXXd::Ones(3, 2);
  measured(1, 1) = std::nan("");
  const Comparison c = compare(theory_of(Eigen::ArrayXXd::Ones(1, 2)), measured);
  EXPECT_FALSE(c.agrees(1e6));
  EXPECT_EQ(c.log_ratio(0), 0);
}

// A trial's own start and basis go into its curve.
TEST(TheoryRuns, TakeTheStartOfEachTrial) {
  Problem p{.output = isotropic_spectrum(12), .input = power_law_spectrum(10, 0.5), .batch = 12, .energy = {}};
  p.energy = power_law_energy(p.output, p.input, 0.3);
  Eigen::ArrayXXd starts(2, 10);
  starts.row(0) = 12 * p.energy;
  starts.row(1) = 24 * p.energy;
  OdeOptions options{.closure = Closure::full, .accuracy = Accuracy::fast};
  const TheoryRuns runs = theory_runs(p, starts, "signsgd", ConstantRate{1e-3}, recorded_steps(50, 5), options);
  ASSERT_EQ(runs.risk_trials.rows(), 2);
  EXPECT_NEAR(runs.risk_trials(1, 0) / runs.risk_trials(0, 0), 2, 1e-12);
  EXPECT_NEAR(runs.mean.risk(0), runs.risk_trials.col(0).mean(), 1e-14);
  const auto last = runs.risk_trials.cols() - 1;
  EXPECT_GT(std::abs(std::log(runs.risk_trials(1, last) / runs.risk_trials(0, last) / 2)), 1e-3);
  options.closure = Closure::linear;
  EXPECT_EQ(theory_runs(p, starts, "signsvd", ConstantRate{1e-3}, recorded_steps(50, 5), options).risk_trials.rows(),
            1);
}

}  // namespace
}  // namespace muonphase
