#include "muonphase/closures/linear/resolution.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "muonphase/closures/linear/coefficients.hpp"

namespace muonphase {
namespace {

// Numbers published with "Phases of Muon": N = 1000, α = 1.5, N/B = 2 and 10.
TEST(Resolution, PublishedNumbers) {
  const Spectrum s = power_law_spectrum(1000, 1.5);
  EXPECT_NEAR(resolution(s, 500).scale, 8468.36, 0.005);
  EXPECT_NEAR(resolution(s, 500).mode, 415.5, 0.05);
  EXPECT_NEAR(resolution(s, 100).scale, 364.98, 0.005);
  EXPECT_NEAR(resolution(s, 100).mode, 51.1, 0.05);
}

TEST(Resolution, FilledSharesAddUpToTheRankAndAreTheDiffusionOfSignSvd) {
  for (const double d : {300.0, 1e9})
    for (const double rank : {0.3, 1.0, 7.0, 0.9 * d}) {
      const Spectrum s = power_law_spectrum(d, 1.2);
      const Resolution r = resolution(s, rank);
      const Eigen::ArrayXd filled = r.scale * s.eigenvalue / (1 + r.scale * s.eigenvalue);
      EXPECT_NEAR((s.weight * filled).sum() / rank, 1, 1e-12);
      EXPECT_NEAR(r.mode / std::pow(r.scale, 1 / 1.2), 1, 1e-9);
    }
  const Problem p{.output = isotropic_spectrum(400), .input = power_law_spectrum(300, 1.2), .batch = 40, .energy = {}};
  const Resolution r = resolution(p.input, 40);
  const Eigen::ArrayXd filled = r.scale * p.input.eigenvalue / (1 + r.scale * p.input.eigenvalue);
  EXPECT_LT((400 * signsvd_coefficients(p).diffusion.row(0).transpose() / filled - 1).abs().maxCoeff(), 1e-9);
}

TEST(Resolution, NoneWhereEverythingIsResolvedOrNothingDiffers) {
  const Spectrum s = power_law_spectrum(20, 1);
  EXPECT_TRUE(std::isnan(resolution(s, 20).scale) && std::isnan(resolution(s, 25).mode));
  const Resolution flat = resolution(isotropic_spectrum(100), 20);
  EXPECT_NEAR(flat.scale, 0.25, 1e-12);
  EXPECT_TRUE(std::isnan(flat.mode));
}

}  // namespace
}  // namespace muonphase
