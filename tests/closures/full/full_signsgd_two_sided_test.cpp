#include "muonphase/closures/full/full_signsgd_two_sided.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "muonphase/closures/linear/coefficients.hpp"
#include "muonphase/core/random.hpp"
#include "muonphase/optimizers/ode.hpp"
#include "muonphase/optimizers/registry.hpp"
#include "muonphase/problem/basis.hpp"
#include "muonphase/validation/validation.hpp"

namespace muonphase {
namespace {

Problem steep(double size, double alpha) {
  Problem p{.output = power_law_spectrum(size, alpha),
            .input = power_law_spectrum(size, alpha),
            .batch = size,
            .output_basis = Basis::haar,
            .energy = {}};
  p.energy = power_law_energy(p.output, p.input, 0.6);
  return p;
}

Eigen::MatrixXd drawn_start(const Problem& p, std::uint64_t trial) {
  return normals<double>({.seed = 1, .trial = trial}, p.energy.rows(), p.energy.cols())
      .cwiseProduct(p.energy.sqrt().matrix());
}

// One mode alone in a huge batch is the whole gradient: signs are the signs of its two directions.
TEST(FullSignSgdTwoSided, OneModeTurnsAllSignsTogether) {
  Problem p = steep(40, 1.6);
  p.batch = 1e8;
  const Eigen::MatrixXd out = draw_basis(Basis::haar, 40, 1, 1), in = draw_basis(Basis::haar, 40, 1, 0);
  TwoSidedState state{Eigen::ArrayXXd::Zero(40, 40), Eigen::ArrayXXd::Zero(40, 40)};
  state.mean(0, 0) = 1;
  const FullSignSgdTwoSided closure(p, out, in);
  const TwoSidedRates rates = closure(state);
  const double projection = out.col(0).cwiseAbs().sum() * in.col(0).cwiseAbs().sum();
  EXPECT_NEAR(closure.mean(state, rates.response)(0, 0) / projection, 1, 1e-3);
  EXPECT_NEAR(closure.first_mode(state, rates.response, 0).mean / projection, 1, 1e-3);
  EXPECT_LT(rates.noise.sum() / 1600, 0.02);
}

// In label noise signs are those of theory.md §4: the same numbers by another road.
TEST(FullSignSgdTwoSided, BecomesTheLinearClosureInLabelNoise) {
  Problem p = steep(40, 1.0);
  p.batch = 24;
  p.label_noise = 1e4;
  const Eigen::MatrixXd out = draw_basis(Basis::haar, 40, 1, 1), in = draw_basis(Basis::haar, 40, 1, 0);
  const TwoSidedRates rates = FullSignSgdTwoSided(p, out, in)({Eigen::ArrayXXd::Zero(40, 40), p.energy});
  const Coefficients linear = signsgd_coefficients(p, out, in);
  EXPECT_LT((rates.rate * p.label_noise / linear.drift - 1).abs().maxCoeff(), 1e-6);
  // The arcsine's series is cut.
  EXPECT_LT((rates.noise / linear.diffusion - 1).abs().maxCoeff(), 0.02);
}

// The mean and the second moment of signs, as far as they move the risk, over batches at one Δ.
TEST(FullSignSgdTwoSided, FollowsBatchesAtOneDelta) {
  const Problem p = steep(48, 1.6);
  const Eigen::MatrixXd out = draw_basis(Basis::haar, 48, 1, 1), in = draw_basis(Basis::haar, 48, 1, 0);
  const FullSignSgdTwoSided closure(p, out, in);
  const Eigen::ArrayXXd product = risk_weight(p);
  for (std::uint64_t trial : {2, 3}) {
    const Eigen::MatrixXd delta = drawn_start(p, trial);
    const TwoSidedState state{delta.array(), Eigen::ArrayXXd::Zero(48, 48)};
    const TwoSidedRates rates = closure(state);
    const Eigen::ArrayXXd mean = closure.mean(state, rates.response);
    const double fall = (product * delta.array() * mean).sum(), kick = (product * (mean.square() + rates.noise)).sum();
    double measured_fall = 0, measured_kick = 0;
    constexpr int batches = 800;
    for (std::uint64_t b = 0; b < batches; ++b) {
      const Eigen::MatrixXd x_out = normals<double>({.seed = 7, .trial = b, .purpose = Purpose::batch_out}, 48, 48) *
                                    p.output.eigenvalue.sqrt().matrix().asDiagonal();
      const Eigen::MatrixXd x_in = normals<double>({.seed = 7, .trial = b, .purpose = Purpose::batch_in}, 48, 48) *
                                   p.input.eigenvalue.sqrt().matrix().asDiagonal();
      const Eigen::VectorXd residual = (x_out * delta).cwiseProduct(x_in).rowwise().sum();
      const Eigen::MatrixXd gradient = out * (x_out.transpose() * residual.asDiagonal() * x_in) * in.transpose();
      const Eigen::ArrayXXd signs = (out.transpose() * gradient.array().sign().matrix() * in).array();
      measured_fall += (product * delta.array() * signs).sum() / batches;
      measured_kick += (product * signs.square()).sum() / batches;
    }
    // One batch's fall and kick vary by 10 and 40 %: standard errors 0.4 and 1.4 %.
    EXPECT_NEAR(fall / measured_fall, 1, 0.03) << trial;
    EXPECT_NEAR(kick / measured_kick, 1, 0.08) << trial;
  }
}

// A first mode that overshoots jumps about zero and its law is no Gaussian: against a crowd that takes the same steps.
TEST(FullSignSgdTwoSided, FirstModesLawIsThatOfACrowd) {
  const Problem p = steep(48, 1.6);
  const FullSignSgdTwoSided closure(p, draw_basis(Basis::haar, 48, 1, 1), draw_basis(Basis::haar, 48, 1, 0));
  const Eigen::ArrayXXd none = Eigen::ArrayXXd::Zero(48, 48);
  TwoSidedState law{none, 0.05 * p.energy};
  const SignResponse response = closure(law).response;
  SignResponse sharp = response;
  sharp.jitter = 0;
  const auto answer = [&](double delta, const SignResponse& to) {
    TwoSidedState at{none, none};
    at.mean(0, 0) = delta;
    return closure.first_mode(at, to, 0).mean;
  };
  const double small = 0.05 * std::sqrt(law.variance(0, 0)), eta = 2.3 * small / answer(small, response);
  constexpr int crowd = 8000, steps = 8;
  Eigen::ArrayXd delta =
      std::sqrt(law.variance(0, 0)) * normals<double>({.seed = 5, .purpose = Purpose::start}, crowd, 1).array();
  const Eigen::ArrayXXd jitter = response.jitter * normals<double>({.seed = 6}, crowd, steps).array();
  for (int t = 0; t < steps; ++t) {
    const FirstModeStep step = closure.first_mode(law, response, eta);
    law.variance(0, 0) = step.variance;
    law.kurtosis = step.kurtosis;
    for (int i = 0; i < crowd; ++i) delta(i) -= eta * answer(delta(i) + jitter(i, t), sharp);
    // Of 8000 the variance has a standard error of 1 %, the kurtosis one of 0.03.
    const double variance = delta.square().mean();
    EXPECT_NEAR(step.variance / variance, 1, 0.08) << t;
    EXPECT_NEAR(step.kurtosis, delta.pow(4).mean() / (variance * variance), 0.3) << t;
  }
  EXPECT_LT(law.kurtosis, 2);
}

// Theory of single trials against training, where the first mode jumps about zero at the floor: its variance alone, as
// that of a Gaussian, leaves 10 %.
TEST(FullSignSgdTwoSided, FollowsTrainingWhereTheFirstModeJumps) {
  const Problem p = steep(32, 1.6);
  const SimulationProblem training{p, p.energy, {}};
  const ConstantRate rate{2e-3};
  const SimulationOptions options{.steps = 200, .record = 16, .trials = 24};
  const std::vector<OptimizerRun> runs{{"signsgd", make_optimizer("signsgd"), rate}};
  const SimulatedCurve simulated = simulated_curves(runs, options, simulate(training, runs, options)).front();
  const TheoryRuns theory =
      theory_runs(training, options.trials, make_optimizer("signsgd"), rate, recorded_steps(200, 16),
                  {.closure = Closure::full, .accuracy = Accuracy::fast});
  EXPECT_LT(compare(theory, simulated.risk_trials).excess, 0.045);
}

// At this learning rate the first mode overshoots. Unless its drift's square is part of its diffusion, energies end
// below zero.
TEST(FullSignSgdTwoSided, FollowsASteepStartToTheFloor) {
  const Problem p = steep(64, 1.6);
  const RiskCurve curve =
      full_dynamics(p, make_optimizer("signsgd"), {.accuracy = Accuracy::fast}, 6, drawn_start(p, 6))(
          ConstantRate{1e-3}, recorded_steps(500, 12), {.tolerance = 1e-4}, {});
  EXPECT_GT(curve.mode_energy.minCoeff(), 0);
  EXPECT_LT(curve.risk(curve.risk.size() - 1), 0.05 * curve.risk(0));
}

}  // namespace
}  // namespace muonphase
