// The scale of updates, for every optimizer and in everything that is made of one.
#include "muonphase/optimizers/common_options.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "muonphase/core/random.hpp"
#include "muonphase/optimizers/ode.hpp"
#include "muonphase/optimizers/registry.hpp"

namespace muonphase {
namespace {

Problem tall_problem() {
  Problem p{.output = isotropic_spectrum(18), .input = power_law_spectrum(8, 0.8), .batch = 24, .energy = {}};
  p.input_basis = Basis::generic;
  p.output_basis = Basis::generic;
  p.energy = power_law_energy(p.output, p.input, 0.6);
  return p;
}

TEST(UpdateScale, IsTheConventionByItsName) {
  const auto scale = [](const char* name, double n_out, double n_in) {
    return update_scale({{"scale", name}}, n_out, n_in);
  };
  EXPECT_EQ(scale("none", 18, 8), 1);
  EXPECT_EQ(scale("jordan", 18, 8), 1.5);
  EXPECT_EQ(scale("jordan", 8, 18), 1);
  EXPECT_DOUBLE_EQ(scale("rms", 18, 25), 1);
  EXPECT_DOUBLE_EQ(scale("rms", 100, 25), 2);
  EXPECT_EQ(scale("spectral", 18, 8), 1.5);
  EXPECT_DOUBLE_EQ(scale("spectral", 8, 18), 2 / 3.0);
}

TEST(UpdateScale, MultipliesTheUpdateOfEveryOptimizer) {
  for (const auto& name : optimizer_names()) {
    OptimizerState<double> plain, scaled;
    for (std::uint64_t t = 0; t < 3; ++t) {
      const Eigen::MatrixXd g = normals<double>({.seed = 4, .step = t}, 18, 8);
      const Eigen::MatrixXd once = make_optimizer(name).update<double>(plain, g);
      EXPECT_EQ(make_optimizer(name, {{"scale", "spectral"}}).update<double>(scaled, g), 1.5 * once) << name;
    }
  }
}

// `scaled` has 1.5 times the update of `plain`.
void expect_factor(const Problem& p, const Optimizer& plain, const Optimizer& scaled, Closure closure,
                   const LearningRate& of_plain, const LearningRate& of_scaled) {
  const Eigen::ArrayXd recorded = recorded_steps(12, 4);
  const OdeOptions options{.closure = closure, .accuracy = Accuracy::fast};
  const RiskCurve a = ode_curve(p, plain, of_plain, recorded, options);
  const RiskCurve b = ode_curve(p, scaled, of_scaled, recorded, options);
  EXPECT_LT((a.risk / b.risk - 1).abs().maxCoeff(), 1e-7) << plain.name();
  EXPECT_LT((a.learning_rate - 1.5 * b.learning_rate).abs().maxCoeff(), 1e-7 * a.learning_rate.maxCoeff())
      << plain.name();
}

TEST(UpdateScale, IsAFactorOfTheLearningRateInBothClosures) {
  const Problem p = tall_problem();
  for (const auto& name : deterministic_optimizers()) {
    const Optimizer plain = make_optimizer(name), scaled = make_optimizer(name, {{"scale", "jordan"}});
    if (plain.description().scale_invariant) {
      EXPECT_NEAR(noise_coefficient(p, scaled) / (1.5 * noise_coefficient(p, plain)), 1, 1e-12) << name;
    }
    for (const Closure closure : {Closure::linear, Closure::full})
      expect_factor(p, plain, scaled, closure, WsdRate{0.015, 0.1, 0.5}, WsdRate{0.01, 0.1, 0.5});
    expect_factor(p, plain, scaled, Closure::linear, GreedyRate{0.5}, GreedyRate{0.5});  // finds its own
  }
  const Optimizer plain = make_optimizer("signsvd"), scaled = make_optimizer("signsvd", {{"scale", "jordan"}});
  expect_factor(p, plain, scaled, Closure::full, GreedyRate{0.5}, GreedyRate{0.5});
}

}  // namespace
}  // namespace muonphase
