#include "muonphase/closures/linear/spectral_density.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "muonphase/core/error.hpp"
#include "muonphase/simulation/measured_coefficients.hpp"

namespace muonphase {
namespace {

Problem two_sided(double n, double d, double batch) {
  Eigen::ArrayXd out(static_cast<Eigen::Index>(n)), in(static_cast<Eigen::Index>(d));
  for (Eigen::Index k = 0; k < out.size(); ++k) out(k) = 2 * k < out.size() ? 4 : 1;
  for (Eigen::Index j = 0; j < in.size(); ++j) in(j) = 3 * j < in.size() ? 2 : 1;
  return {.output = spectrum_of(out), .input = spectrum_of(in), .batch = batch, .energy = {}};
}

double integral(const Eigen::ArrayXd& x, const Eigen::ArrayXd& density, double from, double to) {
  double sum = 0;
  for (Eigen::Index i = 1; i < x.size(); ++i)
    if (x(i - 1) >= from && x(i) <= to) sum += 0.5 * (x(i) - x(i - 1)) * (density(i) + density(i - 1));
  return sum;
}

// The mass of the bulk is the rank over the dimension.
TEST(SpectralDensity, MassIsThatOfTheRank) {
  for (const double batch : {20.0, 90.0, 300.0}) {
    const Problem p = two_sided(80, 60, batch);
    const SpectralDensity density = spectral_density(p, 4000);
    const double rank = std::min(60.0, batch), last = density.x(density.x.size() - 1);
    EXPECT_NEAR(80 * integral(density.x, density.out, 0, last) / rank, 1, 0.02);
    EXPECT_NEAR(60 * integral(density.x, density.in, 0, last) / rank, 1, 0.02);
  }
}

// Monte Carlo: 20 gradients of 240 eigenvalues each. Counts of eigenvalues, which repel each other, vary by less than a
// Poisson's √count: four of it fail once in 10⁴, for two batches of three ranges.
TEST(SpectralDensity, CountsEigenvaluesAsMonteCarloDoes) {
  for (const double batch : {120.0, 400.0}) {
    const Problem p = two_sided(240, 240, batch);
    const SpectralDensity density = spectral_density(p, 4000);
    const Eigen::ArrayXXd spectrum = measure_spectrum(p, 20, 1);
    for (const auto& [from, to] : {std::pair{0.02, 0.3}, {0.3, 3.0}, {3.0, 30.0}}) {
      const double count = static_cast<double>((spectrum >= from && spectrum < to).count());
      const double expected = integral(density.x, density.out, from, to) * static_cast<double>(spectrum.size());
      EXPECT_NEAR(expected / count, 1, 0.015 + 4 / std::sqrt(count)) << batch << " " << from;
    }
  }
}

TEST(SpectralDensity, RefusesAnInfiniteBatch) {
  Problem p = two_sided(8, 8, 4);
  p.batch = infinite_batch;
  EXPECT_THROW(spectral_density(p, 10), StudyError);
}

}  // namespace
}  // namespace muonphase
