#include "muonphase/imbalance/experiment.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "muonphase/core/error.hpp"
#include "muonphase/optimizers/registry.hpp"

namespace muonphase {
namespace {

Experiment example() {
  return {.mixture = {Eigen::Array3d(0.6, 0.3, 0.1), Eigen::ArrayXd::Constant(3, 1.5), 0.4, 8},
          .optimizers = {{"gd", make_optimizer("sgd"), 0.01},
                         {"signgd", make_optimizer("signsgd"), 0.002},
                         {"specgd", make_optimizer("signsvd"), 0.003}},
          .steps = 100,
          .record = 12};
}

TEST(Experiment, TheoryDescribesThePopulationRuns) {
  const Experiment experiment = example();
  const auto runs = run_population(experiment), theory = run_theory(experiment);
  ASSERT_EQ(runs.size(), 3u);
  ASSERT_EQ(theory.size(), 2u);  // SignGD has no closed form
  EXPECT_EQ(theory[1].name, "specgd");
  for (const auto& [run, described] : {std::pair{0, 0}, {2, 1}})
    EXPECT_LT((field(runs[run].record, "component").values - field(theory[described].record, "component").values)
                  .abs()
                  .maxCoeff(),
              1e-10);
}

TEST(Experiment, TheoryKnowsTheScaleOfUpdates) {
  Experiment experiment = example();
  experiment.optimizers = {{"gd", make_optimizer("sgd", {{"scale", "spectral"}}), 0.01},
                           {"specgd", make_optimizer("signsvd", {{"scale", "rms"}}), 0.003}};
  const auto runs = run_population(experiment), theory = run_theory(experiment);
  ASSERT_EQ(theory.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i)
    EXPECT_LT(
        (field(runs[i].record, "component").values - field(theory[i].record, "component").values).abs().maxCoeff(),
        1e-10);
  experiment.depth = 2;  // its layers have scales of their own
  EXPECT_TRUE(run_theory(experiment).empty());
}

TEST(Experiment, TrialsAreAveragedAndDoNotDependOnTheirNumberOrThreads) {
  Experiment experiment = example();
  experiment.samples = 200;
  experiment.init_std = 0.01;
  const auto first = run_samples(experiment);
  experiment.trials = 2;
  const auto both = run_samples(experiment);
  experiment.threads = 3;
  const auto threaded = run_samples(experiment);
  const auto loss = [](const std::vector<OptimizerRecord>& runs) { return field(runs[1].record, "class_loss").values; };
  EXPECT_THROW(field(first[1].record, "class_loss_sem"), std::out_of_range);
  EXPECT_TRUE((loss(both) == loss(threaded)).all());
  // With two trials a and b the standard error is |a − b|/2, and a is the run of one trial.
  const Eigen::ArrayXXd error = field(both[1].record, "class_loss_sem").values;
  EXPECT_LT(((loss(first) - loss(both)).abs() - error).abs().maxCoeff(), 1e-12);
  EXPECT_GT(error.maxCoeff(), 0);
}

TEST(Experiment, SpecGdServesTheSmallClassesOfAZipfMixtureBest) {
  const auto accuracies = [](const std::string& quantity) {
    Experiment experiment{
        .mixture = {zipf_priors(8), Eigen::ArrayXd::Constant(8, 1.0), 0.35, 30},
        .optimizers = {{"ngd", make_optimizer("ngd"), 0.03}, {"specgd", make_optimizer("signsvd"), 0.01}},
        .steps = 300,
        .record = 30,
        .samples = 400,
        .trials = 3,
        .loss = ImbalanceLoss::cross_entropy,
        .test_per_class = 200};
    std::vector<double> stopped;
    for (const auto& run : run_samples(experiment))
      stopped.push_back(field(run.record, quantity).values(early_stop(run.record), 0));
    return stopped;
  };
  const auto worst = accuracies("worst_accuracy"), balanced = accuracies("balanced_accuracy");
  EXPECT_GT(worst[1], worst[0] + 0.03);
  EXPECT_GT(balanced[1], balanced[0]);
}

TEST(Experiment, StopsWhenAsked) {
  int polls = 0;
  const Monitor monitor{.progress = {}, .interrupted = [&] { return ++polls > 1; }};
  EXPECT_THROW(run_population(example(), monitor), Interrupted);
}

// A single run of 3·10^7 steps takes minutes: it must look up while it trains.
TEST(Experiment, StopsAndCountsWithinARun) {
  Experiment experiment = example();
  experiment.optimizers = {{"gd", make_optimizer("sgd"), 0.01}};
  experiment.steps = 3e7;
  std::size_t most = 0, all = 0;
  int polls = 0;
  const Monitor monitor{.progress =
                            [&](std::size_t done, std::size_t total) {
                              most = done;
                              all = total;
                            },
                        .interrupted = [&] { return ++polls > 40000; }};
  EXPECT_THROW(run_population(experiment, monitor), Interrupted);
  EXPECT_EQ(all, 30000000u);
  EXPECT_GT(most, 20000u);
  EXPECT_LT(most, 50000u);
  experiment.depth = 3;
  polls = 39000;
  EXPECT_THROW(run_theory(experiment, monitor), Interrupted);
}

TEST(Experiment, RefusesWhatDoesNotFit) {
  const auto refused = [](auto change, const char* key) {
    Experiment experiment = example();
    change(experiment);
    try {
      validate(experiment);
      FAIL() << key;
    } catch (const StudyError& error) {
      EXPECT_NE(std::string(error.what()).find(key), std::string::npos) << error.what();
    }
  };
  EXPECT_NO_THROW(validate(example()));
  refused([](Experiment& e) { e.loss = ImbalanceLoss::cross_entropy; }, "imbalance.samples");
  refused([](Experiment& e) { e.model = ImbalanceModel::mlp; }, "imbalance.model");
  refused([](Experiment& e) { e.balanced_weights = true; }, "imbalance.class_weights");
  refused([](Experiment& e) { e.depth = 2, e.start = 0; }, "imbalance.init.balanced");
  refused([](Experiment& e) { e.loss = ImbalanceLoss::cross_entropy, e.samples = 10, e.model = ImbalanceModel::mlp; },
          "imbalance.init.std");
}

}  // namespace
}  // namespace muonphase
