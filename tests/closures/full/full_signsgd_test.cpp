#include "muonphase/closures/full/full_signsgd.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "closures/power_law.hpp"
#include "closures/training_data.hpp"
#include "muonphase/closures/linear/coefficients.hpp"
#include "muonphase/core/error.hpp"
#include "muonphase/dynamics/systems/second_moment.hpp"
#include "muonphase/problem/basis.hpp"

namespace muonphase {
namespace {

TEST(FullSignSgd, FollowsTrainingToFourPerCent) {
  const auto curves = training_curves("signsgd");
  ASSERT_EQ(curves.size(), 2U);
  constexpr int bases = 4;
  FullClosureOptions options;
  options.points = 512;
  for (const auto& truth : curves) {
    const auto steps = static_cast<Eigen::Index>(truth.step.size());
    Eigen::ArrayXd mean = Eigen::ArrayXd::Zero(steps);
    for (int draw = 0; draw < bases; ++draw) {
      const FullSignSgd rates(truth.problem, draw_basis(Basis::haar, truth.problem.input.nodes(), 7, draw), options);
      const RiskCurve curve = integrate_second_moment(
          truth.problem, initial_moment(truth.problem), rates, {}, ConstantRate{truth.learning_rate},
          Eigen::Map<const Eigen::ArrayXd>(truth.step.data(), steps), {.tolerance = 1e-3});
      mean += curve.risk / curve.risk(0) / bases;
    }
    for (Eigen::Index i = 1; i < steps; ++i) {
      const auto k = static_cast<std::size_t>(i);
      EXPECT_LT(std::abs(std::log(mean(i) / truth.mean[k])), 0.04 + 2 * truth.error[k] / truth.mean[k])
          << truth.problem.batch << " step " << truth.step[k];
    }
  }
}

// Where label noise hides the signal, the linear closure is what remains, at every batch size and in every basis.
TEST(FullSignSgd, BecomesTheLinearClosureInLabelNoise) {
  for (double batch : {1.0, 3.0, 40.0})
    for (Basis basis : {Basis::eigen, Basis::hadamard, Basis::haar}) {
      Problem p = power_law(30, 24, batch, 1.2, 0.6);
      p.label_noise = 1e4;
      const Eigen::MatrixXd q = draw_basis(basis, 24, 5, 0);
      const MomentRates full = FullSignSgd(p, q)(initial_moment(p));
      const Coefficients linear = signsgd_coefficients(p, {}, q);
      const double root = std::sqrt(2 * population_risk(p, p.energy));
      for (Eigen::Index l = 0; l < 24; ++l) {
        EXPECT_NEAR(full.drift(l, l) * root / linear.drift(0, l), 1, 5e-3) << batch << " mode " << l;
        EXPECT_NEAR(full.diffusion(l, l) / p.n_out() / linear.diffusion(0, l), 1, 1e-6);
      }
    }
}

// In the eigenbasis, one mode at a time: E[sign] of a single sample is (2/π) √λ E[|c|/√(δ²c² + σ²)] by hand.
TEST(FullSignSgd, SingleSampleByHand) {
  Problem p = power_law(50, 1, 1, 0, 0);
  p.label_noise = 0.5;
  p.energy *= 2;
  FullClosureOptions options;
  options.points = 8192;
  const MomentRates rates = FullSignSgd(p, Eigen::MatrixXd::Identity(1, 1), options)(initial_moment(p));
  double expected = 0;
  constexpr double step = 1e-4;
  for (double c = step / 2; c < 9; c += step)
    expected += step * std::sqrt(2 / M_PI) * std::exp(-c * c / 2) * c / std::sqrt(2 * c * c + 0.25);
  EXPECT_NEAR(rates.drift(0, 0), 2 / M_PI * expected, 2e-3 * expected);
  EXPECT_NEAR(rates.diffusion(0, 0), 50, 1e-9);
}

TEST(FullSignSgd, QuadratureConverges) {
  const Problem p = power_law(128, 64, 16, 2, 1.0);
  const Eigen::MatrixXd q = draw_basis(Basis::haar, 64, 3, 0);
  FullClosureOptions fine;
  fine.points = 16384;
  const Eigen::MatrixXd moment = initial_moment(p);
  const auto fall = [&](const FullClosureOptions& options) {
    return p.input.eigenvalue.matrix().dot((FullSignSgd(p, q, options)(moment).drift * moment).diagonal());
  };
  const double reference = fall(fine);
  EXPECT_NEAR(fall({}) / reference, 1, 2e-3);
  EXPECT_NEAR(fall(FullClosureOptions::fast()) / reference, 1, 1e-2);
}

TEST(FullSignSgdGeneric, BecomesTheLinearClosureInLabelNoise) {
  Problem p{.output = power_law_spectrum(20, 0.6),
            .input = power_law_spectrum(1000, 1.2, ModeRule::binned),
            .batch = 17,
            .label_noise = 1e3,
            .energy = {}};
  p.energy = power_law_energy(p.output, p.input, 0.8);
  const ModeRates full = FullSignSgdGeneric(p)(p.energy);
  const Coefficients linear = signsgd_generic_coefficients(p);
  const double root = std::sqrt(2 * population_risk(p, p.energy));
  EXPECT_LT((full.rate * root / linear.drift - 1).abs().maxCoeff(), 1e-4);
  EXPECT_LT((full.diffusion / linear.diffusion - 1).abs().maxCoeff(), 1e-4);
}

TEST(FullSignSgd, RefusesWhatItDoesNotCover) {
  Problem p = power_law(8, 8, 8, 1.0, 1.0);
  EXPECT_THROW(FullSignSgd(p, Eigen::MatrixXd::Identity(7, 7)), StudyError);
  p.batch = infinite_batch;
  EXPECT_THROW(FullSignSgd(p, Eigen::MatrixXd::Identity(8, 8)), StudyError);
  EXPECT_THROW(FullSignSgdGeneric{p}, StudyError);
}

// What a run at far too large a rate leaves behind: a moment that round-off has made slightly negative still has rates,
// and one that is not finite is refused in words.
TEST(FullSignSgd, MomentsThatAreNotPositiveOrNotFinite) {
  Problem p{.output = isotropic_spectrum(16), .input = power_law_spectrum(16, 1.0), .batch = 64, .energy = {}};
  p.energy = power_law_energy(p.output, p.input, 0.6);
  const FullSignSgd rates(p, draw_basis(Basis::haar, 16, 1, 0));
  Eigen::MatrixXd moment = Eigen::MatrixXd::Zero(16, 16);
  moment(0, 0) = 1;
  moment(3, 3) = -1e-3;
  const MomentRates now = rates(moment);
  EXPECT_TRUE(now.drift.allFinite() && now.diffusion.allFinite());
  moment(0, 0) = 0;
  EXPECT_THROW(rates(moment), NumericalError);
  moment(2, 2) = std::nan("");
  EXPECT_THROW(rates(moment), NumericalError);
  EXPECT_THROW(rates(Eigen::MatrixXd::Zero(16, 16)), StudyError);
}

}  // namespace
}  // namespace muonphase
