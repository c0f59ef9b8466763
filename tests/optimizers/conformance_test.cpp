// What every optimizer of the registry keeps, and what some turn into at the ends of their options. An optimizer takes
// part by being in the registry; its entries in the tables below say what it reduces to.
#include <gtest/gtest.h>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <map>

#include "muonphase/closures/averages/window.hpp"
#include "muonphase/core/error.hpp"
#include "muonphase/core/random.hpp"
#include "muonphase/optimizers/ode.hpp"
#include "muonphase/optimizers/registry.hpp"
#include "muonphase/validation/validation.hpp"
#include "reference_svd.hpp"

namespace muonphase {
namespace {

using Eigen::MatrixXd;

// Another optimizer that one becomes at some options.
struct Reduction {
  std::string name;
  OptimizerOptions options;
  std::string becomes;
  OptimizerOptions with = {};
  bool same_equations = true;  // its curves are those of the other, not only its runs
};
const std::vector<Reduction> reductions = {
    {"nmd", {{"momentum", 0.0}}, "ngd"},
    {"signum", {{"momentum", 0.0}}, "signsgd"},
    {"muon", {{"momentum", 0.0}, {"orthogonalization", "exact"}}, "signsvd"},
    {"adam", {{"beta1", 0.0}, {"beta2", 0.0}, {"eps", 0.0}}, "signsgd"},
    {"shampoo", {{"beta", 0.0}, {"eps", 0.0}}, "signsvd"},
    {"lion", {{"beta1", 0.0}}, "signsgd"},
    {"lion", {{"beta1", 0.49}, {"beta2", 0.7}}, "signum", {{"momentum", 0.7}, {"nesterov", true}}},
    {"spectral-power", {{"power", 0.0}, {"damping", 0.5}}, "signsvd"},
    {"spectral-power",
     {{"power", 0.0}, {"momentum", 0.5}, {"nesterov", true}},
     "muon",
     {{"momentum", 0.5}, {"nesterov", true}, {"orthogonalization", "exact"}}},
    {"spectral-power", {{"power", 1.0}}, "ngd", {}, false},
    {"spectral-power", {{"power", 1.0}, {"momentum", 0.5}}, "nmd", {{"momentum", 0.5}}, false},
};

// The optimizer whose map acts on the windowed gradient of another.
struct MapOfWindow {
  std::string name, map;
  OptimizerOptions options = {};
};
const std::vector<MapOfWindow> maps = {
    {"nmd", "ngd"},
    {"signum", "signsgd"},
    {"lion", "signsgd"},
    {"signum", "signsgd", {{"nesterov", true}}},
    {"muon", "signsvd", {{"orthogonalization", "exact"}}},
    {"spectral-power", "spectral-power", {{"momentum", 0.7}, {"nesterov", true}}},
};

// Options that make the window short against a run of 40 steps.
const std::map<std::string, OptimizerOptions> short_windows = {
    {"signum", {{"momentum", 0.6}}},
    {"muon", {{"momentum", 0.6}}},
    {"lion", {{"beta1", 0.5}, {"beta2", 0.6}}},
    {"spectral-power", {{"power", 0.25}, {"momentum", 0.5}}},
    {"nmd", {{"momentum", 0.6}}},
    {"sgd", {{"momentum", 0.6}, {"nesterov", true}}},
    {"adam", {{"beta1", 0.5}, {"beta2", 0.9}}},
};

MatrixXd gaussian(Eigen::Index n, Eigen::Index d, std::uint64_t number) {
  return normals<double>({.seed = 3, .step = number, .purpose = Purpose::start}, n, d);
}

MatrixXd rotation(Eigen::Index n, std::uint64_t number) {
  return orthonormal_columns(gaussian(n, n, number));
}

// Φ of the last of a few gradients Q G_t Pᵀ c.
MatrixXd direction(const Optimizer& optimizer, const MatrixXd& q, const MatrixXd& p, double c = 1, int gradients = 4) {
  OptimizerState<double> state;
  MatrixXd phi;
  for (int t = 0; t < gradients; ++t)
    phi = optimizer.update<double>(state, MatrixXd(c * (q * gaussian(7, 5, t) * p.transpose())));
  EXPECT_EQ(state.updates, gradients);
  return phi;
}

class Conformance : public testing::TestWithParam<std::string> {
 protected:
  Optimizer optimizer = make_optimizer(GetParam());
};

TEST_P(Conformance, DescribesItself) {
  const OptimizerDescription& d = optimizer.description();
  EXPECT_FALSE(d.label.empty());
  EXPECT_FALSE(d.doc.empty());
  EXPECT_EQ(static_cast<bool>(d.linear), static_cast<bool>(d.full));
  for (const auto& option : d.options) {
    EXPECT_FALSE(option.doc.empty()) << option.key;
    EXPECT_TRUE(option.accepts(option.value)) << option.key;
    for (const OptionValue& wrong :
         {OptionValue(std::nan("")), OptionValue("no such word"), OptionValue(std::vector<double>{}),
          OptionValue(std::vector<std::vector<double>>{})}) {
      EXPECT_FALSE(option.accepts(wrong)) << option.key;
      try {
        make_optimizer(GetParam(), {{option.key, wrong}});
        ADD_FAILURE() << option.key;
      } catch (const StudyError& error) {
        EXPECT_NE(std::string(error.what()).find("run.optimizer." + GetParam() + "." + option.key), std::string::npos);
        EXPECT_NE(std::string(error.what()).find(option.allowed), std::string::npos) << error.what();
      }
    }
  }
  EXPECT_THROW(make_optimizer(GetParam(), {{"no_such_option", 1.0}}), StudyError);
}

TEST_P(Conformance, ZeroGradientGivesZeroDirection) {
  OptimizerState<double> state;
  EXPECT_EQ(optimizer.update<double>(state, MatrixXd::Zero(4, 3)), MatrixXd::Zero(4, 3));
}

TEST_P(Conformance, SinglePrecisionFollowsDouble) {
  OptimizerState<double> wide;
  OptimizerState<float> narrow;
  const MatrixXd g = gaussian(6, 5, 9);
  const MatrixXd expected = optimizer.update<double>(wide, g);
  const MatrixXd phi = optimizer.update<float>(narrow, Matrix<float>(g.cast<float>())).cast<double>();
  EXPECT_LT((phi - expected).norm(), 1e-4 * expected.norm());
}

TEST_P(Conformance, IsRotationEquivariantWhereItSaysSo) {
  const MatrixXd q = rotation(7, 20), p = rotation(5, 21), one = MatrixXd::Identity(7, 7),
                 unit = MatrixXd::Identity(5, 5);
  const double error = (direction(optimizer, q, p) - q * direction(optimizer, one, unit) * p.transpose()).norm();
  if (optimizer.description().rotation_equivariant)
    EXPECT_LT(error, 1e-9);
  else
    EXPECT_GT(error, 0.1);
}

TEST_P(Conformance, IsScaleInvariantWhereItSaysSo) {
  const MatrixXd one = MatrixXd::Identity(7, 7), unit = MatrixXd::Identity(5, 5);
  const double error = (direction(optimizer, one, unit, 64) - direction(optimizer, one, unit)).norm();
  if (optimizer.description().scale_invariant) {
    EXPECT_LT(error, 1e-12);
  }
}

TEST_P(Conformance, FactorsOfABatchGiveTheSameDirection) {
  const MatrixXd left = gaussian(4, 7, 30), right = gaussian(4, 5, 31);  // batch 4: rank 4
  OptimizerState<double> a, b;
  const MatrixXd whole = left.transpose() * right;
  const MatrixXd from_factors = optimizer.update<double>(a, Gradient<double>(left, right, 1));
  EXPECT_LT((from_factors - optimizer.update<double>(b, whole)).norm(), 1e-9 * from_factors.norm());
}

// Under a label noise that hides the signal both closures say the same of the excess risk.
TEST_P(Conformance, HiddenInNoiseTheClosuresMeet) {
  if (!optimizer.has_full()) GTEST_SKIP() << "has no deterministic curve";
  Problem p{.output = isotropic_spectrum(48),
            .input = power_law_spectrum(32, 0.8),
            .batch = 64,
            .label_noise = 60,
            .output_basis = Basis::generic,
            .input_basis = Basis::generic,
            .energy = {}};
  p.energy = power_law_energy(p.output, p.input, 0.6);
  const double noise = 0.5 * p.label_noise * p.label_noise;
  const bool plain = !optimizer.description().scale_invariant && optimizer.description().rotation_equivariant;
  const double memory = optimizer.window().memory();  // start-up and noise are not to balance the fall
  const ConstantRate rate{(plain ? 1e-4 : 0.003) / std::sqrt(memory)};
  const Eigen::ArrayXd recorded = recorded_steps(std::round(std::max(40.0, 10 * memory)), 4);
  const RiskCurve linear = ode_curve(p, optimizer, rate, recorded, {.closure = Closure::linear, .tolerance = 1e-9});
  const RiskCurve full = ode_curve(p, optimizer, rate, recorded, {.closure = Closure::full});
  const auto last = recorded.size() - 1;
  const double start = linear.risk(0) - noise, fallen = linear.risk(last) - linear.risk(0);
  EXPECT_NEAR((full.risk(last) - full.risk(0)) / fallen, 1, 0.06) << "of " << fallen / start;
  for (const auto& curve : {linear, full}) EXPECT_NEAR(curve.learning_rate(last), rate.eta, 1e-12 * rate.eta);
}

// Theory from each trial's own start against training, eight trials of 40 steps, beyond two standard errors.
TEST_P(Conformance, TheoryFollowsTraining) {
  if (!optimizer.has_full()) GTEST_SKIP() << "has no deterministic curve";
  const auto options_here = short_windows.find(GetParam());
  if (options_here != short_windows.end()) optimizer = make_optimizer(GetParam(), options_here->second);
  ASSERT_LT(optimizer.window().memory(), 5) << "its window is long: give it a short one in short_windows";
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
  const double eta = !optimizer.description().rotation_equivariant       ? 0.002
                     : optimizer.description().flow == Flow::normalised ? 0.03
                     : optimizer.description().scale_invariant          ? 0.01
                                                                        : 0.05;
  const SimulationOptions options{.steps = 40, .record = 6, .trials = 8};
  const std::vector<OptimizerRun> runs{{GetParam(), optimizer, ConstantRate{eta}}};
  const SimulatedCurve simulated = simulated_curves(runs, options, simulate(training, runs, options)).front();
  const TheoryRuns theory = theory_runs(training, options.trials, optimizer, ConstantRate{eta}, simulated.mean.step,
                                        {.closure = Closure::full, .accuracy = Accuracy::fast});
  const Comparison comparison = compare(theory, simulated.risk_trials);
  EXPECT_LT(simulated.mean.risk(simulated.mean.risk.size() - 1), 0.9 * simulated.mean.risk(0));
  EXPECT_LT(comparison.excess, 0.04);
}

INSTANTIATE_TEST_SUITE_P(Registry, Conformance, testing::ValuesIn(optimizer_names()), [](const auto& each) {
  std::string name = each.param;  // no hyphens in names of tests
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST(Optimizers, ReduceToOthers) {
  const MatrixXd one = MatrixXd::Identity(7, 7), unit = MatrixXd::Identity(5, 5);
  for (const auto& r : reductions) {
    const Optimizer general = make_optimizer(r.name, r.options), special = make_optimizer(r.becomes, r.with);
    EXPECT_LT((direction(general, one, unit) - direction(special, one, unit)).norm(), 1e-9) << r.name;
    if (!general.has_linear() || !special.has_linear() || !r.same_equations) continue;
    Problem p{.output = isotropic_spectrum(20), .input = power_law_spectrum(16, 0.8), .batch = 10, .energy = {}};
    p.input_basis = Basis::haar;
    p.energy = power_law_energy(p.output, p.input, 0.6);
    const auto a = linear_coefficients(p, general), b = linear_coefficients(p, special);
    ASSERT_EQ(a.size(), b.size()) << r.name;
    EXPECT_LT((a[0].drift / b[0].drift - 1).abs().maxCoeff(), 1e-6) << r.name;
    EXPECT_LT((a[0].diffusion / b[0].diffusion - 1).abs().maxCoeff(), 1e-6) << r.name;
    const Eigen::ArrayXd recorded = recorded_steps(30, 4);
    const OdeOptions full{.closure = Closure::full, .bases = 1};
    EXPECT_LT((ode_curve(p, general, ConstantRate{0.002}, recorded, full).risk /
                   ode_curve(p, special, ConstantRate{0.002}, recorded, full).risk -
               1)
                  .abs()
                  .maxCoeff(),
              1e-6)
        << r.name;
  }
}

// Training acts on the window that the closures take.
TEST(Optimizers, ActOnTheirWindows) {
  constexpr int steps = 6;
  for (const auto& m : maps) {
    const Optimizer optimizer = make_optimizer(m.name, m.options), map = make_optimizer(m.map);
    OptimizerState<double> state, none;
    MatrixXd phi, average = MatrixXd::Zero(7, 5);
    for (int t = 0; t < steps; ++t) phi = optimizer.update<double>(state, gaussian(7, 5, t));
    for (int a = 0; a < steps; ++a) average += sample_weight(optimizer.window(), a) * gaussian(7, 5, steps - 1 - a);
    EXPECT_LT((phi - map.update<double>(none, average)).norm(), 1e-10) << m.name;
  }
}

TEST(Optimizers, UnknownNamesAreRefused) {
  EXPECT_THROW(make_optimizer("adagrad"), StudyError);
  EXPECT_THROW(describe_full_batch("signsvd"), StudyError);
  EXPECT_EQ(describe_full_batch("specgd").name, "signsvd");
  EXPECT_EQ(optimizer_label("specgd"), "SpecGD");
}

}  // namespace
}  // namespace muonphase
