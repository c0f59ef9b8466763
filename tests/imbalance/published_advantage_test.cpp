// The theorems and the depth formula of arXiv 2510.22980 with their published constants.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "imbalance/example_mixture.hpp"
#include "muonphase/imbalance/advantage.hpp"
#include "muonphase/imbalance/closed_form.hpp"

namespace muonphase {
namespace {

Mixture common_norm(const Eigen::ArrayXd& prior, double norm, double snr) {
  return {prior, Eigen::ArrayXd::Constant(prior.size(), norm), norm / std::sqrt(snr), prior.size()};
}

// One minority of probability p beside equal others.
Eigen::ArrayXd one_rare(Eigen::Index classes, double p) {
  Eigen::ArrayXd prior = Eigen::ArrayXd::Constant(classes, (1 - p) / static_cast<double>(classes - 1));
  prior(classes - 1) = p;
  return prior;
}

TEST(PublishedAdvantage, HypothesisIsTheTheorems) {
  const auto holds = [](Eigen::Index k, double p, double norm, double snr) {
    return spectral_advantage(common_norm(one_rare(k, p), norm, snr), 2).published_hypothesis;
  };
  // 1/(5 · 4 + 6 · 10) = 0.0125
  EXPECT_TRUE(holds(10, 0.01249, 1, 4));
  EXPECT_FALSE(holds(10, 0.01251, 1, 4));
  EXPECT_FALSE(holds(10, 0.01249, 0.99, 4)) << "m >= 1";
  EXPECT_TRUE(holds(10, 0.01249, 3.3, 4));
  EXPECT_FALSE(holds(10, 0.01249, 3.4, 4)) << "k >= 3m";
  EXPECT_FALSE(holds(10, 0.01249, 1, 4.1)) << "the SNR counts";
  Mixture uneven = common_norm(one_rare(10, 0.001), 1, 4);
  uneven.mean_norm(3) = 1.1;
  EXPECT_FALSE(spectral_advantage(uneven, 2).published_hypothesis) << "one norm";
}

// docs/imbalance.md: under the hypothesis the proven slopes are 0.84 m, 0.56 m and 0.69 m at least.
TEST(PublishedAdvantage, WhereTheHypothesisHoldsSoDoTheConstants) {
  int inside = 0, outside_failing[3] = {0, 0, 0};
  for (const Eigen::Index k : {3, 5, 10, 30})
    for (const double p : {0.2, 0.05, 0.02, 5e-3, 1e-3, 1e-5})
      for (const double norm : {0.3, 1.0, 1.5, 3.0, 8.0})
        for (const double snr : {0.1, 1.0, 10.0, 100.0, 1e4}) {
          if (p > 1 / static_cast<double>(k)) continue;
          const Advantage a = spectral_advantage(common_norm(one_rare(k, p), norm, snr), 50);
          const AdvantageClaim claims[] = {a.flow_minority, a.flow_balanced, a.normalized_minority};
          const double constant[] = {norm / 4, norm / 2, norm / 2}, proven[] = {0.84, 0.56, 0.69};
          for (int i = 0; i < 3; ++i) {
            EXPECT_DOUBLE_EQ(claims[i].published_slope, constant[i]);
            if (a.published_hypothesis) {
              EXPECT_GE(claims[i].observed_slope, constant[i]) << i << " k " << k << " p " << p << " snr " << snr;
              EXPECT_GE(claims[i].guaranteed_slope, proven[i] * norm)
                  << i << " k " << k << " p " << p << " snr " << snr;
            } else {
              outside_failing[i] += claims[i].observed_slope < constant[i];
            }
          }
          EXPECT_TRUE(std::isnan(a.normalized_balanced.published_slope));
          inside += a.published_hypothesis;
        }
  EXPECT_GT(inside, 40);
  for (const int failing : outside_failing) EXPECT_GT(failing, 20) << "the constants can fail";
}

// t_M/t_m − 1 = ((SNR + 1/p_m)/(SNR + 1/p_M))^(1/L) − 1, from zero.
TEST(PublishedAdvantage, SaturationIntervalsShrinkWithDepthAsPublished) {
  const Mixture mixture = example_mixture(32);
  const double snr = 1.3 * 1.3 / (0.4 * 0.4);
  double before = 1e300;
  for (const int depth : {1, 2, 3, 4, 6}) {
    const Eigen::ArrayXd time = spectral_saturation_times(mixture, depth, 0);
    const double interval = time(0) / time(3) - 1;
    EXPECT_NEAR(interval, std::pow((snr + 1 / 0.07) / (snr + 1 / 0.55), 1.0 / depth) - 1, 1e-12);
    EXPECT_LT(interval, before);
    before = interval;
  }
}

}  // namespace
}  // namespace muonphase
