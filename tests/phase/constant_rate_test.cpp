#include "muonphase/phase/constant_rate.hpp"

#include <gtest/gtest.h>

#include <boost/math/tools/minima.hpp>
#include <cmath>
#include <ostream>

#include "muonphase/dynamics/integrate.hpp"

namespace muonphase {
namespace {

// min_η R(T; η) by the accurate integrator: a dense scan of rates, then Brent inside the best bracket.
double brute_force(const ModeEquation& eq, double horizon, double around) {
  Eigen::ArrayXd recorded(2);
  recorded << 0, horizon;
  const auto risk = [&](double log_rate) {
    return std::log(integrate(eq, ConstantRate{std::exp(log_rate)}, recorded, {.tolerance = 1e-8}).risk(1));
  };
  double best = 0, lowest = 1e300;
  const double spacing = 0.02;
  for (int i = -60; i <= 60; ++i) {
    const double x = std::log(around) + i * spacing, value = risk(x);
    if (value < lowest) lowest = value, best = x;
  }
  const auto [x, value] = boost::math::tools::brent_find_minima(risk, best - spacing, best + spacing, 30);
  return std::exp(std::min(value, lowest));
}

struct Case {
  double n, d, alpha, beta, noise;
  bool svd;
};

void PrintTo(const Case& c, std::ostream* os) {
  *os << (c.svd ? "SignSVD" : "SignSGD") << " d=" << c.d << " alpha=" << c.alpha << " beta=" << c.beta
      << " noise=" << c.noise;
}

class TunedConstantRate : public testing::TestWithParam<Case> {};

TEST_P(TunedConstantRate, TunedRiskIsGoodToOnePerMille) {
  const auto [n, d, alpha, beta, noise, svd] = GetParam();
  Problem p{.output = isotropic_spectrum(n),
            .input = power_law_spectrum(d, alpha, ModeRule::binned),
            .batch = infinite_batch,
            .label_noise = noise,
            .energy = {}};
  p.energy = power_law_energy(p.output, p.input, beta);
  const ModeEquation eq = mode_equation(p, svd ? signsvd_coefficients(p) : signsgd_generic_coefficients(p));
  const Eigen::ArrayXd horizons = Eigen::ArrayXd::LinSpaced(6, 0, std::log(1e9)).exp();
  const TunedCurve tuned = best_constant_rate(eq, horizons);
  for (Eigen::Index h = 0; h < horizons.size(); ++h) {
    const double reference = brute_force(eq, horizons(h), tuned.learning_rate(h));
    EXPECT_NEAR(std::log(tuned.risk(h) / reference), 0, 1e-3) << "T = " << horizons(h);
    // and the rate it names does reach that risk, as far as a kink allows
    const ModeRun run = integrate(eq, muonphase::ConstantRate{tuned.learning_rate(h)},
                                  (Eigen::ArrayXd(2) << 0, horizons(h)).finished());
    EXPECT_NEAR(std::log(run.risk(1) / reference), 0, 2e-2) << "T = " << horizons(h);
  }
}

INSTANTIATE_TEST_SUITE_P(Cells, TunedConstantRate,
                         testing::Values(Case{1e4, 1e4, 0.0, 0.0, 0, true}, Case{1e4, 1e4, 1.4, 0.6, 0, true},
                                         Case{1e6, 1e6, 2.6, 1.6, 0, true}, Case{1e6, 1e6, 0.8, 3.0, 0, false},
                                         Case{1e4, 1e4, 2.0, 0.4, 0, false}, Case{1e4, 1e4, 1.4, 0.6, 0.3, true},
                                         Case{1e8, 1e5, 2.4, 0.2, 0, false}));

}  // namespace
}  // namespace muonphase
