#include "muonphase/phase/full_rate.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "muonphase/optimizers/registry.hpp"

namespace muonphase {
namespace {

Problem small_problem(double batch) {
  Problem problem{.output = isotropic_spectrum(32),
                  .input = power_law_spectrum(32, 1.4),
                  .batch = batch,
                  .output_basis = Basis::generic,
                  .input_basis = Basis::generic,
                  .energy = {}};
  problem.energy = power_law_energy(problem.output, problem.input, 0.6);
  return problem;
}

Problem large_problem(double alpha, double beta) {
  Problem problem{.output = isotropic_spectrum(1e4),
                  .input = power_law_spectrum(1e4, alpha, ModeRule::binned),
                  .batch = 1e4,
                  .output_basis = Basis::generic,
                  .input_basis = Basis::generic,
                  .energy = {}};
  problem.energy = power_law_energy(problem.output, problem.input, beta);
  return problem;
}

// No rate of a dense grid does better than 1 %, and the risk is that of the rate to as much.
TEST(FullRate, NoRateOfADenseGridIsBetter) {
  const Problem problem = small_problem(16);
  const OdeOptions options{.closure = Closure::full, .accuracy = Accuracy::fast};
  const Eigen::ArrayXd horizons{{3.0, 100.0, 2000.0}};
  const Eigen::ArrayXd dense = Eigen::ArrayXd::LinSpaced(121, std::log(1e-5), std::log(3.0)).exp();
  for (const char* name : {"signsvd", "signsgd"}) {
    const Optimizer optimizer = make_optimizer(name);
    const TunedCurve tuned = best_full_rate(problem, optimizer, horizons, options);
    const LearningRateSweep sweep = learning_rate_sweep(problem, optimizer, dense, horizons, options);
    const LearningRateSweep own = learning_rate_sweep(problem, optimizer, tuned.learning_rate, horizons, options);
    for (Eigen::Index h = 0; h < horizons.size(); ++h) {
      EXPECT_LT(tuned.risk(h), 1.01 * sweep.risk.col(h).minCoeff()) << name << " at " << horizons(h);
      EXPECT_NEAR(own.risk(h, h) / tuned.risk(h), 1, 0.01) << name << " at " << horizons(h);
    }
    EXPECT_GT(tuned.learning_rate(0), tuned.learning_rate(2));
  }
}

// In the linear closure the two searches, one by rates and one by the clock, are independent ways to the same minimum.
TEST(FullRate, AgreesWithTheClockOfTheLinearClosure) {
  const Problem problem = small_problem(32);
  const Eigen::ArrayXd horizons{{10.0, 300.0}};
  for (const char* name : {"signsvd", "signsgd"}) {
    const Optimizer optimizer = make_optimizer(name);
    const TunedCurve by_rates = best_full_rate(problem, optimizer, horizons, {.closure = Closure::linear});
    const TunedCurve by_clock =
        best_constant_rate(mode_equation(problem, linear_coefficients(problem, optimizer).front()), horizons);
    for (Eigen::Index h = 0; h < horizons.size(); ++h)
      EXPECT_NEAR(std::log(by_rates.risk(h) / by_clock.risk(h)), 0, 0.01) << name << " at " << horizons(h);
  }
}

// Where all modes are nearly alike the risk dies out within a few steps of the horizon, and ln R has a sharp kink at
// its minimum in ln η, which a cubic through coarse rates would round off by 8 %.
TEST(FullRate, FindsTheKinkWhereTheRiskDiesOut) {
  const Problem problem = large_problem(0.4, 0.4);
  const OdeOptions options{.closure = Closure::full, .accuracy = Accuracy::fast};
  const Eigen::ArrayXd horizons = Eigen::ArrayXd::LinSpaced(24, 0, std::log(1e5)).exp();
  const Optimizer optimizer = make_optimizer("signsgd");
  const TunedCurve tuned = best_full_rate(problem, optimizer, horizons, options);
  const double last = std::log(tuned.learning_rate(23));
  const Eigen::ArrayXd dense = Eigen::ArrayXd::LinSpaced(61, last - 0.6, last + 0.6).exp();
  const LearningRateSweep sweep = learning_rate_sweep(problem, optimizer, dense, horizons.tail(1), options);
  EXPECT_LT(tuned.risk(23), 1.01 * sweep.risk.minCoeff());
}

// Adam, and signs in the linear layer, take every step and leave records only.
TEST(FullRate, TakesWhatStepsOneByOne) {
  Problem layer = small_problem(8);
  layer.model = Model::linear_layer;
  layer.output_basis = layer.input_basis = Basis::haar;
  Problem eigen = small_problem(16);
  eigen.output_basis = eigen.input_basis = Basis::eigen;
  const Eigen::ArrayXd horizons{{4.0, 60.0}};
  const OdeOptions options{.closure = Closure::full, .accuracy = Accuracy::fast, .bases = 1};
  for (const auto& [problem, name] : {std::pair{&layer, "signsgd"}, {&eigen, "adam"}}) {
    const Optimizer optimizer = make_optimizer(name);
    const TunedCurve tuned = best_full_rate(*problem, optimizer, horizons, options);
    const Eigen::ArrayXd near = tuned.learning_rate(1) * Eigen::ArrayXd{{0.8, 1.0, 1.25}};
    const Eigen::ArrayXXd risk = learning_rate_sweep(*problem, optimizer, near, horizons, options).risk;
    EXPECT_NEAR(risk(1, 1) / tuned.risk(1), 1, 0.01) << name;
    EXPECT_GT(risk(0, 1), 0.99 * tuned.risk(1)) << name;
    EXPECT_GT(risk(2, 1), 0.99 * tuned.risk(1)) << name;
  }
}

// The time to the floor is as 1/η and the floor as η², so that R* falls as T⁻² however long the run is; a rate at which
// the risk has only just died out at the horizon is no failure.
TEST(FullRate, LongHorizonsFollowTheScalingOfFloors) {
  Problem problem{.output = isotropic_spectrum(6), .input = power_law_spectrum(5, 1.4), .batch = 4, .energy = {}};
  problem.energy = power_law_energy(problem.output, problem.input, 0.6);
  const Eigen::ArrayXd horizons{{1e6, 1e9, 1e12}};
  const TunedCurve tuned = best_full_rate(problem, make_optimizer("signsvd"), horizons,
                                          {.closure = Closure::full, .accuracy = Accuracy::fast});
  for (Eigen::Index h = 1; h < horizons.size(); ++h) {
    EXPECT_NEAR(std::log(1e6 * tuned.risk(h) / tuned.risk(h - 1)), 0, 0.1) << horizons(h);
    EXPECT_NEAR(std::log(1e3 * tuned.learning_rate(h) / tuned.learning_rate(h - 1)), 0, 0.05) << horizons(h);
  }
}

}  // namespace
}  // namespace muonphase
