#include "muonphase/closures/full/full_signsvd.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "closures/power_law.hpp"
#include "closures/training_data.hpp"
#include "muonphase/closures/linear/coefficients.hpp"
#include "muonphase/core/error.hpp"
#include "muonphase/dynamics/systems/quasilinear.hpp"

namespace muonphase {
namespace {

double worst(const Eigen::ArrayXXd& a, const Eigen::ArrayXXd& b) {
  return (a / b).log().abs().maxCoeff();
}

TEST(FullSignSvd, FollowsTrainingToTwoPerCent) {
  const auto curves = training_curves("signsvd");
  ASSERT_EQ(curves.size(), 2U);
  for (const auto& truth : curves) {
    const auto steps = static_cast<Eigen::Index>(truth.step.size());
    FullSignSvd rates(truth.problem, FullClosureOptions::fast());
    const RiskCurve curve = integrate_quasilinear(truth.problem, std::ref(rates), ConstantRate{truth.learning_rate},
                                                  Eigen::Map<const Eigen::ArrayXd>(truth.step.data(), steps));
    for (Eigen::Index i = 1; i < steps; ++i) {
      const auto k = static_cast<std::size_t>(i);
      const double deviation = std::abs(std::log(curve.risk(i) / curve.risk(0) / truth.mean[k]));
      EXPECT_LT(deviation, 0.02 + 2 * truth.error[k] / truth.mean[k])
          << truth.problem.batch << " step " << truth.step[k];
    }
  }
}

// Quadrature is not the limit: points, s-nodes, groups of modes and tolerance, each refined in turn.
TEST(FullSignSvd, QuadratureConverges) {
  for (const Problem& p :
       {power_law(96, 96, 96, 1.0, 0.6), power_law(128, 64, 16, 2, 1.0), power_law(64, 128, 64, 0.6, 0.4)}) {
    const Eigen::ArrayXd share = p.input.eigenvalue * p.energy.row(0).transpose();
    const auto of = [&](const FullClosureOptions& options) {
      return Eigen::ArrayXd(FullSignSvd(p, options)(p.energy).rate.row(0).transpose());
    };
    const auto decay = [&](const Eigen::ArrayXd& rate) { return (share * rate).sum(); };  // of the risk
    const FullClosureOptions accurate, fast = FullClosureOptions::fast();
    FullClosureOptions fine{8192, 1000, 0.5, 1e-8};
    const Eigen::ArrayXd reference = of(fine), normal = of(accurate), quick = of(fast);
    EXPECT_NEAR(decay(normal) / decay(reference), 1, 1e-3);
    EXPECT_LT(worst(normal, reference), 3e-3);
    EXPECT_NEAR(decay(quick) / decay(reference), 1, 4e-3);
    FullClosureOptions nodes = accurate;
    nodes.s_step = 0.4;
    EXPECT_LT(worst(of(nodes), normal), 2e-5);
  }
}

TEST(FullSignSvd, WarmStartReachesTheColdSolution) {
  const Problem p = power_law(80, 60, 40, 1.4, 0.6);
  FullSignSvd warm(p, FullClosureOptions::fast());
  warm(p.energy);
  const Eigen::ArrayXXd later = p.energy * (-0.3 * p.input.eigenvalue.sqrt().transpose()).exp();
  Problem at_later = p;
  at_later.energy = later;
  const ModeRates a = warm(later), b = FullSignSvd(p, FullClosureOptions::fast())(later);
  EXPECT_LT(worst(a.rate, b.rate), 2e-3);
}

// Σ V is the rank of the gradient; with min(n, B) ≥ d every mode lies in its row space.
// On its way to the floor this run passes a state from which the solution before leads nowhere.
TEST(FullSignSvd, StartsAfreshWhereTheSolutionBeforeLeadsNowhere) {
  Problem problem{.output = isotropic_spectrum(1e4),
                  .input = power_law_spectrum(1e4, 2.4, ModeRule::binned),
                  .batch = 1e4,
                  .output_basis = Basis::generic,
                  .input_basis = Basis::generic,
                  .energy = {}};
  problem.energy = power_law_energy(problem.output, problem.input, 0.4);
  const Eigen::ArrayXd record{{0.0, 1e5}};
  const auto risk = [&](double eta) {
    FullSignSvd rates(problem, FullClosureOptions::fast());
    return integrate_quasilinear(problem, std::ref(rates), ConstantRate{eta}, record, {.tolerance = 2e-3}).risk(1);
  };
  const double below = risk(1.9e-4), above = risk(2.2e-4);
  EXPECT_NEAR(std::log(risk(0.000207176)), 0.5 * std::log(below * above), 0.05);
}

TEST(FullSignSvd, DiffusionCountsTheRank) {
  for (const Problem& p :
       {power_law(96, 64, 128, 1.0, 0.6), power_law(96, 64, 20, 1.6, 0.6), power_law(48, 96, 200, 0.8, 0.6)}) {
    const ModeRates rates = FullSignSvd(p, FullClosureOptions::fast())(p.energy);
    const double rank = std::min({p.n_out(), p.n_in(), p.batch});
    EXPECT_NEAR(p.n_out() * rates.diffusion.sum() / rank, 1, 1e-10);
    if (rank == p.n_in()) {
      EXPECT_TRUE((rates.diffusion == 1 / p.n_out()).all());
    }
    EXPECT_LE(p.n_out() * rates.diffusion.maxCoeff(), 1.01);
  }
}

// With a batch far above n and d the gradient is its mean, and its polar factor moves every mode by the same length.
TEST(FullSignSvd, BecomesSpectralDescentAsTheBatchGrows) {
  double previous = 2;
  for (double batch : {1e4, 1e6, 1e8}) {
    const Problem p = power_law(4000, 8, batch, 0.8, 1.0);
    const ModeRates rates = FullSignSvd(p)(p.energy);
    const double gap = (rates.rate * (p.n_out() * p.energy).sqrt() - 1).abs().maxCoeff();
    EXPECT_LT(gap, 0.5 * previous);
    previous = gap;
  }
  EXPECT_LT(previous, 2e-3);
}

// In label noise what is left of the difference to the linear closure is the fluctuation of τ over the inputs, which
// falls as 1/d; before that it falls with the share of the signal, as 1/σ².
TEST(FullSignSvd, BecomesTheLinearClosureInLabelNoise) {
  const auto gap = [](double d, double noise) {
    Problem p = power_law(d, d, d, 1.0, 0.6, ModeRule::binned);
    p.label_noise = noise;
    const ModeRates full = FullSignSvd(p)(p.energy);
    const Coefficients linear = signsvd_coefficients(p);
    return worst(full.rate * std::sqrt(2 * population_risk(p, p.energy)), linear.drift);
  };
  double previous = 0.5;
  for (double noise : {1.0, 4.0, 16.0, 64.0}) {
    const double now = gap(2048, noise);
    EXPECT_LT(now, 0.7 * previous) << noise;
    previous = now;
  }
  EXPECT_LT(previous, 1e-3);
  EXPECT_LT(gap(2048, 1e3), 0.4 * gap(512, 1e3));
}

// Rates scale as 1/√R and energies have no other unit.
TEST(FullSignSvd, IsScaleInvariant) {
  Problem p = power_law(40, 30, 20, 1.2, 0.4);
  p.label_noise = 0.7;
  const ModeRates one = FullSignSvd(p, FullClosureOptions::fast())(p.energy);
  p.energy *= 1e6;
  p.label_noise *= 1e3;
  const ModeRates other = FullSignSvd(p, FullClosureOptions::fast())(p.energy);
  EXPECT_LT(worst(one.rate, 1e3 * other.rate), 1e-3);
  EXPECT_LT(worst(one.diffusion, other.diffusion), 1e-3);
}

TEST(FullSignSvd, BinnedModesAgreeWithExactOnes) {
  const Problem exact = power_law(512, 512, 256, 1.2, 0.8),
                binned = power_law(512, 512, 256, 1.2, 0.8, ModeRule::binned);
  const ModeRates a = FullSignSvd(exact, FullClosureOptions::fast())(exact.energy);
  const ModeRates b = FullSignSvd(binned, FullClosureOptions::fast())(binned.energy);
  const double fall = (risk_weight(exact) * exact.energy * a.rate).sum();
  EXPECT_NEAR((risk_weight(binned) * binned.energy * b.rate).sum() / fall, 1, 3e-3);
}

TEST(FullSignSvd, RefusesWhatItDoesNotCover) {
  Problem p = power_law(8, 8, 8, 1.0, 1.0);
  p.batch = infinite_batch;
  EXPECT_THROW(FullSignSvd{p}, StudyError);
  p.batch = 4;
  FullSignSvd rates(p, FullClosureOptions::fast());
  EXPECT_THROW(rates(Eigen::ArrayXXd::Zero(1, 8)), StudyError);
  p.output = power_law_spectrum(8, 1.0);
  EXPECT_THROW(FullSignSvd{p}, StudyError);
}

}  // namespace
}  // namespace muonphase
