#include "muonphase/closures/linear/spectral.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <tuple>

#include "closures/average_measure.hpp"
#include "muonphase/core/error.hpp"
#include "muonphase/core/polar.hpp"
#include "muonphase/core/random.hpp"

namespace muonphase {
namespace {

const SpectralPoles& quintic() {
  static const SpectralPoles poles = spectral_poles(newton_schulz_map(quintic_steps(5)));
  return poles;
}

const std::vector<Quintic>& express_set() {
  return std::find_if(quintic_sets().begin(), quintic_sets().end(),
                      [](const auto& set) { return set.name == "polar-express"; })
      ->quintics;
}

double value_of(const SpectralPoles& poles, double x) {
  return (poles.odd * x / (x * x + poles.p.square())).real().sum();
}

TEST(SpectralPoles, StandForTheMapAndItsSquare) {
  for (const SpectralMap& map :
       {newton_schulz_map(quintic_steps(5)), newton_schulz_map(quintic_steps(5, {{1.5, -0.5, 0}})),
        newton_schulz_map({muon_quintic}), tempered_map(0.01), power_map(0.5, 1), power_map(0.1, 1), power_map(1, 1),
        power_map(-0.5, 0.02)}) {
    const SpectralPoles poles = spectral_poles(map);
    for (double x = 1e-4; x < 1; x *= 1.013) {
      const double h = map.value(x);
      EXPECT_NEAR(value_of(poles, x), h, 1e-4) << x;
      EXPECT_NEAR((poles.even * x * x / (x * x + poles.p.square())).real().sum(), h * h, 2e-4) << x;
    }
    // Small singular values: relative accuracy.
    EXPECT_NEAR(value_of(poles, 1e-7) / map.value(1e-7), 1, 1e-4);
  }
}

// z = u √K times a direction, u independent of it, is what a vector of K Gaussian residuals is: a map of the direction
// alone is the mean over u of the corrected one; the drift weighs u by itself.
TEST(SpectralPoles, SpreadNormIsUndoneByTheMeanOverIt) {
  const SpectralPoles poles = spectral_poles(tempered_map(0.05));
  const double samples = 60;
  const SpectralPoles spread = with_spread_norm(poles, 1 / (2 * samples));
  for (double x : {0.005, 0.05, 0.2}) {
    double odd = 0, even = 0, mean = 0, weight = 0;
    for (double u = 0.3; u < 2; u += 0.002) {
      const double density = std::exp((samples - 1) * std::log(u) - 0.5 * samples * (u * u - 1));
      const std::complex<double> square = u * x * u * x;
      weight += density;
      mean += density * u;
      odd += density * u * value_of(spread, u * x);
      even += density * (spread.even * square / (square + spread.p.square())).real().sum();
    }
    const double h = value_of(poles, x);
    EXPECT_NEAR(odd / mean / h, 1, 1e-3) << x;
    EXPECT_NEAR(even / weight / (h * h), 1, 2e-3) << x;
  }
}

TEST(SpectralPoles, OwnShareMovesTheNorm) {
  const SpectralPoles own = OwnShare(quintic())(0.3);
  for (double x : {1e-3, 0.1, 0.5, 0.9}) {
    const double seen = x / std::sqrt(1 + x * x - 0.3);
    EXPECT_NEAR(value_of(own, x), value_of(quintic(), seen), 3e-3) << x;
  }
}

// Published sets, one triple a step. The wiggles of polar-express are 1 % of x apart, and its poles stand for means
// over 5 %.
TEST(SpectralPoles, StandForEverySet) {
  for (const auto& set : quintic_sets()) {
    const SpectralMap map = newton_schulz_map(quintic_steps(set.steps, set.quintics));
    const SpectralPoles poles = spectral_poles(map);
    const double width = set.name == "polar-express" ? 0.05 : 0;
    double most = 0;
    for (double x = 1e-6; x <= 0.95; x *= 1.013) {
      double mean = 0;
      for (int i = -50; i <= 50; ++i) mean += map.value(x * std::exp(width * i / 50)) / 101;
      most = std::max(most, mean);
      EXPECT_NEAR(value_of(poles, x), mean, (width > 0 ? 0.01 : 5e-4) * most) << set.name << " " << x;
    }
  }
}

// Steps whose wiggles fill all scales: poles stand for means over 40 % at most.
TEST(SpectralPoles, StandForManySteps) {
  for (const int steps : {9, 20}) {
    const SpectralMap map = newton_schulz_map(quintic_steps(steps));
    const SpectralPoles poles = spectral_poles(map);
    EXPECT_LT(poles.p.size(), 700) << steps;
    for (double x = 1e-4; x <= 0.3; x *= 1.3) {
      double mean = 0, found = 0;
      for (int i = -2000; i <= 2000; ++i) {
        const double at = x * std::exp(0.6 * i / 2000);
        mean += map.value(at) / 4001;
        found += i % 20 == 0 ? value_of(poles, at) / 201 : 0;
      }
      EXPECT_NEAR(found / mean, 1, steps < 20 ? 0.01 : 0.03) << steps << " steps at " << x;
    }
  }
}

TEST(SpectralPoles, RefuseMapsThatBlowUp) {
  EXPECT_THROW(spectral_poles(newton_schulz_map(quintic_steps(5, {{3, 0, 2}}))), NumericalError);
  EXPECT_THROW(tempered_map(0), StudyError);
  EXPECT_THROW(power_map(1.1, 0.5), StudyError);
  EXPECT_THROW(power_map(-0.5, 0), StudyError);
}

// The tempered sign and many cubic steps of Newton–Schulz are the exact sign, whose coefficients come from an integral
// over real s: two roads to drift, diffusion and lags, one- and two-sided, with deficient rank (B = 8) too.
TEST(Muon, ManyCubicStepsAreTheExactSign) {
  const SpectralPoles cubic = spectral_poles(newton_schulz_map(quintic_steps(40, {{1.5, -0.5, 0}})));
  const SpectralPoles tempered = spectral_poles(tempered_map(1e-6));
  for (double alpha_out : {0.0, 0.8})
    for (auto [mu, batch] : {std::tuple{0.0, 8.0}, {0.0, 300.0}, {0.8, 8.0}, {0.8, infinite_batch}}) {
      const Problem p = problem_of(30, 20, batch, alpha_out, 1.4);
      const Window momentum = momentum_window(mu);
      const Coefficients exact = spectral_coefficients(p, {momentum, {}});
      for (const SpectralPoles* poles : {&cubic, &tempered}) {
        const Coefficients c = spectral_coefficients(p, {momentum, *poles});
        EXPECT_LT((c.drift / exact.drift - 1).abs().maxCoeff(), 1e-4) << batch;
        EXPECT_LT((c.diffusion / exact.diffusion - 1).abs().maxCoeff(), 1e-4) << batch;
        const double rank = mu > 0 ? 20 : std::min(batch, 20.0);
        EXPECT_NEAR(total(p, spectral_lagged_diffusion(p, 0, {momentum, *poles})) / rank, 1, 1e-4) << batch;
      }
    }
}

// Where the output is isotropic V(0) needs one resolvent only; as a spectrum barely tilted it takes pairs of them.
TEST(Muon, OneAndTwoSidedDiffusionMeet) {
  const SpectralRule rule{momentum_window(0.6), quintic()};
  const Problem flat = problem_of(24, 16, 10, 0, 1.2), tilted = problem_of(24, 16, 10, 2e-7, 1.2);
  const Eigen::ArrayXXd ratio = spectral_lagged_diffusion(tilted, 0, rule) / spectral_lagged_diffusion(flat, 0, rule);
  EXPECT_LT((ratio - 1).abs().maxCoeff(), 3e-4);
}

// Small singular values: p iterated is a⁵ x, and the drift that of SGD on G/‖G‖_F.
TEST(Muon, BelowItsReachNewtonSchulzIsLinear) {
  const SpectralPoles slope = spectral_poles(newton_schulz_map(quintic_steps(2, {{1.1, -0.2, 0.1}})));
  const Problem p = problem_of(1e5, 1e5, infinite_batch, 0, 0);
  const Coefficients c = spectral_coefficients(p, {Window{}, slope});
  EXPECT_NEAR(c.drift(0, 0) / (1.1 * 1.1 * std::sqrt(1e5) / 1e5), 1, 1e-3);
}

// The first power is the gradient over its norm.
TEST(SpectralPower, OfOneIsTheNormalisedGradient) {
  const SpectralPoles poles = spectral_poles(power_map(1, 1));
  for (const double alpha_out : {0.0, 0.7}) {
    const Problem p = problem_of(60, 40, infinite_batch, alpha_out, 1.2);
    const Coefficients c = spectral_coefficients(p, {Window{}, poles});
    // ‖G‖_F in units of 1/√B, and the drift with the factor √n_out of that limit.
    const double norm = std::sqrt(p.output.trace() * p.input.trace());
    const Eigen::ArrayXXd product = (p.output.eigenvalue.matrix() * p.input.eigenvalue.matrix().transpose()).array();
    EXPECT_LT((c.drift / (product * std::sqrt(60) / norm) - 1).abs().maxCoeff(), 1e-3) << alpha_out;
    EXPECT_LT((c.diffusion / (product / (norm * norm)) - 1).abs().maxCoeff(), 1e-3) << alpha_out;
  }
}

// Powers near zero are near the exact sign.
TEST(SpectralPower, GoesToThePolarFactor) {
  const Problem p = problem_of(30, 20, 12, 0.6, 1.2);
  const Coefficients exact = spectral_coefficients(p, {});
  const Coefficients c = spectral_coefficients(p, {Window{}, spectral_poles(power_map(1e-3, 1))});
  EXPECT_LT((c.drift / exact.drift - 1).abs().maxCoeff(), 0.01);
  EXPECT_LT((c.diffusion / exact.diffusion - 1).abs().maxCoeff(), 0.01);
}

enum class Map { exact, quintic, express, root, inverse_root };

const SpectralPoles& poles_of(Map map) {
  static const SpectralPoles exact, express = spectral_poles(newton_schulz_map(quintic_steps(5, express_set()))),
                                    root = spectral_poles(power_map(0.5, 1)),
                                    inverse = spectral_poles(power_map(-0.5, 0.05));
  switch (map) {
    case Map::exact:
      return exact;
    case Map::quintic:
      return quintic();
    case Map::express:
      return express;
    case Map::root:
      return root;
    case Map::inverse_root:
      return inverse;
  }
  return exact;
}

Eigen::MatrixXd updated(const Eigen::MatrixXd& m, Map map) {
  switch (map) {
    case Map::exact:
      return polar_factor<double>(m);
    case Map::quintic:
      return newton_schulz<double>(m);
    case Map::express:
      return newton_schulz<double>(m, quintic_steps(5, express_set()));
    case Map::root:
      return map_singular_values<double>(m, polar_factor<double>(m), power_map(0.5, 1).value);
    case Map::inverse_root:
      return map_singular_values<double>(m, polar_factor<double>(m), power_map(-0.5, 0.05).value);
  }
  return m;
}

// Statistical errors of these totals are below 0.5 %.
void matches_monte_carlo(double n, double d, double mu, double batch, Map map, int steps, double drift_tolerance) {
  const Problem p = problem_of(n, d, batch, 0, 1.0);
  const Window momentum = momentum_window(mu);
  const SpectralRule rule{momentum, poles_of(map)};
  const auto phi = [&](const Eigen::MatrixXd& m) { return updated(m, map); };
  const std::vector<int> lags{0, 1, 5, 20};
  const std::vector<Eigen::ArrayXXd> measured = measure(p, momentum, lags, steps, phi);
  const double instant = total(p, spectral_lagged_diffusion(p, 0, rule));
  for (std::size_t i = 0; i < lags.size(); ++i)
    EXPECT_NEAR(measured[i].sum() / instant, total(p, spectral_lagged_diffusion(p, lags[i], rule)) / instant, 0.02)
        << "mu " << mu << " batch " << batch << " map " << static_cast<int>(map) << " lag " << lags[i];
  const Eigen::ArrayXd drift = spectral_coefficients(p, rule).drift.row(0).transpose();
  const Eigen::ArrayXd response = measure_drift(p, momentum, steps, phi);
  EXPECT_NEAR(response.sum() / drift.sum(), 1, drift_tolerance)
      << "mu " << mu << " batch " << batch << " map " << static_cast<int>(map);
  // Weighted towards the strongest modes: few samples with 14 effective inputs give the first mode 3 % less.
  EXPECT_NEAR((response * drift).sum() / drift.square().sum(), 1,
              std::max(drift_tolerance, mu == 0 && batch < 16 ? 0.04 : 0.0))
      << "mu " << mu << " batch " << batch << " map " << static_cast<int>(map);
}

TEST(Muon, MatchesMonteCarlo) {
  matches_monte_carlo(32, 24, 0.8, 16, Map::quintic, 1500, 0.04);
  matches_monte_carlo(32, 24, 0, 128, Map::quintic, 500, 0.04);
  matches_monte_carlo(64, 64, 0, 8, Map::quintic, 1500, 0.03);
}

TEST(SpectralPower, MatchesMonteCarlo) {
  matches_monte_carlo(32, 24, 0.6, 32, Map::root, 800, 0.04);
  matches_monte_carlo(32, 24, 0, 128, Map::inverse_root, 500, 0.04);
}

TEST(Muon, WithOneTripleAStepMatchesMonteCarlo) {
  matches_monte_carlo(32, 24, 0.6, 32, Map::express, 800, 0.04);
}

TEST(MuonLong, MatchesMonteCarlo) {
  for (double mu : {0.0, 0.8, 0.95})
    for (double batch : {8.0, 64.0, 512.0})
      for (Map map : {Map::quintic, Map::exact})
        matches_monte_carlo(96, 64, mu, batch, map, batch < 64 ? 12000 : 3000, 0.02);
}

TEST(SpectralPowerLong, MatchesMonteCarlo) {
  for (Map map : {Map::express, Map::root, Map::inverse_root})
    for (double mu : {0.0, 0.8})
      for (double batch : {8.0, 64.0, 512.0})
        matches_monte_carlo(96, 64, mu, batch, map, batch < 64 ? 4000 : 1500, 0.02);
}

// ‖M‖_F² spreads however large the batch where both spectra are steep. Its relative variance is four times that of
// ln ‖M‖_F to first order; 3000 batches know it to some 5 %.
TEST(Spectral, NormSpreadsByPairsOfSamples) {
  for (const double batch : {32.0, 200.0}) {
    const Problem p = problem_of(24, 24, batch, 1.6, 1.6);
    const Eigen::MatrixXd out = p.output.eigenvalue.sqrt().matrix().asDiagonal(),
                          in = p.input.eigenvalue.sqrt().matrix().asDiagonal();
    const int draws = 3000;
    Eigen::ArrayXd square(draws);
    for (int i = 0; i < draws; ++i) {
      const auto number = static_cast<std::uint64_t>(i);
      const auto rows = static_cast<Eigen::Index>(batch);
      const Eigen::MatrixXd left = normals<double>({4, number, 0, Purpose::batch_out}, rows, 24) * out;
      const Eigen::MatrixXd right = normals<double>({4, number, 0, Purpose::batch_in}, rows, 24) * in;
      const Eigen::VectorXd z = normals<double>({4, number, 0, Purpose::label_noise}, rows, 1);
      square(i) = (left.transpose() * z.asDiagonal() * right).squaredNorm();
    }
    const double measured = (square / square.mean() - 1).square().mean() / 4;
    EXPECT_NEAR(log_norm_variance(p, sample_window({}, 0)) / measured, 1, 0.2) << "B = " << batch;
  }
}

}  // namespace
}  // namespace muonphase
