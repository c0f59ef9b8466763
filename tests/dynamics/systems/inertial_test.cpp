// Momentum as state: against the recursion itself, and against training.
#include "muonphase/dynamics/systems/inertial.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "muonphase/optimizers/ode.hpp"
#include "muonphase/optimizers/registry.hpp"
#include "muonphase/simulation/simulation.hpp"

namespace muonphase {
namespace {

Problem heavy_problem() {
  Problem p{.output = isotropic_spectrum(10), .input = power_law_spectrum(6, 0.8), .batch = 7, .energy = {}};
  p.label_noise = 0.3;
  p.energy = power_law_energy(p.output, p.input, 0.5);
  return p;
}

// Heavy ball of the linear closure, mode by mode, with the exact moments of (Δ, m).
TEST(Inertial, HeavyBallIsItsRecursion) {
  const Problem p = heavy_problem();
  const double mu = 0.8, eta = 0.3, decay = 0.05;
  constexpr int steps = 120;
  const Eigen::ArrayXd lambda = p.input.eigenvalue;
  Eigen::ArrayXd v = p.energy.row(0).transpose(), c = 0 * v, s = 0 * v, overlap = -v, average_overlap = 0 * v;
  const Eigen::ArrayXd target = v;
  for (int t = 0; t < steps; ++t) {
    const double twice_risk = 10 * (lambda * v).sum() + 0.09;
    const Eigen::ArrayXd noise = twice_risk / (7 * lambda);
    s = mu * mu * s + 2 * mu * (1 - mu) * c + (1 - mu) * (1 - mu) * (v + noise);
    c = mu * c + (1 - mu) * v;
    average_overlap = mu * average_overlap + (1 - mu) * overlap;
    const double kept = 1 - eta * decay, lost = eta * decay;
    v = kept * kept * v + eta * eta * lambda.square() * s + lost * lost * target - 2 * kept * eta * lambda * c -
        2 * kept * lost * overlap + 2 * eta * lambda * lost * average_overlap;
    c = kept * c - eta * lambda * s - lost * average_overlap;
    overlap = kept * overlap - eta * lambda * average_overlap - lost * target;
  }
  const Optimizer sgd = make_optimizer("sgd", {{"momentum", mu}, {"weight_decay", decay}});
  const RiskCurve curve = ode_curve(p, sgd, ConstantRate{eta}, recorded_steps(steps, 5), {.tolerance = 1e-8});
  EXPECT_NEAR(curve.risk(curve.risk.size() - 1) / (0.5 * (10 * (lambda * v).sum() + 0.09)), 1, 1e-5);
}

// Without memory it is the quasilinear system.
TEST(Inertial, WithoutMemoryIsTheQuasilinearSystem) {
  const Problem p = heavy_problem();
  const auto rates = [](const Eigen::ArrayXXd& energy) {
    return ModeRates{0.5 + 0 * energy, 0.1 * energy.square() + 0.02};
  };
  const auto step_rates = [&](const Eigen::ArrayXXd& energy, const Eigen::ArrayXXd&) {
    const ModeRates now = rates(energy);
    return StepRates{now.rate, (now.diffusion - now.rate.square() * energy).max(0), energy};
  };
  const Eigen::ArrayXd recorded = recorded_steps(300, 8);
  const RiskCurve a = integrate_quasilinear(p, rates, PowerRate{0.1, 5, 0.7}, recorded, {.tolerance = 1e-6}),
                  b = integrate_inertial(p, step_rates, {}, PowerRate{0.1, 5, 0.7}, recorded, {.tolerance = 1e-6});
  EXPECT_LT((a.risk / b.risk - 1).abs().maxCoeff(), 1e-5);
}

// Matrices that are diagonal are the modes one by one, weight decay included.
TEST(Inertial, CoupledModesOfDiagonalRatesAreTheModes) {
  const Problem p = heavy_problem();
  const Eigen::ArrayXd lambda = p.input.eigenvalue;
  const double n = p.n_out();
  const auto rate = [&](double twice_risk) -> Eigen::ArrayXd { return lambda / std::sqrt(twice_risk); };
  const auto by_mode = [&](const Eigen::ArrayXXd& energy, const Eigen::ArrayXXd& seen) {
    const double twice_risk = 2 * population_risk(p, energy);
    // More noise where the average sees less.
    return StepRates{rate(twice_risk).transpose(), (0.3 - 0.1 * seen / (1 + seen.abs())).max(0.1),
                     (twice_risk / (p.batch * lambda)).transpose()};
  };
  const auto by_matrix = [&](const MeanMoments& now, const MeanMoments& seen) {
    const auto energy = [&](const MeanMoments& m) -> Eigen::ArrayXXd {
      return (m.mean + m.covariance).diagonal().transpose().array() / n;
    };
    const StepRates of = by_mode(energy(now), energy(seen));
    const Eigen::MatrixXd fall = of.rate.row(0).matrix().asDiagonal();
    return CoupledStepRates{fall, fall, n * of.excess.row(0).matrix().asDiagonal().toDenseMatrix() +
                                            n * fall * of.noise.row(0).matrix().asDiagonal() * fall,
                            n * of.noise.row(0).matrix().asDiagonal().toDenseMatrix()};
  };
  const auto with_noise = [&](const Eigen::ArrayXXd& energy, const Eigen::ArrayXXd& seen) {
    StepRates of = by_mode(energy, seen);
    of.excess += of.rate.square() * of.noise;
    return of;
  };
  const Memory memory = map_memory(momentum_window(0.8));
  const Eigen::ArrayXd recorded = recorded_steps(200, 6);
  const ConstantRate eta{0.1};
  const QuasilinearOptions options{.tolerance = 1e-5};
  const RiskCurve modes = integrate_inertial(p, with_noise, {memory, 0.1}, eta, recorded, options),
                  matrices = integrate_inertial_mean(p, initial_moment(p), by_matrix, memory,
                                                     moment_decay(p, 0.1, {}), eta, recorded, options);
  EXPECT_LT((modes.risk / matrices.risk - 1).abs().maxCoeff(), 1e-3);
  EXPECT_LT(matrices.risk.tail(1)(0), 0.7 * matrices.risk(0));
}

// Under label noise that hides the signal the linear closure is exact, from the first step on.
TEST(Inertial, StartsFromAnEmptyAverage) {
  Problem p{.output = isotropic_spectrum(40), .input = power_law_spectrum(24, 0.6), .batch = 24, .energy = {}};
  p.input_basis = Basis::eigen;
  p.energy = power_law_energy(p.output, p.input, 0.5);
  p.label_noise = 2 * std::sqrt((risk_weight(p) * p.energy).sum());
  const double noise = p.label_noise * p.label_noise / 2;
  SimulationProblem training{.model = p, .target_variance = p.energy, .offset = {}};
  for (const std::string name : {"signum", "muon", "adam", "nmd"}) {
    OptimizerOptions options;
    if (name != "adam") options["momentum"] = 0.9;
    const Optimizer optimizer = make_optimizer(name, options);
    const ConstantRate rate{describe(name).rotation_equivariant ? 0.02 : 0.004};
    const SimulationOptions simulation{.steps = 60, .record = 8, .trials = 48};
    const std::vector<OptimizerRun> runs{{name, optimizer, rate}};
    const SimulatedCurve measured = simulated_curves(runs, simulation, simulate(training, runs, simulation)).front();
    const RiskCurve curve = ode_curve(p, optimizer, rate, measured.mean.step);
    for (Eigen::Index i = 1; i < curve.risk.size(); ++i) {
      const double excess = measured.mean.risk(i) - noise;
      EXPECT_NEAR((curve.risk(i) - noise) / excess, 1, 0.03 + 3 * measured.risk_sem(i) / excess)
          << name << " at " << curve.step(i);
    }
  }
}

}  // namespace
}  // namespace muonphase
