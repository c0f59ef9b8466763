#include "muonphase/closures/full/full_signsvd_two_sided.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "muonphase/closures/full/full_signsvd.hpp"
#include "muonphase/closures/full/validity.hpp"
#include "muonphase/closures/linear/coefficients.hpp"
#include "muonphase/core/polar.hpp"
#include "muonphase/core/random.hpp"

namespace muonphase {
namespace {

Problem two_sided(double n, double d, double batch, double alpha_out, double alpha, double noise) {
  Problem p{.output = power_law_spectrum(n, alpha_out),
            .input = power_law_spectrum(d, alpha),
            .batch = batch,
            .label_noise = noise,
            .energy = {}};
  p.energy = power_law_energy(p.output, p.input, 0.6);
  return p;
}

TEST(FullSignSvdTwoSided, BecomesTheLinearClosureInLabelNoise) {
  for (double batch : {24.0, 200.0}) {
    const Problem p = two_sided(40, 30, batch, 0.2, 0.2, 1e3);
    const ModeRates full = FullSignSvdTwoSided(p)(p.energy);
    const Coefficients linear = signsvd_coefficients(p);
    const double root = std::sqrt(2 * population_risk(p, p.energy));
    // What is left is the fluctuation of τ over the finite number of modes.
    EXPECT_LT((full.rate * root / linear.drift - 1).abs().maxCoeff(), 0.08) << batch;
    EXPECT_LT((full.diffusion / linear.diffusion - 1).abs().maxCoeff(), 0.05) << batch;
  }
}

TEST(FullSignSvdTwoSided, DiffusionCountsTheRank) {
  for (double batch : {20.0, 60.0}) {
    const Problem p = two_sided(40, 30, batch, 0.6, 1.0, 0);
    const ModeRates rates = FullSignSvdTwoSided(p, FullClosureOptions::fast())(p.energy);
    EXPECT_NEAR(rates.diffusion.sum() / std::min(batch, 30.0), 1, 1e-9);
    if (batch > 30) {
      EXPECT_NEAR(rates.diffusion.colwise().sum().maxCoeff(), 1, 1e-9);
    }
  }
}

// With equal output eigenvalues it is another approximation of the same thing.
TEST(FullSignSvdTwoSided, AgreesWithTheOneSidedClosure) {
  const Problem profile = two_sided(64, 48, 64, 0, 1.0, 0);
  Problem one = profile;
  one.output = isotropic_spectrum(64);
  one.energy = power_law_energy(one.output, one.input, 0.6);
  const ModeRates a = FullSignSvdTwoSided(profile)(profile.energy), b = FullSignSvd(one)(one.energy);
  const double fall = (risk_weight(profile) * profile.energy * a.rate).sum();
  EXPECT_NEAR((risk_weight(one) * one.energy * b.rate).sum() / fall, 1, 0.03);
}

Eigen::MatrixXd target(const Problem& p, std::uint64_t seed) {
  return normals<double>({.seed = seed}, p.output.nodes(), p.input.nodes()).cwiseProduct(p.energy.sqrt().matrix());
}

double fall(const Problem& p, const Eigen::MatrixXd& delta, const Eigen::MatrixXd& step) {
  return (risk_weight(p) * delta.array() * step.array()).sum();
}

// Nothing given, and a mean of zero.
TEST(FullSignSvdTwoSided, AGivenMatrixOfZerosIsNone) {
  const Problem p = two_sided(20, 30, 16, 0.8, 1.2, 0.1);
  const ModeRates energies = FullSignSvdTwoSided(p, FullClosureOptions::fast())(p.energy);
  const EntryRates given =
      FullSignSvdTwoSided(p, FullClosureOptions::fast())(EntryMoments{Eigen::MatrixXd::Zero(20, 30), p.energy});
  EXPECT_LT((given.rate / energies.rate - 1).abs().maxCoeff(), 1e-9);
  EXPECT_LT((given.diffusion / energies.diffusion - 1).abs().maxCoeff(), 1e-9);
  EXPECT_EQ(given.step.norm(), 0);
}

// Without noise the mean step is the polar factor of the mean gradient.
TEST(FullSignSvdTwoSided, AGivenMatrixIsFollowedBySpectralDescent) {
  for (const auto& [n, d] : {std::pair{24, 16}, {16, 24}}) {
    const Problem p = two_sided(n, d, 1e10, 0.4, 0.6, 0);
    const Eigen::MatrixXd delta = target(p, 5);
    const EntryRates rates = FullSignSvdTwoSided(p)(EntryMoments{delta, Eigen::ArrayXXd::Zero(n, d)});
    const Eigen::MatrixXd gradient =
        p.output.eigenvalue.matrix().asDiagonal() * delta * p.input.eigenvalue.matrix().asDiagonal();
    EXPECT_LT((rates.step - polar_factor<double>(gradient)).norm(), 0.01 * 4) << n;  // of a norm of √16
  }
}

// A mean that is one large entry is no random matrix: the closure of the energies takes its drift 13 % too small. The
// means of 1500 batches are good to 0.8 %, three times which is met 997 times in a thousand.
TEST(FullSignSvdTwoSided, DriftOfAGivenMatrixIsTrainings) {
  const Problem p = two_sided(32, 24, 32, 1.6, 1.6, 0);
  const Eigen::MatrixXd delta = target(p, 8);
  double drift = 0;
  constexpr int batches = 1500;
  const auto root_out = p.output.eigenvalue.sqrt().matrix().asDiagonal();
  const auto root_in = p.input.eigenvalue.sqrt().matrix().asDiagonal();
  for (std::uint64_t k = 0; k < batches; ++k) {
    const Eigen::MatrixXd out = normals<double>({9, k, 0, Purpose::batch_out}, 32, 32) * root_out;
    const Eigen::MatrixXd in = normals<double>({9, k, 0, Purpose::batch_in}, 32, 24) * root_in;
    const Eigen::VectorXd residual = (out * delta).cwiseProduct(in).rowwise().sum();
    const Eigen::MatrixXd gradient = out.transpose() * residual.asDiagonal() * in;
    drift += fall(p, delta, polar_factor<double>(gradient, PolarMethod::qdwh)) / batches;
  }
  const EntryRates given = FullSignSvdTwoSided(p)(EntryMoments{delta, Eigen::ArrayXXd::Zero(32, 24)});
  const ModeRates energies = FullSignSvdTwoSided(p)(delta.array().square());
  EXPECT_NEAR(fall(p, delta, given.step) / drift, 1, 0.03);
  EXPECT_LT(fall(p, delta, (energies.rate * delta.array()).matrix()) / drift, 0.9);
}

TEST(Validity, KnowsStrongAndWeakSignals) {
  const Problem weak = two_sided(60, 60, 60, 0, 0, 3);
  EXPECT_TRUE(validity(weak, weak.energy).linear_closure_holds());
  Problem strong{.output = isotropic_spectrum(60), .input = power_law_spectrum(60, 2), .batch = 60, .energy = {}};
  strong.energy = power_law_energy(strong.output, strong.input, 1.0);
  const Validity v = validity(strong, strong.energy);
  EXPECT_FALSE(v.linear_closure_holds());
  double sum = 0, squares = 0;
  for (int j = 1; j <= 60; ++j) {
    sum += std::pow(j, -3.0);
    squares += std::pow(j, -6.0);
  }
  EXPECT_NEAR(v.largest_share, 1 / sum, 1e-12);
  EXPECT_NEAR(v.effective_dimension, sum * sum / squares, 1e-12);
  const ValidityTrack track = validity_along(strong, (60 * strong.energy).replicate(3, 1));
  EXPECT_NEAR(track.largest_share(2), v.largest_share, 1e-14);
}

}  // namespace
}  // namespace muonphase
