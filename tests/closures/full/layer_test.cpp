#include <gtest/gtest.h>

#include <cmath>

#include "muonphase/closures/full/full_sgd.hpp"
#include "muonphase/closures/full/layer_signsvd.hpp"
#include "muonphase/core/random.hpp"
#include "muonphase/dynamics/mode_equation.hpp"
#include "muonphase/optimizers/ode.hpp"
#include "muonphase/optimizers/registry.hpp"
#include "muonphase/simulation/simulation.hpp"

namespace muonphase {
namespace {

Problem layer(double n, double d, double batch, double alpha, double beta, double noise) {
  Problem p{.output = isotropic_spectrum(n),
            .input = power_law_spectrum(d, alpha),
            .batch = batch,
            .label_noise = noise,
            .energy = {},
            .model = Model::linear_layer};
  p.energy = power_law_energy(p.output, p.input, beta);
  return p;
}

// Means over batches of E[ΔᵀΦ] and of E[Φ_kj²], weighted as the risk does, at a given Δ in the eigenbases.
struct Measured {
  double fall, fall_error, kick;
};
Measured measure(const Problem& p, const Eigen::MatrixXd& delta, const std::string& name, int batches) {
  const Optimizer optimizer = make_optimizer(name);
  const Eigen::ArrayXd lambda = p.input.eigenvalue;
  const auto batch = static_cast<Eigen::Index>(p.batch);
  double sum = 0, square = 0, kick = 0;
  for (int i = 0; i < batches; ++i) {
    const auto number = static_cast<std::uint64_t>(i);
    const Eigen::MatrixXd x =
        normals<double>({11, number, 0, Purpose::batch_in}, batch, lambda.size()) * lambda.sqrt().matrix().asDiagonal();
    const Eigen::MatrixXd e =
        x * delta.transpose() -
        p.label_noise * normals<double>({11, number, 0, Purpose::label_noise}, batch, delta.rows());
    OptimizerState<double> state;
    const Eigen::MatrixXd gradient = e.transpose() * x / p.batch;
    const Eigen::ArrayXXd update = optimizer.update<double>(state, gradient).array();
    const double fall = ((update * delta.array()).rowwise() * lambda.transpose()).sum();
    sum += fall;
    square += fall * fall;
    kick += (update.square().rowwise() * lambda.transpose()).sum();
  }
  const double mean = sum / batches;
  return {mean, std::sqrt((square / batches - mean * mean) / batches), kick / batches};
}

// Drift of the risk at a given Δ, the very start of runs: with and without label noise, batches small and large.
TEST(LayerSignSvd, DriftIsThatOfBatches) {
  struct Case {
    double n, d, batch, alpha, beta, noise, allowed;
  };
  for (const Case& c : {Case{30, 20, 24, 1.0, 0.5, 0.2, 0.02}, Case{24, 32, 16, 1.6, 0.8, 0, 0.02},
                        Case{28, 28, 80, 0.0, 0.3, 0, 0.02}}) {
    Problem p = layer(c.n, c.d, c.batch, c.alpha, c.beta, c.noise);
    const Eigen::MatrixXd delta = draw_entries(p.energy, p.n_out(), 3, 0);
    p.energy = energy_of(p.output, p.input, delta);
    LayerSignSvd rates(p);
    const Eigen::MatrixXd moment = delta.transpose() * delta;
    const MomentRates now = rates(moment);
    const Eigen::VectorXd lambda = p.input.eigenvalue;
    const double fall = lambda.dot((now.drift * moment).diagonal()), kick = lambda.dot(now.diffusion.diagonal());
    const Measured measured = measure(p, delta, "signsvd", 1500);
    EXPECT_NEAR(fall / measured.fall, 1, 4 * measured.fall_error / measured.fall + c.allowed) << "B = " << c.batch;
    EXPECT_NEAR(kick / measured.kick, 1, 0.03) << "B = " << c.batch;
  }
}

// Label noise hides the signal: the linear closure's coefficients.
TEST(LayerSignSvd, LabelNoiseLeavesTheLinearClosure) {
  Problem p = layer(60, 40, 50, 1.0, 0.5, 10);
  p.energy *= 1e-4;
  const Eigen::MatrixXd delta = draw_entries(p.energy, p.n_out(), 3, 0);
  p.energy = energy_of(p.output, p.input, delta);
  LayerSignSvd rates(p);
  const Eigen::MatrixXd moment = delta.transpose() * delta;
  const MomentRates now = rates(moment);
  const Coefficients linear = linear_coefficients(p, make_optimizer("signsvd")).front();
  const double size = std::sqrt(2 * population_risk(p, p.energy));
  const Eigen::ArrayXd drift = now.drift.diagonal().array() * size;
  // Single samples of 60 outputs do not concentrate quite.
  EXPECT_LT((drift / linear.drift.row(0).transpose() - 1).abs().maxCoeff(), 0.02);
  EXPECT_LT((now.diffusion.diagonal().array() / (60 * linear.diffusion.row(0).transpose()) - 1).abs().maxCoeff(), 0.02);
}

// Batches so large that G is its mean: spectral descent, the polar factor of ΔΣ.
TEST(LayerSignSvd, LargeBatchesAreSpectralDescent) {
  Problem p = layer(24, 16, 1e7, 1.0, 0.5, 0);
  const Eigen::MatrixXd delta = draw_entries(p.energy, p.n_out(), 3, 0);
  p.energy = energy_of(p.output, p.input, delta);
  LayerSignSvd rates(p);
  const Eigen::VectorXd lambda = p.input.eigenvalue;
  OptimizerState<double> state;
  const Eigen::MatrixXd signal = delta * lambda.asDiagonal();
  const Eigen::MatrixXd polar = make_optimizer("signsvd").update<double>(state, signal);
  const Eigen::MatrixXd predicted = delta * rates(delta.transpose() * delta).drift.transpose();
  EXPECT_LT((predicted - polar).norm() / polar.norm(), 2e-3);
}

// One step of SGD: the exact second moment of Gaussian samples.
TEST(LayerSgd, SecondMomentIsThatOfBatches) {
  Problem p = layer(6, 5, 3, 1.0, 0.5, 0.4);
  const Eigen::MatrixXd delta = draw_entries(p.energy, p.n_out(), 3, 0);
  p.energy = energy_of(p.output, p.input, delta);
  const ModeRates now = FullSgd(p)(p.energy);
  const Measured measured = measure(p, delta, "sgd", 40000);
  const Eigen::ArrayXXd weight = risk_weight(p);
  EXPECT_NEAR((weight * now.rate * p.energy).sum() / measured.fall, 1, 5 * measured.fall_error / measured.fall);
  EXPECT_NEAR((weight * now.diffusion).sum() / measured.kick, 1, 0.03);
}

SimulationProblem given(const Problem& p, std::uint64_t seed) {
  SimulationProblem problem{.model = p, .target_variance = {}, .offset = draw_entries(p.energy, p.n_out(), seed, 0)};
  problem.model.energy = energy_of(p.output, p.input, problem.offset);
  return problem;
}

// Curves of a given Δ_0 against training on it.
void expect_training(const Problem& p, const std::string& name, double eta, double allowed, int trials) {
  SimulationProblem problem = given(p, 2);
  problem.model.input_basis = Basis::eigen;
  const Optimizer optimizer = make_optimizer(name);
  const SimulationOptions options{.steps = 60, .record = 12, .trials = trials, .seed = 4};
  const std::vector<OptimizerRun> runs = {{name, optimizer, ConstantRate{eta}}};
  const auto simulated = simulated_curves(runs, options, simulate(problem, runs, options)).front();
  const RiskCurve theory = ode_curve(problem.model, optimizer, ConstantRate{eta}, simulated.mean.step,
                                     {.closure = Closure::full}, problem.offset);
  for (Eigen::Index t = 0; t < theory.step.size(); ++t)
    EXPECT_NEAR(std::log(theory.risk(t) / simulated.mean.risk(t)), 0,
                allowed + 3 * simulated.risk_sem(t) / simulated.mean.risk(t))
        << name << " at step " << theory.step(t) << ", R/R_0 = " << theory.risk(t) / theory.risk(0);
}

TEST(LayerCurves, AreThoseOfTraining) {
  expect_training(layer(40, 30, 24, 1.0, 0.5, 0), "signsgd", 0.002, 0.015, 24);
  expect_training(layer(40, 30, 4, 1.5, 0.5, 0.1), "signsgd", 0.002, 0.02, 24);
  expect_training(layer(32, 24, 20, 1.0, 0.5, 0.1), "signsvd", 0.012, 0.02, 24);
  expect_training(layer(16, 24, 20, 0.5, 0.5, 0.2), "sgd", 0.02, 0.01, 24);
}

// Energies do not tell how a run goes: starts are drawn, those of the trials of a simulation.
TEST(LayerCurves, StartsAreDrawn) {
  Problem p = layer(20, 16, 16, 1.0, 0.5, 0);
  p.input_basis = Basis::eigen;
  const Optimizer signsgd = make_optimizer("signsgd");
  const Eigen::ArrayXd recorded = recorded_steps(20, 5);
  const OdeOptions options{.closure = Closure::full, .bases = 2, .seed = 7};
  const RiskCurve mean = ode_curve(p, signsgd, ConstantRate{0.002}, recorded, options);
  Eigen::ArrayXd sum = Eigen::ArrayXd::Zero(recorded.size());
  const SimulationProblem simulated{.model = p, .target_variance = p.energy, .offset = {}};
  for (std::uint64_t k = 0; k < 2; ++k)
    sum += full_curve(p, signsgd, ConstantRate{0.002}, recorded, options, k, trial_start(simulated, 7, k)).risk;
  EXPECT_LT((mean.risk / (sum / 2) - 1).abs().maxCoeff(), 1e-12);
}

}  // namespace
}  // namespace muonphase
