// Decoupled weight decay: training, both closures, and where long runs end.
#include "muonphase/optimizers/weight_decay.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "muonphase/optimizers/registry.hpp"
#include "muonphase/validation/validation.hpp"

namespace muonphase {
namespace {

Problem noisy_problem(Basis basis) {
  Problem p{.output = isotropic_spectrum(48),
            .input = power_law_spectrum(32, 1.0),
            .batch = 64,
            .output_basis = Basis::generic,
            .input_basis = basis,
            .energy = {}};
  p.energy = power_law_energy(p.output, p.input, 0.6);
  p.label_noise = 3 * std::sqrt((risk_weight(p) * p.energy).sum());
  return p;
}

double rate_of(const std::string& name) {
  return name == "sgd" ? 0.02 : describe(name).rotation_equivariant ? 0.02 : 0.002;
}

// A ridge's variance and bias, at the end of long runs of the linear closure.
TEST(WeightDecay, LongRunsEndAtTheRidgeOfTheLinearClosure) {
  const Problem p = noisy_problem(Basis::generic);
  const double noise = p.label_noise * p.label_noise / 2;
  for (const std::string name : {"signsvd", "signsgd", "sgd"}) {
    const double decay = name == "signsgd" ? 4 : 0.4;
    const Optimizer optimizer = make_optimizer(name, {{"weight_decay", decay}});
    const double eta = rate_of(name);
    const double floor = decayed_floor(p, linear_coefficients(p, optimizer).front(), eta, decay);
    const RiskCurve curve = ode_curve(p, optimizer, ConstantRate{eta}, recorded_steps(3e4, 4));
    EXPECT_NEAR((curve.risk(curve.risk.size() - 1) - noise) / (floor - noise), 1, 0.03) << name;
    const double undecayed = decayed_floor(p, linear_coefficients(p, optimizer).front(), eta, 0);
    EXPECT_GT(std::abs((floor - noise) / (undecayed - noise) - 1), 0.03) << name;
  }
}

// The implicit formula against a scan.
TEST(WeightDecay, BestIsTheLowestFloor) {
  const Problem p = noisy_problem(Basis::generic);
  for (const std::string name : {"signsvd", "signsgd", "sgd", "adam"}) {
    const Optimizer optimizer = make_optimizer(name);
    const Coefficients coefficients = linear_coefficients(p, optimizer).front();
    const double eta = rate_of(name);
    const BestDecay best = best_weight_decay(p, optimizer, eta);
    EXPECT_GT(best.weight_decay, 0) << name;
    ASSERT_TRUE(std::isfinite(best.weight_decay)) << name;
    EXPECT_LT(best.floor, best.without) << name;
    EXPECT_NEAR(decayed_floor(p, coefficients, eta, best.weight_decay) / best.floor, 1, 1e-9) << name;
    for (const double factor : {0.8, 0.97, 1.03, 1.25})
      EXPECT_GT(decayed_floor(p, coefficients, eta, factor * best.weight_decay), best.floor) << name << factor;
  }
}

TEST(WeightDecay, ASweepTakesTheBestAtEachRate) {
  const Problem p = noisy_problem(Basis::generic);
  const Optimizer optimizer = make_optimizer("signsvd");
  const Eigen::ArrayXd rates{{0.005, 0.02, 0.08}}, horizons{{10.0, 400.0}};
  const LearningRateSweep chosen = learning_rate_sweep(p, optimizer, rates, horizons, {}, {0, 2});
  const LearningRateSweep plain = learning_rate_sweep(p, optimizer, rates, horizons);
  const LearningRateSweep with =
      learning_rate_sweep(p, make_optimizer("signsvd", {{"weight_decay", 2.0}}), rates, horizons);
  EXPECT_TRUE((chosen.risk == plain.risk.min(with.risk)).all());
  EXPECT_TRUE((chosen.weight_decay == (with.risk < plain.risk).select(2.0, Eigen::ArrayXXd::Zero(3, 2))).all());
  EXPECT_TRUE((with.risk < plain.risk).any() && (with.risk > plain.risk).any()) << "the choice is seen";
  EXPECT_EQ(plain.weight_decay.size(), 0);
}

TEST(WeightDecay, NoneChangesNothing) {
  const Problem p = noisy_problem(Basis::haar);
  for (const std::string name : {"signsvd", "signsgd", "muon", "adam"})
    for (const Closure closure : {Closure::linear, Closure::full}) {
      const OdeOptions options{.closure = closure, .accuracy = Accuracy::fast, .bases = 1};
      const Eigen::ArrayXd recorded = recorded_steps(20, 4);
      const ConstantRate rate{rate_of(name)};
      const RiskCurve plain = ode_curve(p, make_optimizer(name), rate, recorded, options),
                      tiny = ode_curve(p, make_optimizer(name, {{"weight_decay", 1e-12}}), rate, recorded, options);
      EXPECT_LT((tiny.risk / plain.risk - 1).abs().maxCoeff(), 2e-4) << name;
    }
}

// Theory from each trial's own start against training with strong decay, as in Conformance.
TEST(WeightDecay, TheoryFollowsTraining) {
  for (const std::string name : {"signsvd", "signsgd", "sgd", "muon", "adam", "nmd"}) {
    SimulationProblem training;
    training.model = {.output = isotropic_spectrum(32),
                      .input = power_law_spectrum(32, 0.6),
                      .batch = 32,
                      .label_noise = 0.5,
                      .output_basis = Basis::haar,
                      .input_basis = Basis::haar,
                      .energy = {}};
    training.target_variance = power_law_energy(training.model.output, training.model.input, 0.4);
    training.model.energy = training.target_variance;
    const double eta = name == "sgd" ? 0.05 : describe(name).rotation_equivariant ? 0.01 : 0.002;
    OptimizerOptions options{{"weight_decay", 0.4 / 40 / eta}};
    if (name == "muon" || name == "nmd") options["momentum"] = 0.6;
    const Optimizer optimizer = make_optimizer(name, options), plain = make_optimizer(name);
    const SimulationOptions simulation{.steps = 40, .record = 6, .trials = 8};
    const std::vector<OptimizerRun> runs{{name, optimizer, ConstantRate{eta}}};
    const SimulatedCurve simulated = simulated_curves(runs, simulation, simulate(training, runs, simulation)).front();
    const TheoryRuns theory = theory_runs(training, simulation.trials, optimizer, ConstantRate{eta},
                                          simulated.mean.step, {.closure = Closure::full, .accuracy = Accuracy::fast});
    EXPECT_LT(compare(theory, simulated.risk_trials).excess, 0.04) << name;
  }
}

// W ← (1 − ηλ) W of a start that is given, with nothing to learn: W* = 0.
TEST(WeightDecay, ShrinksAGivenStart) {
  SimulationProblem training;
  training.model = {.output = isotropic_spectrum(3), .input = power_law_spectrum(2, 0), .batch = 4, .energy = {}};
  const Eigen::MatrixXd start = Eigen::MatrixXd::Constant(3, 2, 2.0);
  training.offset = start;
  training.model.weights = start;
  set_start(training.model, start);
  EXPECT_EQ(target_energy(training.model).maxCoeff(), 0);
  const std::vector<OptimizerRun> runs{
      {"sgd", make_optimizer("sgd", {{"weight_decay", 0.5}}), TableRate{Eigen::ArrayXd::Zero(1), Eigen::ArrayXd::Constant(1, 1e-9)}}};
  const std::vector<OptimizerRun> fast{{"sgd", make_optimizer("sgd", {{"weight_decay", 1e8}}), ConstantRate{1e-9}}};
  const SimulationOptions options{.steps = 3, .record = 10, .trials = 1};
  EXPECT_NEAR(simulated_curves(fast, options, simulate(training, fast, options)).front().mean.risk(3) /
                  (0.5 * 24 * std::pow(0.9, 6)),
              1, 1e-6);
  EXPECT_NEAR(simulated_curves(runs, options, simulate(training, runs, options)).front().mean.risk(3) / 12, 1, 1e-6);
}

TEST(WeightDecay, IsRefusedWhereThereAreNoEquations) {
  Problem p = noisy_problem(Basis::generic);
  p.batch = infinite_batch;
  EXPECT_THROW(ode_curve(p, make_optimizer("signsvd", {{"weight_decay", 1.0}}), ConstantRate{0.01}, recorded_steps(9, 3)),
               UnsupportedError);
  EXPECT_THROW(make_optimizer("signsvd", {{"weight_decay", -1.0}}), StudyError);
}

// Steps of no length, as a warmup begins and a decayed schedule ends with, leave everything where it is.
TEST(WeightDecay, NoRateMovesNothing) {
  const TableRate still{Eigen::ArrayXd{{0.0, 40.0, 80.0}}, Eigen::ArrayXd{{0.0, 0.0, 0.001}}};
  for (const Basis basis : {Basis::generic, Basis::haar}) {
    const Problem p = noisy_problem(basis);
    for (const std::string name : {"signsvd", "signsgd", "sgd"}) {
      const Optimizer optimizer = make_optimizer(name, {{"weight_decay", 0.4}});
      const RiskCurve curve =
          ode_curve(p, optimizer, still, recorded_steps(80, 9), {.closure = Closure::full, .bases = 1});
      EXPECT_DOUBLE_EQ(curve.risk(5), curve.risk(0)) << name;
      EXPECT_LT(curve.risk(8), curve.risk(0)) << name;
    }
  }
}

}  // namespace
}  // namespace muonphase
