#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

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
  const Record record = train_network(
      data, he_start({9, 7, 4}, draws),
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
}

}  // namespace
}  // namespace muonphase
