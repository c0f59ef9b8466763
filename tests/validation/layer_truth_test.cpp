#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include "muonphase/optimizers/ode.hpp"
#include "muonphase/optimizers/registry.hpp"

// Full closures of the linear layer against training runs of an independent numpy implementation
// (tests/data/linear_layer_curves.txt), both means over drawn targets.
namespace muonphase {
namespace {

struct LayerTraining {
  Problem problem;
  double learning_rate;
  std::vector<double> step, mean, error;
};

std::vector<LayerTraining> layer_training(const std::string& optimizer) {
  std::ifstream file(MUONPHASE_TEST_DATA "/linear_layer_curves.txt");
  std::vector<LayerTraining> curves;
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    std::string name;
    double n, d, batch, alpha, beta, noise, eta, step, mean, error;
    if (!(fields >> name >> n >> d >> batch >> alpha >> beta >> noise >> eta >> step >> mean >> error) ||
        name != optimizer)
      continue;
    if (step == 0) {
      Problem problem{.output = isotropic_spectrum(n),
                      .input = power_law_spectrum(d, alpha),
                      .batch = batch,
                      .label_noise = noise,
                      .energy = {},
                      .model = Model::linear_layer};
      problem.energy = power_law_energy(problem.output, problem.input, beta);
      curves.push_back({problem, eta, {}, {}, {}});
    }
    curves.back().step.push_back(step);
    curves.back().mean.push_back(mean);
    curves.back().error.push_back(error);
  }
  return curves;
}

// Beyond two standard errors of both means while the risk is above `least` of its start.
void expect_training(const std::string& name, std::size_t which, int draws, double least, double allowed) {
  const LayerTraining training = layer_training(name).at(which);
  const auto records = static_cast<Eigen::Index>(training.step.size());
  const Eigen::ArrayXd recorded = Eigen::Map<const Eigen::ArrayXd>(training.step.data(), records);
  const Optimizer optimizer = make_optimizer(name);
  Eigen::ArrayXXd ratio(draws, records);
  for (int k = 0; k < draws; ++k) {
    const RiskCurve curve =
        full_curve(training.problem, optimizer, ConstantRate{training.learning_rate}, recorded,
                   {.closure = Closure::full, .tolerance = 1e-5, .seed = 9}, static_cast<std::uint64_t>(k));
    ratio.row(k) = (curve.risk / curve.risk(0)).transpose();
  }
  for (Eigen::Index t = 1; t < records; ++t) {
    const auto i = static_cast<std::size_t>(t);
    if (training.mean[i] < least) break;
    const double mean = ratio.col(t).mean();
    const double variance = (ratio.col(t) - mean).square().sum() / (draws * (draws - 1.0));
    const double error = std::sqrt(variance + training.error[i] * training.error[i]) / training.mean[i];
    EXPECT_NEAR(std::log(mean / training.mean[i]), 0, allowed + 2 * error)
        << name << " problem " << which << " at step " << recorded(t) << ", R/R_0 = " << training.mean[i];
  }
}

TEST(LinearLayerTruth, SignSgd) {
  expect_training("signsgd", 1, 3, 0.05, 0.03);
}
TEST(LinearLayerTruthLong, SignSgd) {
  for (std::size_t which : {0, 1, 2, 3}) expect_training("signsgd", which, 16, 0.001, 0.03);
}
TEST(LinearLayerTruthLong, SignSvdSquare) {
  expect_training("signsvd", 0, 8, 0.03, 0.03);
}
TEST(LinearLayerTruthLong, SignSvdTall) {
  expect_training("signsvd", 1, 8, 0.03, 0.03);
}
TEST(LinearLayerTruthLong, SignSvdWide) {
  expect_training("signsvd", 2, 8, 0.03, 0.03);
}
TEST(LinearLayerTruthLong, SignSvdFlat) {
  expect_training("signsvd", 3, 8, 0.01, 0.03);
}

}  // namespace
}  // namespace muonphase
