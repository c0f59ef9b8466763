// Adam, AdamW and SignSVD with weight decay against training runs of an independent implementation.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "muonphase/optimizers/ode.hpp"
#include "muonphase/optimizers/registry.hpp"

namespace muonphase {
namespace {

struct Truth {
  std::string name, optimizer, basis;
  double n, d, batch, alpha, beta, noise, eta, beta1, beta2, decay;
  std::vector<double> step, mean, sem;
};

Truth read_truth(const std::string& wanted) {
  std::ifstream file(MUONPHASE_TEST_DATA "/adam_truth.txt");
  std::string line;
  Truth truth;
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    if (line.starts_with("problem")) {
      if (!truth.step.empty()) break;
      std::string word;
      fields >> word >> truth.name >> truth.optimizer >> truth.n >> truth.d >> truth.batch >> truth.alpha >>
          truth.beta >> truth.noise >> truth.eta >> truth.beta1 >> truth.beta2 >> truth.decay >> truth.basis;
    } else if (truth.name == wanted && !line.starts_with("#")) {
      double step, mean, sem;
      fields >> step >> mean >> sem;
      truth.step.push_back(step);
      truth.mean.push_back(mean);
      truth.sem.push_back(sem);
    }
  }
  return truth;
}

// The largest |ln| of theory over training in excess risk, beyond two standard errors, down to a hundredth of the start.
double worst_excess(const std::string& name, int bases) {
  const Truth truth = read_truth(name);
  Problem p{.output = isotropic_spectrum(truth.n),
            .input = power_law_spectrum(truth.d, truth.alpha),
            .batch = truth.batch,
            .input_basis = truth.basis == "haar" ? Basis::haar : Basis::eigen,
            .energy = {}};
  p.energy = power_law_energy(p.output, p.input, truth.beta);
  p.label_noise = truth.noise * std::sqrt((risk_weight(p) * p.energy).sum());
  OptimizerOptions options{{"weight_decay", truth.decay}};
  if (truth.optimizer == "adam") {
    options["beta1"] = truth.beta1;
    options["beta2"] = truth.beta2;
  }
  const Eigen::ArrayXd recorded =
      Eigen::Map<const Eigen::ArrayXd>(truth.step.data(), static_cast<Eigen::Index>(truth.step.size()));
  const RiskCurve curve = ode_curve(p, make_optimizer(truth.optimizer, options), ConstantRate{truth.eta}, recorded,
                                    {.closure = Closure::full, .accuracy = Accuracy::fast, .bases = bases});
  const Eigen::ArrayXd excess = curve.risk - p.label_noise * p.label_noise / 2;
  double worst = 0;
  for (std::size_t i = 1; i < truth.step.size(); ++i) {
    if (truth.mean[i] < 0.01) break;
    const double ratio = excess(static_cast<Eigen::Index>(i)) / excess(0) / truth.mean[i];
    worst = std::max(worst, std::abs(std::log(ratio)) - 2 * truth.sem[i] / truth.mean[i]);
  }
  EXPECT_EQ(truth.step.size(), 18U);
  return worst;
}

TEST(AdamTruth, LongMemoryWithoutLabelNoise) {
  EXPECT_LT(worst_excess("a", 2), 0.03);
}
TEST(AdamTruth, SmallBatchInTheEigenbasis) {
  EXPECT_LT(worst_excess("b", 1), 0.03);
}
TEST(AdamTruth, WeightDecayUnderLabelNoise) {
  EXPECT_LT(worst_excess("c", 2), 0.03);
}
TEST(AdamTruth, SignSvdWithWeightDecay) {
  EXPECT_LT(worst_excess("d", 1), 0.03);
}

}  // namespace
}  // namespace muonphase
