// Nothing that is chosen or trained depends on the test sample.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "muonphase/core/random.hpp"
#include "muonphase/imbalance/network_experiment.hpp"
#include "muonphase/optimizers/registry.hpp"

namespace muonphase {
namespace {

constexpr Eigen::Index all_samples = 400;

// Four classes in eight dimensions; the last input numbers the samples, and is small beside the others.
LabelledFile numbered_samples() {
  LabelledFile file;
  file.sample.input = normals<double>({.seed = 11}, all_samples, 9);
  file.sample.label = Eigen::ArrayXi::LinSpaced(all_samples, 0, all_samples - 1).unaryExpr([](int i) { return i % 4; });
  for (Eigen::Index i = 0; i < all_samples; ++i) {
    file.sample.input(i, file.sample.label(i)) += 1.2;
    file.sample.input(i, 8) = 1e-6 * static_cast<double>(i);
  }
  file.class_names = {"0", "1", "2", "3"};
  return file;
}

// The same samples, but for those of the test: their inputs are mirrored, and their labels are those of other classes.
LabelledFile with_another_test(LabelledFile file, const SplitData& split) {
  for (Eigen::Index k = 0; k < split.test.size(); ++k) {
    const auto i = static_cast<Eigen::Index>(std::round(1e6 * split.test.input(k, 8)));
    file.sample.input.row(i).head(8) *= -1;
    file.sample.label(i) = (file.sample.label(i) + 1) % 4;
  }
  return file;
}

TEST(NetworkSelection, RatesMomentaAndWeightsAreTheSameWhateverTheTestSampleIs) {
  NetworkExperiment experiment;
  experiment.data.path = "in memory";
  experiment.hidden = {8};
  experiment.optimizers = {{"muon", make_optimizer("muon"), 0.05}, {"adam", make_optimizer("adam"), 0.01}};
  experiment.steps = 30;
  experiment.record = 6;
  experiment.batch = 32;
  experiment.rates = {0.0003, 0.003, 0.03, 0.3};
  experiment.momenta = {0.5, 0.9};
  const LabelledFile file = numbered_samples();
  SplitData split, other;
  const auto first = run_networks(experiment, file, {}, {}, {}, {}, &split);
  const auto second = run_networks(experiment, with_another_test(file, split), {}, {}, {}, {}, &other);
  ASSERT_TRUE(split.train.input == other.train.input && split.validation.input == other.validation.input);
  ASSERT_FALSE(split.test.input == other.test.input);
  for (std::size_t o = 0; o < first.size(); ++o) {
    EXPECT_TRUE((first[o].validation == second[o].validation).all()) << first[o].name;
    EXPECT_EQ(first[o].best_rate, second[o].best_rate) << first[o].name;
    EXPECT_EQ(first[o].best_momentum, second[o].best_momentum) << first[o].name;
    for (const char* name : {"train_loss", "train_accuracy", "validation_loss", "validation_accuracy"})
      EXPECT_TRUE((field(first[o].record, name).values == field(second[o].record, name).values).all()) << name;
    EXPECT_EQ(early_stop(first[o].record), early_stop(second[o].record)) << first[o].name;
    // What is reported is of the test sample.
    const auto at_end = [](const NetworkRuns& run) {
      const auto& accuracy = field(run.record, "balanced_accuracy").values;
      return accuracy(accuracy.rows() - 1, 0);
    };
    EXPECT_GT(at_end(first[o]), 0.5) << first[o].name;
    EXPECT_LT(at_end(second[o]), at_end(first[o]) - 0.15) << first[o].name;
  }
}

}  // namespace
}  // namespace muonphase
