#include "muonphase/equivalent/full_signsvd_given.hpp"

#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <Eigen/SVD>
#include <algorithm>
#include <cmath>

#include "muonphase/dynamics/second_moment.hpp"
#include "muonphase/equivalent/coefficients.hpp"
#include "muonphase/equivalent/full_signsvd.hpp"
#include "muonphase/simulation/random.hpp"

namespace muonphase {
namespace {

Problem power_law(double n, double d, double batch, double alpha, double beta) {
  Problem p{.output = isotropic_spectrum(n), .input = power_law_spectrum(d, alpha), .batch = batch, .energy = {}};
  p.energy = power_law_energy(p.output, p.input, beta);
  return p;
}

Eigen::MatrixXd target(const Problem& p) {
  const Eigen::VectorXd size = p.energy.row(0).sqrt().transpose();
  return normals<double>({.seed = 3}, static_cast<Eigen::Index>(p.n_out()), p.input.nodes()) * size.asDiagonal();
}

// Gaussian entries of known variances and nothing given: the closure of the mode energies.
TEST(FullSignSvdGiven, IsTheClosureOfTheEnergiesForGaussianEntries) {
  for (const Problem& p :
       {power_law(48, 40, 48, 0.5, 0.3), power_law(48, 40, 16, 0.9, 0.3), power_law(32, 40, 64, 0.3, 0)}) {
    const auto d = p.input.nodes();
    const Eigen::MatrixXd none = Eigen::MatrixXd::Zero(d, d), moment = initial_moment(p);
    const GivenRates given = FullSignSvdGiven(p, FullClosureOptions::fast())({none, moment});
    const ModeRates modes = FullSignSvd(p, FullClosureOptions::fast())(p.energy);
    EXPECT_LT((given.spread.diagonal().transpose().array() / modes.rate.row(0)).log().abs().maxCoeff(), 2e-3);
    EXPECT_LT(
        (given.diffusion.diagonal().transpose().array() / (p.n_out() * modes.diffusion.row(0))).log().abs().maxCoeff(),
        2e-3);
    EXPECT_LT((given.spread - Eigen::MatrixXd(given.spread.diagonal().asDiagonal())).norm(), 1e-12);
  }
}

// With a batch far above n and d every singular value of an isotropic problem falls by η each step and stops at zero.
TEST(FullSignSvdGiven, BecomesSpectralDescentAsTheBatchGrows) {
  double previous = 1;
  for (double batch : {1e4, 1e6}) {
    const Problem p = power_law(24, 24, batch, 0, 0);
    const Eigen::MatrixXd delta = target(p);
    const Eigen::ArrayXd size = Eigen::JacobiSVD<Eigen::MatrixXd>(delta).singularValues();
    const double eta = 2e-3;
    const Eigen::ArrayXd record = recorded_steps(500, 12);
    const RiskCurve curve =
        integrate_given(p, delta.transpose() * delta, FullSignSvdGiven(p, FullClosureOptions::fast()),
                        ConstantRate{eta}, record, {.tolerance = 1e-3});
    double worst = 0;
    for (Eigen::Index i = 0; i < record.size(); ++i) {
      const double risk = 0.5 * (size - eta * record(i)).max(0).square().sum();
      worst = std::max(worst, std::abs(std::log(curve.risk(i) / risk)));
    }
    EXPECT_LT(worst, 0.5 * previous);
    previous = worst;
  }
  EXPECT_LT(previous, 0.01);
}

TEST(FullSignSvdGiven, BecomesTheLinearClosureInLabelNoise) {
  Problem p = power_law(40, 30, 40, 0.2, 0.3);
  p.label_noise = 1e3;
  const Eigen::MatrixXd delta = target(p);
  const auto d = p.input.nodes();
  const GivenRates given = FullSignSvdGiven(p)({delta.transpose() * delta, Eigen::MatrixXd::Zero(d, d)});
  p.energy = energy_of(p.output, p.input, delta);
  const ModeRates modes = FullSignSvd(p)(p.energy);
  EXPECT_LT((given.given.diagonal().transpose().array() / modes.rate.row(0)).log().abs().maxCoeff(), 1e-3);
}

// E[ΦᵀΦ] has the rank as its trace, and what the mean step does is part of it.
TEST(FullSignSvdGiven, DiffusionCountsTheRank) {
  for (const Problem& p : {power_law(24, 32, 200, 0.4, 0.3), power_law(48, 32, 12, 0.4, 0.3)}) {
    const Eigen::MatrixXd delta = target(p), moment = delta.transpose() * delta;
    const GivenRates rates =
        FullSignSvdGiven(p, FullClosureOptions::fast())({moment, Eigen::MatrixXd::Zero(moment.rows(), moment.cols())});
    EXPECT_NEAR(rates.diffusion.trace() / std::min({p.n_out(), p.n_in(), p.batch}), 1, 1e-10);
    const Eigen::MatrixXd spread = rates.diffusion - rates.given * moment * rates.given.transpose();
    EXPECT_GT(Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(spread).eigenvalues().minCoeff(), -0.02);
  }
}

}  // namespace
}  // namespace muonphase
