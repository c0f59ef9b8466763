#include <gtest/gtest.h>

#include <cmath>

#include "muonphase/core/random.hpp"
#include "muonphase/imbalance/decode.hpp"
#include "muonphase/imbalance/network_experiment.hpp"
#include "muonphase/optimizers/registry.hpp"

namespace muonphase {
namespace {

NetworkExperiment small_experiment(const Mixture& mixture) {
  NetworkExperiment experiment;
  experiment.mixture = mixture;
  experiment.samples = 80;
  experiment.per_class = 30;
  experiment.hidden = {8, 6};
  experiment.optimizers = {{"muon", make_optimizer("muon"), 0.05}, {"adam", make_optimizer("adam"), 0.01}};
  experiment.steps = 30;
  experiment.record = 6;
  experiment.batch = 16;
  experiment.trials = 2;
  experiment.rates = {0.003, 0.05};
  experiment.momenta = {0.5, 0.9};
  return experiment;
}

TEST(NetworkExperiment, PicksTheBestValidationAccuracyAndGoesOnFromScores) {
  NetworkExperiment experiment = small_experiment({zipf_priors(4), Eigen::ArrayXd::Constant(4, 2.0), 0.5, 9});
  GridScores kept;
  const auto keep = [&](const GridScores& scores) { kept = scores; };
  const auto runs = run_networks(experiment, {}, {}, keep, {}, {});
  ASSERT_EQ(grid_size(experiment), 16u);
  for (const auto& run : runs) {
    Eigen::Index r = 0, m = 0;
    const double best = run.validation.maxCoeff(&r, &m);
    EXPECT_EQ(run.validation((run.rate == run.best_rate).select(Eigen::ArrayXi::LinSpaced(2, 0, 1), 0).sum(),
                             run.best_momentum == 0.9 ? 1 : 0),
              best);
    const Eigen::Index last = field(run.record, "step").values.rows() - 1;
    EXPECT_NEAR(field(run.record, "validation_accuracy").values(last, 0), best, 1e-12) << "the run that was chosen";
    EXPECT_GT(field(run.record, "balanced_accuracy").values(last, 0), 0.3);
  }
  // Known scores decide, and nothing is run again; threads change no bit.
  GridScores known = GridScores::Zero(16);
  known(3) = 1;  // muon, the smaller rate, the larger momentum, the second seed
  experiment.threads = 2;
  const auto resumed = run_networks(experiment, {}, known, {}, {}, {});
  EXPECT_EQ(resumed[0].best_rate, 0.003);
  EXPECT_EQ(resumed[0].best_momentum, 0.9);
  EXPECT_EQ(resumed[0].validation(0, 1), 0.5) << "of the seeds' 0 and 1";
  EXPECT_EQ(resumed[0].validation_error(0, 1), 0.5);
  EXPECT_EQ(resumed[0].validation_error(1, 0), 0);
  const auto again = run_networks(experiment, {}, {}, {}, {}, {});
  EXPECT_EQ(field(again[0].record, "loss").values.col(0).sum(), field(runs[0].record, "loss").values.col(0).sum());
}

TEST(LabelledData, ColoursAgreeInTrainingAndNotInTheTest) {
  LabelledFile file;
  file.sample.input = Eigen::MatrixXd::Ones(4000, 3);
  file.sample.label = Eigen::ArrayXi::LinSpaced(4000, 0, 3999).unaryExpr([](int i) { return i % 10; });
  for (int k = 0; k < 10; ++k) file.class_names.push_back(std::to_string(k));
  const SplitData data = split_data(file, {.transform = Transform::colours, .spurious = 0.95}, Draws{1, 0});
  const auto agreeing = [](const GroupedSample& part) {
    double share = 0;
    for (Eigen::Index i = 0; i < part.size(); ++i) {
      const bool upper = part.label(i) == 1, green = part.input(i, 3) == 1;
      EXPECT_EQ(part.input(i, 0) + part.input(i, 3), 1);
      EXPECT_EQ(part.group(i), 2 * upper + green);
      share += upper == green;
    }
    return share / static_cast<double>(part.size());
  };
  EXPECT_NEAR(agreeing(data.train), 0.95, 0.02);
  EXPECT_NEAR(agreeing(data.validation), 0.5, 0.06);
  EXPECT_NEAR(agreeing(data.test), 0.05, 0.03);
  EXPECT_EQ(data.train.size() + data.validation.size() + data.test.size(), 4000);
}

TEST(LabelledData, PriorsThinOutTheTrainingSampleAlone) {
  LabelledFile file;
  file.sample.input = Eigen::MatrixXd::Random(3000, 2);
  file.sample.label = Eigen::ArrayXi::LinSpaced(3000, 0, 2999).unaryExpr([](int i) { return i % 3; });
  file.class_names = {"a", "b", "c"};
  DataTask task;
  task.prior = step_priors(3, 20);
  const SplitData data = split_data(file, task, Draws{1, 0});
  Eigen::ArrayXd count = Eigen::ArrayXd::Zero(3);
  for (const int label : data.train.label) count(label) += 1;
  EXPECT_NEAR(count(0) / count(2), 20, 1);
  EXPECT_TRUE(!data.minority[0] && !data.minority[1] && data.minority[2]);
  EXPECT_EQ(data.test.size(), 600);
}

TEST(LabelledData, BarcodesMakeRareClasses) {
  LabelledFile file;
  file.sample.input = Eigen::MatrixXd::Zero(400, 30);
  file.sample.label = Eigen::ArrayXi::LinSpaced(400, 0, 399).unaryExpr([](int i) { return i % 4; });
  file.class_names = {"0", "1", "2", "3"};
  const SplitData data = split_data(file, {.transform = Transform::barcodes, .codes = 3, .per_code = 5}, Draws{1, 0});
  EXPECT_EQ(data.classes(), 4 + 12);
  for (Eigen::Index i = 0; i < data.train.size(); ++i) {
    const int code = static_cast<int>(data.train.input(i, 0) + 2 * data.train.input(i, 1));
    EXPECT_EQ(data.train.label(i) / 4, code);
  }
  EXPECT_EQ(std::count(data.minority.begin(), data.minority.end(), true), 12);
}

// An .npz of images [samples, 2, 4], labels beside them.
TEST(LabelledData, ReadsImagesOfNumPy) {
  const std::string images = std::string(MUONPHASE_TEST_DATA) + "/readers/images.npz";
  for (const char* inputs : {"x", "fortran"}) {
    const LabelledFile file = load_labelled({.path = images, .inputs = inputs, .labels = "y"});
    ASSERT_EQ(file.sample.input.cols(), 8);
    EXPECT_DOUBLE_EQ(file.sample.input(1, 5), 13.0 / 23.0);
    EXPECT_TRUE((file.sample.label == Eigen::ArrayXi{{1, 0, 1}}).all());
  }
}

// Features that tell the classes apart by a line are decoded, whatever the groups' sizes.
TEST(Decode, FindsTheLineThatSeparates) {
  const Eigen::Index n = 300;
  const Eigen::MatrixXd x = normals<double>({.seed = 5}, n, 3);
  GroupedSample sample{{}, Eigen::ArrayXi(n), {}};
  for (Eigen::Index i = 0; i < n; ++i) sample.label(i) = x(i, 0) - 2 * x(i, 2) > 1.5;
  sample.group = sample.label;
  const Eigen::MatrixXd logits = decoded_logits(x, sample, x, 2, 2);
  double right = 0;
  for (Eigen::Index i = 0; i < n; ++i) right += (logits(i, 1) > logits(i, 0)) == (sample.label(i) == 1);
  EXPECT_GT(right / n, 0.97);
}

}  // namespace
}  // namespace muonphase
