#include "muonphase/phase/tune.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "muonphase/optimizers/registry.hpp"

namespace muonphase {
namespace {

Problem small(double batch) {
  Problem p{.output = isotropic_spectrum(24), .input = power_law_spectrum(20, 1.0), .batch = batch, .energy = {}};
  p.input_basis = Basis::generic;
  p.energy = power_law_energy(p.output, p.input, 0.6);
  return p;
}

TuneOptions options_of(Budget budget, double last) {
  TuneOptions options;
  options.batch = Eigen::ArrayXd{{8.0, 64.0}};
  options.horizon = Eigen::ArrayXd::LinSpaced(4, std::log(0.02 * last), std::log(last)).exp();
  options.budget = budget;
  options.ode = {.closure = Closure::linear, .bases = 1};
  return options;
}

// Of all constant rates on a fine grid none leaves less.
TEST(Tune, NoRateOnAFineGridIsBetter) {
  TuneOptions options = options_of(Budget::steps, 400);
  const std::vector<Optimizer> both = {make_optimizer("signsvd"), make_optimizer("signsgd")};
  const auto tuned = tune(small, both, options);
  ASSERT_EQ(tuned.size(), 2u);
  const Eigen::ArrayXd grid = Eigen::ArrayXd::LinSpaced(80, std::log(1e-4), std::log(0.5)).exp();
  for (std::size_t i = 0; i < 2; ++i)
    for (Eigen::Index b = 0; b < 2; ++b) {
      const RateSweep sweep(small(options.batch(b)), both[i], options.ode);
      const Eigen::ArrayXXd risk = sweep.risks(grid, options.horizon);
      for (Eigen::Index h = 0; h < 4; ++h) {
        const double least = risk.col(h).minCoeff();
        EXPECT_LT(tuned[i].risk(b, h) / least, 1.011) << both[i].name() << b << h;
        EXPECT_GT(tuned[i].risk(b, h) / least, 0.9) << both[i].name() << b << h;
      }
      EXPECT_EQ(tuned[i].steps(b, 3), options.horizon(3));
    }
  // More samples a step at equal steps help.
  EXPECT_LT(tuned[0].risk(1, 3), tuned[0].risk(0, 3));
  const Eigen::ArrayXXi best = best_of(tuned);
  for (Eigen::Index b = 0; b < 2; ++b)
    for (Eigen::Index h = 0; h < 4; ++h)
      EXPECT_LE(tuned[static_cast<std::size_t>(best(b, h))].risk(b, h), tuned[static_cast<std::size_t>(1 - best(b, h))].risk(b, h));
}

TEST(Tune, BudgetsPayForSteps) {
  const TuneOptions options = options_of(Budget::samples, 64 * 400);
  const std::vector<Optimizer> one = {make_optimizer("signsvd")};
  const auto tuned = tune(small, one, options);
  EXPECT_NEAR(tuned[0].steps(0, 3), 3200, 1e-9);
  EXPECT_NEAR(tuned[0].steps(1, 3), 400, 1e-9);
  EXPECT_LT(tuned[0].steps(1, 0), tuned[0].steps(1, 1));
  EXPECT_EQ(step_flops(make_optimizer("signsgd"), 8, 24, 20), 4.0 * 8 * 24 * 20);
  EXPECT_EQ(step_flops(make_optimizer("muon"), 8, 24, 20) - step_flops(make_optimizer("signsgd"), 8, 24, 20),
            5 * (4.0 * 20 * 20 * 24 + 2.0 * 20 * 20 * 20));
}

TEST(Tune, TimesToATargetLieBetweenTheHorizonsAroundIt) {
  TuneOptions options = options_of(Budget::steps, 400);
  const double start = population_risk(small(64), small(64).energy);
  options.targets = {0.3 * start, 1e-9 * start};
  const auto tuned = tune(small, {make_optimizer("signsvd")}, options);
  const double time = tuned[0].time(1, 0);
  Eigen::Index after = 0;
  while (tuned[0].risk(1, after) > options.targets[0]) ++after;
  EXPECT_LE(time, options.horizon(after));
  if (after > 0) {
    EXPECT_GE(time, options.horizon(after - 1));
  }
  EXPECT_TRUE(std::isnan(tuned[0].time(1, 1))) << "no budget gets there";
}

// torch's lr of "match_rms_adamw" moves W by 0.2 √max(n, d) lr.
TEST(Tune, RatesAreToldInTheConventionsOfOthers) {
  const auto plain = rate_conventions(make_optimizer("muon"), 512, 128);
  ASSERT_EQ(plain.size(), 3u);
  EXPECT_NEAR(plain[0].second, 0.5, 1e-15);
  EXPECT_NEAR(plain[1].second, 1 / (0.2 * std::sqrt(512.0)), 1e-15);
  EXPECT_NEAR(plain[2].second, 0.5, 1e-15);
  const auto scaled = rate_conventions(make_optimizer("muon", {{"scale", "rms"}}), 512, 128);
  EXPECT_NEAR(scaled[1].second, 1, 1e-15);
  EXPECT_TRUE(rate_conventions(make_optimizer("signsgd"), 512, 128).empty());
}

// The better of several decays, at each horizon; label noise leaves room for one.
TEST(Tune, ChoosesTheWeightDecay) {
  const ProblemAt noisy = [](double batch) {
    Problem p = small(batch);
    p.label_noise = 2;
    return p;
  };
  TuneOptions options = options_of(Budget::steps, 400);
  options.batch = options.batch.head(1).eval();
  const std::vector<Optimizer> one = {make_optimizer("signsvd")};
  const auto without = tune(noisy, one, options);
  options.weight_decays = {0, 3};
  const auto chosen = tune(noisy, one, options);
  options.weight_decays = {3};
  const auto with = tune(noisy, one, options);
  for (Eigen::Index h = 0; h < 4; ++h) {
    const double least = std::min(without[0].risk(0, h), with[0].risk(0, h));
    EXPECT_DOUBLE_EQ(chosen[0].risk(0, h), least);
    EXPECT_EQ(chosen[0].weight_decay(0, h), with[0].risk(0, h) < without[0].risk(0, h) ? 3 : 0);
  }
  EXPECT_EQ(without[0].weight_decay(0, 3), 0);
}

}  // namespace
}  // namespace muonphase
