#include "muonphase/equivalent/full_signsvd_profile.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "muonphase/equivalent/coefficients.hpp"
#include "muonphase/equivalent/full_signsvd.hpp"
#include "muonphase/equivalent/validity.hpp"

namespace muonphase {
namespace {

Problem two_sided(double n, double d, double batch, double alpha_out, double alpha, double noise) {
  Problem p{.output = power_law_spectrum(n, alpha_out),
            .input = power_law_spectrum(d, alpha),
            .batch = batch,
            .label_noise = noise,
            .energy = {}};
  p.energy = power_law_energy(p.output, p.input, 0.3);
  return p;
}

TEST(FullSignSvdProfile, BecomesTheLinearClosureInLabelNoise) {
  for (double batch : {24.0, 200.0}) {
    const Problem p = two_sided(40, 30, batch, 0.1, 0.1, 1e3);
    const ModeRates full = FullSignSvdProfile(p)(p.energy);
    const Coefficients linear = signsvd_coefficients(p);
    const double root = std::sqrt(2 * population_risk(p, p.energy));
    // What is left is the fluctuation of τ over the finite number of modes.
    EXPECT_LT((full.rate * root / linear.drift - 1).abs().maxCoeff(), 0.08) << batch;
    EXPECT_LT((full.diffusion / linear.diffusion - 1).abs().maxCoeff(), 0.05) << batch;
  }
}

TEST(FullSignSvdProfile, DiffusionCountsTheRank) {
  for (double batch : {20.0, 60.0}) {
    const Problem p = two_sided(40, 30, batch, 0.3, 0.5, 0);
    const ModeRates rates = FullSignSvdProfile(p, FullClosureOptions::fast())(p.energy);
    EXPECT_NEAR(rates.diffusion.sum() / std::min(batch, 30.0), 1, 1e-9);
    if (batch > 30) {
      EXPECT_NEAR(rates.diffusion.colwise().sum().maxCoeff(), 1, 1e-9);
    }
  }
}

// With equal output eigenvalues it is another approximation of the same thing.
TEST(FullSignSvdProfile, AgreesWithTheOneSidedClosure) {
  const Problem profile = two_sided(64, 48, 64, 0, 0.5, 0);
  Problem one = profile;
  one.output = isotropic_spectrum(64);
  one.energy = power_law_energy(one.output, one.input, 0.3);
  const ModeRates a = FullSignSvdProfile(profile)(profile.energy), b = FullSignSvd(one)(one.energy);
  const double fall = (risk_weight(profile) * profile.energy * a.rate).sum();
  EXPECT_NEAR((risk_weight(one) * one.energy * b.rate).sum() / fall, 1, 0.03);
}

TEST(Validity, KnowsStrongAndWeakSignals) {
  const Problem weak = two_sided(60, 60, 60, 0, 0, 3);
  EXPECT_TRUE(validity(weak, weak.energy).linear_closure_holds());
  Problem strong{.output = isotropic_spectrum(60), .input = power_law_spectrum(60, 1), .batch = 60, .energy = {}};
  strong.energy = power_law_energy(strong.output, strong.input, 0.5);
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
