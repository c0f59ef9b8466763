#include "muonphase/validation/validation.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>

#include "muonphase/core/random.hpp"

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

// Trials share their steps' noise (a random walk), so that all steps together need more than two standard errors. Of 200
// samples from a right theory, ten leave a band of 95 % on average; with seeds fixed, 20 would be four deviations off.
TEST(Comparison, TheBandHoldsAllStepsAtOnce) {
  const Eigen::Index trials = 24, steps = 40;
  int outside = 0, two_errors = 0, rare = 0;
  constexpr int samples = 200;
  for (int s = 0; s < samples; ++s) {
    Eigen::ArrayXXd noise = normals<double>({.seed = 7, .trial = static_cast<std::uint64_t>(s)}, trials, steps).array();
    for (Eigen::Index t = 1; t < steps; ++t) noise.col(t) = 0.9 * noise.col(t - 1) + 0.44 * noise.col(t);
    const Eigen::ArrayXd curve = (-0.1 * Eigen::ArrayXd::LinSpaced(steps, 0, steps - 1.0)).exp();
    TheoryRuns theory;
    theory.mean = {Eigen::ArrayXd::LinSpaced(steps, 0, steps - 1.0), curve, curve, {}};
    theory.risk_trials = curve.transpose();
    const Comparison c = compare(theory, (1 + 0.02 * noise).rowwise() * curve.transpose());
    outside += c.beyond_band > 0;
    two_errors += c.excess > 0;
    rare += c.p_value < 0.05;
  }
  EXPECT_GT(two_errors, 50);
  EXPECT_LT(outside, 30);
  EXPECT_GT(outside, 1);
  EXPECT_LT(rare, 25);
  EXPECT_GT(rare, 1);
}

TEST(Comparison, TellsHowMuchLongerARunTakes) {
  const Eigen::ArrayXd step = Eigen::ArrayXd::LinSpaced(201, 0, 200);
  TheoryRuns theory;
  const Eigen::ArrayXd slow = (-0.01 * step).exp(), fast = (-0.011 * step).exp();
  theory.mean = {step, 0.5 + slow, step, {}};
  theory.risk_trials = theory.mean.risk.transpose();
  const Comparison c = compare(theory, (0.5 + fast).transpose().replicate(3, 1), 0.5);
  EXPECT_NEAR(c.time_error, std::log(1.1), 1e-3);
  EXPECT_NEAR(c.relative, 0.1 / 1.1, 1e-3);
  EXPECT_NEAR(c.excess_log_ratio(100), 0.1, 1e-12);
}

SimulationProblem twelve_by_ten(Spectrum output) {
  SimulationProblem p;
  p.model = {.output = std::move(output), .input = power_law_spectrum(10, 1.0), .batch = 12, .energy = {}};
  p.model.energy = power_law_energy(p.model.output, p.model.input, 0.6);
  p.target_variance = p.model.energy;
  return p;
}

// A trial's own start and basis go into its curve, with one spectrum and with two.
TEST(TheoryRuns, TakeTheStartOfEachTrial) {
  const Eigen::ArrayXd record = recorded_steps(50, 5);
  OdeOptions options{.closure = Closure::full, .accuracy = Accuracy::fast, .seed = 5};
  for (const auto& output : {isotropic_spectrum(12), power_law_spectrum(12, 0.6)})
    for (const char* optimizer : {"signsvd", "signsgd"}) {
      const SimulationProblem p = twelve_by_ten(output);
      const TheoryRuns runs = theory_runs(p, 3, make_optimizer(optimizer), ConstantRate{1e-3}, record, options);
      ASSERT_EQ(runs.risk_trials.rows(), 3);
      const auto last = runs.risk_trials.cols() - 1;
      for (int trial = 0; trial < 3; ++trial) {
        Problem own = p.model;
        own.energy = energy_of(own.output, own.input, trial_start(p, 5, static_cast<std::uint64_t>(trial)));
        EXPECT_NEAR(runs.risk_trials(trial, 0) / population_risk(own, own.energy), 1, 1e-12) << optimizer;
        EXPECT_LT(runs.risk_trials(trial, last), runs.risk_trials(trial, 0)) << optimizer;
      }
      EXPECT_GT(std::abs(runs.risk_trials(1, last) / runs.risk_trials(0, last) - 1), 1e-3) << optimizer;
      EXPECT_NEAR(runs.mean.risk(last), runs.risk_trials.col(last).mean(), 1e-14);
    }
  options.closure = Closure::linear;
  EXPECT_EQ(theory_runs(twelve_by_ten(isotropic_spectrum(12)), 3, make_optimizer("signsvd"), ConstantRate{1e-3}, record,
                        options)
                .risk_trials.rows(),
            1);
}

// What a run before has done is taken as it is; what it has not is computed to the same bits.
TEST(TheoryRuns, ContinueFromTheTrialsDone) {
  const SimulationProblem p = twelve_by_ten(isotropic_spectrum(12));
  const Eigen::ArrayXd record = recorded_steps(50, 5);
  const OdeOptions options{.closure = Closure::full, .accuracy = Accuracy::fast};
  const TheoryRuns whole = theory_runs(p, 3, make_optimizer("signsvd"), ConstantRate{1e-3}, record, options);
  Eigen::ArrayXXd known = whole.risk_trials;
  known.row(1) = std::nan("");
  known.row(2) *= 2;  // to be told from what is computed
  const TheoryRuns rest = theory_runs(p, 3, make_optimizer("signsvd"), ConstantRate{1e-3}, record, options, known);
  EXPECT_TRUE((rest.risk_trials.topRows(2) == whole.risk_trials.topRows(2)).all());
  EXPECT_TRUE((rest.risk_trials.row(2) == known.row(2)).all());

  OdeOptions stopped = options;
  std::atomic<int> asked = 0;
  stopped.monitor.interrupted = [&asked] { return ++asked > 3; };
  Eigen::ArrayXXd kept;
  EXPECT_THROW(theory_runs(p, 3, make_optimizer("signsvd"), ConstantRate{1e-3}, record, stopped, known,
                           [&](const Eigen::ArrayXXd& now) { kept = now; }),
               Interrupted);
  ASSERT_EQ(kept.rows(), 3);
  EXPECT_TRUE((kept.row(2) == known.row(2)).all());
}

}  // namespace
}  // namespace muonphase
