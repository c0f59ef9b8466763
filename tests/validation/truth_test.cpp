#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>

#include "muonphase/optimizers/registry.hpp"
#include "muonphase/simulation/simulation.hpp"

// Simulated risk against training runs of an independent numpy implementation (tests/data/mc_truth_*.txt).
namespace muonphase {
namespace {

struct Case {
  std::string file;
  double n, d, batch, alpha, beta, eta_signsvd, eta_signsgd;
  std::int64_t steps;
};

const Case square{"mc_truth_s1.txt", 96, 96, 96, 1.0, 0.6, 0.006, 0.0006, 500};
const Case tall{"mc_truth_s2.txt", 120, 80, 40, 1.8, 1.0, 0.004, 0.0004, 600};

// The largest |difference| in combined standard errors over all recorded steps of both optimizers.
double worst_deviation(const Case& c, int trials) {
  SimulationProblem problem;
  problem.model.output = isotropic_spectrum(c.n);
  problem.model.input = power_law_spectrum(c.d, c.alpha);
  problem.model.batch = c.batch;
  problem.target_variance = power_law_energy(problem.model.output, problem.model.input, c.beta);
  const std::vector<OptimizerRun> runs{{"signsvd", make_optimizer("signsvd"), ConstantRate{c.eta_signsvd}},
                                       {"signsgd", make_optimizer("signsgd"), ConstantRate{c.eta_signsgd}}};
  // More records than steps: every step is recorded.
  const SimulationOptions options{.steps = c.steps, .record = 100000, .trials = trials, .seed = 5};
  const auto curves = simulated_curves(runs, options, simulate(problem, runs, options));
  std::ifstream file(MUONPHASE_TEST_DATA "/" + c.file);
  std::string line;
  double worst = 0;
  int lines = 0;
  while (std::getline(file, line)) {
    if (line.front() == '#') continue;
    ++lines;
    std::istringstream fields(line);
    Eigen::Index t = 0;
    fields >> t;
    for (const auto& curve : curves) {
      double mean = 0, sem = 0;
      fields >> mean >> sem;
      if (t == 0) continue;
      EXPECT_EQ(curve.mean.step(t), static_cast<double>(t));
      const Eigen::ArrayXd relative = curve.risk_trials.col(t) / curve.risk_trials.col(0);
      const double variance = (relative - relative.mean()).square().sum() / (trials - 1.0) / trials;
      worst = std::max(worst, std::abs(relative.mean() - mean) / std::sqrt(variance + sem * sem));
    }
  }
  EXPECT_EQ(lines, 15);
  return worst;
}

TEST(SimulationTruth, SquareProblem) {
  EXPECT_LT(worst_deviation(square, 5), 4);
}
TEST(SimulationTruth, TallProblemWithSmallBatch) {
  EXPECT_LT(worst_deviation(tall, 5), 4);
}
TEST(SimulationTruthLong, SquareProblem) {
  EXPECT_LT(worst_deviation(square, 120), 4);
}
TEST(SimulationTruthLong, TallProblemWithSmallBatch) {
  EXPECT_LT(worst_deviation(tall, 120), 4);
}

}  // namespace
}  // namespace muonphase
