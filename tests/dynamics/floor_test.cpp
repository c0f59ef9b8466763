// The noise floor of a constant rate, and the rate of a given floor.
#include <gtest/gtest.h>

#include <cmath>

#include "muonphase/core/error.hpp"
#include "muonphase/dynamics/integrate.hpp"
#include "muonphase/optimizers/ode.hpp"
#include "muonphase/optimizers/registry.hpp"

namespace muonphase {
namespace {

Problem problem_with(double noise, Basis basis = Basis::generic) {
  Problem p{.output = isotropic_spectrum(40),
            .input = power_law_spectrum(30, 1.2),
            .batch = 50,
            .label_noise = noise,
            .input_basis = basis,
            .energy = {}};
  p.energy = power_law_energy(p.output, p.input, 0.8);
  return p;
}

TEST(Floor, AConstantRateEndsAtItsFloor) {
  Eigen::ArrayXd recorded(2);
  recorded << 0, 1e9;
  for (const char* name : {"signsvd", "signsgd", "sgd"})
    for (const double noise : {0.0, 0.1}) {
      if (name == std::string("sgd") && noise == 0) continue;  // its floor is zero
      const Problem p = problem_with(noise);
      const Optimizer optimizer = make_optimizer(name);
      const double risk = 0.03, eta = floor_rates(p, optimizer, {risk}).front();
      EXPECT_NEAR(ode_curve(p, optimizer, ConstantRate{eta}, recorded).risk(1) / risk, 1, 1e-5) << name << noise;
      if (noise == 0) {
        EXPECT_NEAR(eta * noise_coefficient(p, optimizer), 2 * std::sqrt(risk), 1e-12) << name;
      }
    }
}

// Updates that know no scale: with an average too the floor is as the square of the rate, lower or higher than where the
// average is short against the run.
TEST(Floor, AnAverageEndsAsTheSquareOfTheRate) {
  Eigen::ArrayXd recorded(2);
  recorded << 0, 4e4;
  const Problem p = problem_with(0);
  for (const char* name : {"signum", "muon"}) {
    const Optimizer optimizer = make_optimizer(name);
    const auto ratio = [&](double risk) {
      return ode_curve(p, optimizer, ConstantRate{floor_rates(p, optimizer, {risk}).front()}, recorded).risk(1) / risk;
    };
    EXPECT_NEAR(ratio(3e-2) / ratio(3e-4), 1, 2e-3) << name;
    EXPECT_NEAR(ratio(3e-2), 1, 0.25) << name;
  }
}

// With next to no noise modes jump about their floor, and a second moment carried on by rates of a moment before could
// become that of nothing: some rates were called far too large, at which the risk is as the square of the rate.
TEST(Floor, OfABatchThatIsNearlyAllSignalIsAsTheSquareOfTheRate) {
  Problem p{.output = isotropic_spectrum(6), .input = power_law_spectrum(5, 1.4), .batch = 512, .energy = {}};
  p.energy = power_law_energy(p.output, p.input, 0.6);
  const Optimizer signsgd = make_optimizer("signsgd");
  const auto scaled = [&](double eta) {
    const RiskCurve curve = ode_curve(p, signsgd, ConstantRate{eta}, recorded_steps(1e6, 24),
                                      {.closure = Closure::full, .accuracy = Accuracy::fast, .bases = 1});
    return curve.risk.tail(1)(0) / (eta * eta);
  };
  const double low = scaled(6.561e-5);
  for (const double eta : {7.29e-4, 2.187e-4}) EXPECT_NEAR(scaled(eta) / low, 1, 0.02) << eta;
}

TEST(Floor, RandomBasesEnterByTheirMeanNoiseCoefficient) {
  const Problem p = problem_with(0, Basis::haar);
  const Optimizer signsgd = make_optimizer("signsgd");
  const OdeOptions options{.bases = 3};
  EXPECT_NEAR(floor_rates(p, signsgd, {0.01}, options).front() * noise_coefficient(p, signsgd, options), 0.2, 1e-12);
}

// Numbers published with "Phases of Muon": α = 1.5, N = 1024, B = 2048, five steps; measured 9.97, 36.90, 52.49, 117.33.
TEST(Floor, MuonsNoiseCoefficientAgainstMomentumIsAsMeasured) {
  Problem p{.output = isotropic_spectrum(1024), .input = power_law_spectrum(1024, 1.5), .batch = 2048, .energy = {}};
  p.energy = power_law_energy(p.output, p.input, 0.7);
  for (const auto& [momentum, measured] : {std::pair{0.0, 9.97}, {0.9, 36.90}, {0.95, 52.49}, {0.99, 117.33}})
    EXPECT_NEAR(noise_coefficient(p, make_optimizer("muon", {{"momentum", momentum}})) / measured, 1, 0.02);
}

TEST(Floor, RefusesWhatNoRateReaches) {
  const Problem p = problem_with(0.2);
  const Optimizer signsvd = make_optimizer("signsvd");
  for (const double risk : {0.0, 0.02, 1e3}) EXPECT_THROW(floor_rates(p, signsvd, {0.1, risk}), UnsupportedError) << risk;
  EXPECT_THROW(floor_rates(p, make_optimizer("shampoo"), {0.1}), StudyError);
  EXPECT_THROW(floor_rates(problem_with(0), make_optimizer("sgd"), {0.1}), UnsupportedError);
}

}  // namespace
}  // namespace muonphase
