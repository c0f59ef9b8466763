#include "muonphase/closures/full/full_spectral_mean.hpp"

#include <gtest/gtest.h>

#include <Eigen/Cholesky>
#include <cmath>
#include <cstdint>

#include "closures/full/gaussian_polar.hpp"
#include "closures/power_law.hpp"
#include "muonphase/core/polar.hpp"
#include "muonphase/core/random.hpp"
#include "muonphase/dynamics/systems/second_moment.hpp"
#include "muonphase/optimizers/ode.hpp"
#include "muonphase/optimizers/registry.hpp"
#include "muonphase/simulation/simulation.hpp"
#include "muonphase/validation/validation.hpp"

namespace muonphase {
namespace {

// A given matrix of oblique columns in noise of its size, against draws of the noise.
TEST(GaussianPolar, IsTheMeanOverTheNoise) {
  const Eigen::Index n = 60, d = 36;
  const Eigen::VectorXd decay = (1 + Eigen::ArrayXd::LinSpaced(d, 0, d - 1)).pow(-0.5).matrix();
  Eigen::MatrixXd s = normals<double>({.seed = 1}, n, d) * decay.asDiagonal();
  s.col(1) += 0.7 * s.col(0);
  Eigen::MatrixXd covariance = 0.3 * decay.cwiseAbs2().asDiagonal().toDenseMatrix();
  covariance(2, 5) = covariance(5, 2) = 0.02;
  const Eigen::MatrixXd root = covariance.llt().matrixL();
  Eigen::MatrixXd mean = Eigen::MatrixXd::Zero(n, d), shared = Eigen::MatrixXd::Zero(d, d);
  const int draws = 200;
  for (int i = 0; i < draws; ++i) {
    const Eigen::MatrixXd z = normals<double>({2, static_cast<std::uint64_t>(i)}, n, d) * root.transpose();
    const Eigen::MatrixXd polar = polar_factor<double>(s + z);
    mean += polar / draws;
    shared += z.transpose() * polar / draws;
  }
  GaussianPolar closure;
  for (int round = 0; round < 2; ++round) {  // cold, then from its own solution
    const auto found = closure(static_cast<double>(n), s.transpose() * s, covariance);
    ASSERT_TRUE(found);
    // What is left of the noise in the mean over the draws is 4 to 5 % of it.
    EXPECT_LT((s * found->signal - mean).norm() / mean.norm(), 0.06);
    EXPECT_NEAR((s.transpose() * s * found->signal).trace() / (s.transpose() * mean).trace(), 1, 0.003);
    EXPECT_NEAR((n * covariance * found->noise).trace() / shared.trace(), 1, 0.01);
  }
}

TEST(GaussianPolar, IndependentColumnsAreTheCaseWithoutSignal) {
  const Eigen::ArrayXd variance = (1 + Eigen::ArrayXd::LinSpaced(20, 0, 19)).pow(-1.0);
  GaussianPolar closure;
  const auto found = closure(30, Eigen::MatrixXd::Zero(20, 20), variance.matrix().asDiagonal());
  ASSERT_TRUE(found);
  const Eigen::ArrayXd columns = closure.independent_columns(30, variance);
  EXPECT_LT((found->noise.diagonal().array() / columns - 1).abs().maxCoeff(), 1e-3);
}

// Where nothing is given it is the closure of the energies.
TEST(FullSpectralMean, WithoutAMeanItIsFullSpectral) {
  const Problem p = power_law(48, 32, 48, 1.0, 0.6);
  const SpectralRule rule{momentum_window(0.9), spectral_poles(newton_schulz_map(quintic_steps(5)))};
  FullSpectralMean closure(p, rule, FullClosureOptions::fast());
  FullSpectral modes(p, rule, FullClosureOptions::fast());
  const MeanMoments spread{Eigen::MatrixXd::Zero(32, 32), initial_moment(p)};
  const Eigen::ArrayXd rate = closure(spread, spread).now.covariance.diagonal().array(),
                       expected = modes(p.energy).rate.row(0).transpose();
  EXPECT_LT((rate / expected - 1).abs().maxCoeff(), 0.01);
}

// Long averages are mostly signal: what is left of Δ has singular values that vanish one after the other. Six trials,
// each with the theory of its own start; from the energies alone the risk is 10 % low when it has fallen eightyfold.
TEST(FullSpectralMean, FollowsTrainingToItsFloor) {
  const Problem p = power_law(64, 64, 64, 1.0, 0.6);
  SimulationProblem problem{.model = p, .target_variance = p.energy, .offset = {}};
  const std::vector<OptimizerRun> runs{{"muon", make_optimizer("muon", {{"momentum", 0.95}}), ConstantRate{0.003}}};
  const SimulationOptions options{.steps = 400, .record = 5, .trials = 6, .seed = 3};
  const SimulatedCurve measured = simulated_curves(runs, options, simulate(problem, runs, options)).front();
  const TheoryRuns theory = theory_runs(problem, options.trials, runs[0].optimizer, runs[0].rate, measured.mean.step,
                                        {.closure = Closure::full, .accuracy = Accuracy::fast, .seed = 3});
  const Comparison compared = compare(theory, measured.risk_trials, 0);
  EXPECT_LT(measured.mean.risk.tail(1)(0), measured.mean.risk(0) / 40);
  EXPECT_LT(compared.excess, 0.05) << "beyond two standard errors";
}

}  // namespace
}  // namespace muonphase
