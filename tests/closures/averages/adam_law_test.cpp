// χ, K and their start-up against an independent implementation, and their limits.
#include "muonphase/closures/averages/adam_law.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>

#include "muonphase/closures/averages/window.hpp"
#include "muonphase/core/error.hpp"

namespace muonphase {
namespace {

constexpr double gaussian = std::numeric_limits<double>::infinity();

TEST(AdamLaw, IsThatOfAnIndependentImplementation) {
  std::ifstream file(MUONPHASE_TEST_DATA "/adam_law.txt");
  std::string line;
  int lines = 0;
  while (std::getline(file, line)) {
    if (line.front() == '#') continue;
    ++lines;
    std::istringstream fields(line);
    double beta1, beta2, chi, noise, linear, newest;
    fields >> beta1 >> beta2 >> chi >> noise >> linear >> newest;
    const AdamLaw law(beta1, beta2, gaussian);
    EXPECT_NEAR(law.drift(), chi, 2e-6) << line;
    EXPECT_NEAR(law.noise(), noise, 3e-4) << line;
    EXPECT_NEAR(law.linear(), linear, 2e-6) << line;
    const Eigen::ArrayXd startup = law.startup();
    for (const int step : {1, 2, 5, 20, 100}) {
      double expected;
      fields >> expected;
      EXPECT_NEAR(chi * (step <= startup.size() ? startup(step - 1) : 1), expected, 2e-4) << line << " at " << step;
    }
  }
  EXPECT_EQ(lines, 9);
}

// Without memory the sign of one entry, at every batch.
TEST(AdamLaw, WithoutMemoryIsTheSign) {
  for (const double batch : {1.0, 8.0, 64.0}) {
    const AdamLaw law(0, 0, batch);
    EXPECT_NEAR(law.drift() / (std::sqrt(2 / M_PI) * chi(batch) / std::sqrt(batch)), 1, 1e-5) << batch;
    EXPECT_EQ(law.noise(), 1);
    EXPECT_DOUBLE_EQ(law.linear(), 2 / M_PI);
  }
}

// A long average of squares is their mean: heavy ball over it.
TEST(AdamLaw, WithLongMemoryIsTheAverageOverAConstant) {
  const AdamLaw law(0.9, 0.9999, 16);
  EXPECT_NEAR(law.drift(), 1, 5e-4);
  EXPECT_NEAR(law.noise(), 1, 5e-4);
}

// K'(0) = χ² for Gaussian entries, which large batches have; a small batch's rows share their scale.
TEST(AdamLaw, SlopeIsTheSquareOfTheDriftForLargeBatches) {
  const AdamLaw large(0, 0.9, 4096), small(0, 0.9, 16);
  EXPECT_NEAR(large.linear() / (large.drift() * large.drift()), 1, 1e-3);
  EXPECT_NEAR(small.linear(), 0.8597678564588936, 1e-3);  // of the same Gamma law, independently
  EXPECT_GT(small.linear(), 1.005 * small.drift() * small.drift());
}

// A mean that is all of the average of squares is divided by itself.
TEST(AdamLaw, StrongMeansAreDividedByThemselves) {
  const AdamGains gains = AdamLaw(0.9, 0.999, 64).gains(1e9);
  for (const double theta : {0.1, 1.0, 10.0, 1e3}) EXPECT_NEAR(gains.mean(theta) * std::sqrt(1 + theta), 1, 2e-3);
  EXPECT_NEAR(gains.inverse(3) * 4, 1, 5e-3);
  EXPECT_DOUBLE_EQ(gains.mean(0), gains.mean(1e-9));
}

TEST(AdamLaw, RefusesUpdatesWithoutVariance) {
  EXPECT_THROW(AdamLaw(0.9, 0.5, 16), StudyError);
  EXPECT_THROW(AdamLaw(0.5, 0, 16), StudyError);
}

}  // namespace
}  // namespace muonphase
