#include "muonphase/problem/spectrum.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "muonphase/core/error.hpp"
#include "muonphase/problem/problem.hpp"

namespace muonphase {
namespace {

TEST(Spectrum, PowerLawIsExactBelowTheThreshold) {
  const Spectrum s = power_law_spectrum(1000, 1.2);
  ASSERT_EQ(s.nodes(), 1000);
  EXPECT_TRUE(s.exact());
  EXPECT_DOUBLE_EQ(s.eigenvalue(9), std::pow(10.0, -1.2));
}

TEST(Spectrum, BinnedWeightsCountEveryMode) {
  for (double d : {1.0, 31.0, 33.0, 50.0, 97.0, 1e3, 12345.0, 1e6, 1e9, 1e12}) {
    const Spectrum s = power_law_spectrum(d, 1.0, ModeRule::binned);
    EXPECT_NEAR(s.dimension() / d, 1, 1e-13) << d;
    EXPECT_NEAR((s.weight * s.index).sum() / (d * (d + 1) / 2), 1, 1e-12) << d;
    EXPECT_LE(s.index.maxCoeff(), d);
    EXPECT_LT(s.nodes(), 290);
  }
}

// The risk of decaying modes, with the rates of square-root preconditioning (f ∝ √λ) and of SGD (f ∝ λ), until nine
// decades below the start (beyond, only the edge mode is left).
TEST(Spectrum, BinnedRiskMatchesExactModesTo1em6) {
  for (double alpha : {0.0, 0.6, 1.4, 2.0, 2.6})
    for (double beta : {0.0, 1.0, 3.0})
      for (double rate_power : {0.5, 1.0}) {
        const Spectrum exact = power_law_spectrum(1e5, alpha, ModeRule::exact);
        const Spectrum binned = power_law_spectrum(1e5, alpha, ModeRule::binned);
        double start = 0;
        for (double s = 1e-2; s < 1e13; s *= 7) {
          const auto risk = [&](const Spectrum& m) {
            return (m.weight * m.eigenvalue * m.index.pow(-beta) * (-2 * s * m.eigenvalue.pow(rate_power)).exp())
                .sum();
          };
          const double reference = risk(exact);
          if (start == 0) start = reference;
          if (reference < 1e-9 * start) break;
          EXPECT_NEAR(risk(binned) / reference, 1, 1e-6) << alpha << " " << beta << " " << rate_power << " " << s;
        }
      }
}

TEST(Spectrum, RefusesWhatIsNotASpectrum) {
  EXPECT_THROW(power_law_spectrum(0, 2), StudyError);
  EXPECT_THROW(power_law_spectrum(2.5, 2), StudyError);
  EXPECT_THROW(power_law_spectrum(10, -1), StudyError);
  EXPECT_THROW(power_law_spectrum(10, std::nan("")), StudyError);
  EXPECT_THROW(spectrum_of(Eigen::ArrayXd::Zero(3)), StudyError);
  EXPECT_THROW(spectrum_of(Eigen::ArrayXd()), StudyError);
}

TEST(Problem, RiskOfThePowerLawTarget) {
  Problem p{.output = isotropic_spectrum(7),
            .input = power_law_spectrum(50, 0.8),
            .batch = 3,
            .label_noise = 0.5,
            .energy = {}};
  p.energy = power_law_energy(p.output, p.input, 0.6);
  double expected = 0.25;
  for (int j = 1; j <= 50; ++j) expected += std::pow(j, -2 * 0.4 - 2 * 0.3);
  EXPECT_NEAR(population_risk(p, p.energy), expected / 2, 1e-14);
  EXPECT_NO_THROW(validate(p));
  p.batch = 2.5;
  EXPECT_THROW(validate(p), StudyError);
}

}  // namespace
}  // namespace muonphase
