#include <gtest/gtest.h>

#include <Eigen/SVD>
#include <algorithm>
#include <cmath>
#include <vector>

#include "muonphase/core/error.hpp"
#include "muonphase/imbalance/network_run.hpp"
#include "muonphase/optimizers/registry.hpp"

namespace muonphase {
namespace {

// Samples whose group is not `left_out`.
GroupedSample without(const GroupedSample& part, int left_out) {
  std::vector<Eigen::Index> rows;
  for (Eigen::Index i = 0; i < part.size(); ++i)
    if (part.group(i) != left_out) rows.push_back(i);
  return {part.input(rows, Eigen::all), part.label(rows), part.group(rows)};
}

// Small splits of rare groups have groups without a sample: accuracies are then those of the groups that are there.
TEST(NetworkGroups, OneWithoutSamplesCountsInNoMean) {
  const Draws draws{3, 0};
  SplitData data = mixture_data({zipf_priors(4), Eigen::ArrayXd::Constant(4, 2.0), 0.5, 9}, 60, 20, draws);
  // A fifth and a sixth group, one frequent and one rare, which have no samples but in training.
  data.group_names = {"0", "1", "2", "3", "frequent", "rare"};
  data.minority = {false, false, true, true, false, true};
  for (Eigen::Index i = 0; i < 6; ++i) data.train.group(i) = i < 4 ? 4 : 5;
  data.test = without(data.test, 1);
  data.validation = without(data.validation, 2);
  Perceptron network = he_start({9, 7, 4}, draws);
  const Record record = train_network(
      data, network,
      {.optimizer = make_optimizer("adam"), .schedule = ConstantRate{0.01}, .record = Eigen::ArrayXd{{0.0, 30.0}}},
      draws);
  const auto at_end = [&](const char* name) { return field(record, name).values(1, 0); };
  const Eigen::ArrayXd group = field(record, "group_accuracy").values.row(1).transpose();
  for (const Eigen::Index absent : {1, 4, 5}) EXPECT_TRUE(std::isnan(group(absent)));
  EXPECT_DOUBLE_EQ(at_end("balanced_accuracy"), (group(0) + group(2) + group(3)) / 3);
  EXPECT_DOUBLE_EQ(at_end("worst_accuracy"), std::min({group(0), group(2), group(3)}));
  EXPECT_DOUBLE_EQ(at_end("majority_accuracy"), group(0));
  EXPECT_DOUBLE_EQ(at_end("minority_accuracy"), (group(2) + group(3)) / 2);
  EXPECT_GE(at_end("decoded_worst_accuracy"), 0);
  EXPECT_GT(at_end("validation_accuracy"), 0.25);

  // The losses likewise, and the spectrum, of the logits of the network that was trained.
  const Eigen::MatrixXd logits = activations(network, data.test.input).back();
  Eigen::ArrayXd loss = Eigen::ArrayXd::Zero(6), count = loss;
  for (Eigen::Index i = 0; i < data.test.size(); ++i) {
    loss(data.test.group(i)) += std::log(logits.row(i).array().exp().sum()) - logits(i, data.test.label(i));
    count(data.test.group(i)) += 1;
  }
  loss /= count;
  for (const Eigen::Index present : {0, 2, 3})
    EXPECT_NEAR(field(record, "group_loss").values(1, present), loss(present), 1e-13) << present;
  for (const Eigen::Index absent : {1, 4, 5}) EXPECT_TRUE(std::isnan(field(record, "group_loss").values(1, absent)));
  EXPECT_NEAR(at_end("worst_loss"), std::max({loss(0), loss(2), loss(3)}), 1e-13);
  EXPECT_NEAR(at_end("majority_loss"), loss(0), 1e-13);
  EXPECT_NEAR(at_end("minority_loss"), (loss(2) + loss(3)) / 2, 1e-13);
  const Eigen::VectorXd spectrum = Eigen::JacobiSVD<Eigen::MatrixXd>(logits).singularValues();
  const Eigen::VectorXd recorded = field(record, "logit_singular_value").values.row(1).transpose();
  EXPECT_LT((recorded - spectrum).cwiseAbs().maxCoeff(), 1e-6 * spectrum(0));
}

Record record_with(double first, double second) {
  return {{"step", "", "step", Eigen::ArrayXXd::Zero(1, 1)},
          {"rare", "group", "rare", Eigen::ArrayXXd{{first, second}}}};
}

// A seed whose split has none of a group says nothing of it, and takes nothing from what other seeds say.
TEST(NetworkGroups, MeansOverSeedsAreOfThoseThatHaveAValue) {
  const double none = std::nan("");
  const Record mean = mean_record({record_with(0.25, none), record_with(none, none), record_with(0.75, 0.5)});
  ASSERT_EQ(mean.size(), 3u);
  EXPECT_DOUBLE_EQ(field(mean, "rare").values(0, 0), 0.5);
  EXPECT_DOUBLE_EQ(field(mean, "rare_sem").values(0, 0), 0.25);
  EXPECT_DOUBLE_EQ(field(mean, "rare").values(0, 1), 0.5);
  EXPECT_TRUE(std::isnan(field(mean, "rare_sem").values(0, 1))) << "one value has no spread";
  EXPECT_TRUE(std::isnan(field(mean_record({record_with(1, none), record_with(1, none)}), "rare").values(0, 1)));
}

TEST(NetworkGroups, ALossThatIsNotFiniteEndsTheRun) {
  const Draws draws{3, 0};
  const SplitData data = mixture_data({zipf_priors(4), Eigen::ArrayXd::Constant(4, 2.0), 0.5, 9}, 60, 20, draws);
  Perceptron network = he_start({9, 7, 4}, draws);
  EXPECT_THROW(train_network(data, network,
                             {.optimizer = make_optimizer("sgd"),
                              .schedule = ConstantRate{1e200},
                              .record = Eigen::ArrayXd{{0.0, 1.0}},
                              .squared = true},
                             draws),
               DivergenceError);
}

}  // namespace
}  // namespace muonphase
