#include "muonphase/imbalance/classifier.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "muonphase/dynamics/risk_curve.hpp"
#include "muonphase/imbalance/metrics.hpp"
#include "muonphase/imbalance/record.hpp"
#include "muonphase/imbalance/softmax.hpp"
#include "muonphase/optimizers/registry.hpp"

namespace muonphase {
namespace {

struct Task {
  Mixture mixture{zipf_priors(5), Eigen::ArrayXd::Constant(5, 2.5), 0.6, 20};
  Draws draws{1, 0};
  Eigen::MatrixXd directions = draws.directions(mixture);
  Sample sample = draws.sample(mixture, directions, 300), test = draws.test_sample(mixture, directions, 100);
  Sample validation = draws.validation_sample(mixture, directions, 100);
  Eigen::ArrayXd uniform = Eigen::ArrayXd::Ones(5);

  ClassifierCurve run(const std::string& optimizer, double eta, Network network, const Eigen::ArrayXd& weight,
                      int threads = 1, double steps = 150) const {
    return train_classifier(
        mixture, sample, validation, test, weight, std::move(network),
        {make_optimizer(optimizer), eta, recorded_steps(steps, 20), PolarMethod::automatic, threads});
  }
  Network linear() const { return {{Eigen::MatrixXd::Zero(5, 20)}, false, true}; }
};

TEST(Classifier, StartsAtChanceAndLearns) {
  const Task task;
  for (const char* optimizer : {"sgd", "ngd", "signsgd", "signsvd"}) {
    const auto curve = task.run(optimizer, 0.02, task.linear(), task.uniform);
    const Eigen::Index last = curve.step.size() - 1;
    EXPECT_NEAR(curve.train_loss(0), std::log(5.0), 1e-12);
    EXPECT_NEAR(curve.test_loss(0), std::log(5.0), 1e-12);
    EXPECT_NEAR(curve.balanced_accuracy(0), 0.2, 1e-12);
    EXPECT_EQ(curve.worst_accuracy(0), 0);
    EXPECT_TRUE(std::isnan(curve.margin(0, 0)));
    EXPECT_LT(curve.train_loss(last), curve.train_loss(0));
    EXPECT_GT(curve.balanced_accuracy(last), 0.6);
    for (Eigen::Index i = 0; i <= last; ++i) {
      EXPECT_NEAR(curve.accuracy(i), (curve.class_accuracy.row(i).transpose() * task.mixture.prior).sum(), 1e-12);
      EXPECT_EQ(curve.worst_accuracy(i), curve.class_accuracy.row(i).minCoeff());
      EXPECT_NEAR(curve.logit_divergence(i), divergence_to_uniform(curve.logit_singular_value.row(i).transpose()),
                  1e-12);
    }
  }
}

// Whatever the test sample says, a run stops at the same step.
TEST(Classifier, StopsWithoutLookingAtTheTestSample) {
  Task task;
  const auto before = record_of(task.run("signsgd", 0.02, task.linear(), task.uniform));
  for (int& label : task.test.label) label = (label + 1) % 5;
  const auto after = record_of(task.run("signsgd", 0.02, task.linear(), task.uniform));
  EXPECT_EQ(early_stop(before), early_stop(after));
  EXPECT_LT(early_stop(before), field(before, "step").values.rows() - 1) << "it stops early here";
  EXPECT_NE(field(before, "test_loss").values(3, 0), field(after, "test_loss").values(3, 0));
}

TEST(Classifier, SpectralDescentKeepsTheLogitsNearerUniform) {
  const Task task;
  const auto spec = task.run("signsvd", 0.02, task.linear(), task.uniform);
  const auto ngd = task.run("ngd", 0.02, task.linear(), task.uniform);
  for (Eigen::Index i = 1; i < spec.step.size(); ++i) EXPECT_LT(spec.logit_divergence(i), ngd.logit_divergence(i));
}

TEST(Classifier, TestLossWeighsClassesByThePrior) {
  // A model without spread: logits depend on the class alone, and the loss is a sum over classes.
  Task task;
  task.mixture.noise = 1e-9;
  task.test = task.draws.test_sample(task.mixture, task.directions, 7);
  Network network = task.linear();
  network.layers[0] = task.directions.transpose();
  network.layers[0].row(4) *= 3;
  const auto curve = task.run("sgd", 1e-300, network, task.uniform);
  const auto loss = [&](double z) { return std::log(4 + std::exp(z)) - z; };
  EXPECT_NEAR(curve.test_loss(0), (1 - task.mixture.prior(4)) * loss(2.5) + task.mixture.prior(4) * loss(7.5), 1e-6);
}

TEST(Classifier, MarginsOfASeparatingModel) {
  Task task;
  task.mixture.noise = 1e-9;
  task.sample = task.draws.sample(task.mixture, task.directions, 200);
  Network network = task.linear();
  network.layers[0] = 2 * task.directions.transpose();
  const auto curve = task.run("sgd", 1e-300, network, task.uniform);
  EXPECT_NEAR(curve.margin(0, 0), 2.5 / std::sqrt(5.0), 1e-6);
  EXPECT_NEAR(curve.margin(0, 1), 2.5 / task.directions.cwiseAbs().maxCoeff(), 1e-6);
  EXPECT_NEAR(curve.margin(0, 2), 2.5, 1e-6);
  EXPECT_EQ(curve.train_accuracy(0), 1);
}

TEST(Classifier, BalancedWeightsHelpTheWorstClass) {
  const Task task;
  const auto plain = task.run("sgd", 0.1, task.linear(), task.uniform);
  const auto balanced = task.run("sgd", 0.1, task.linear(), balanced_class_weights(task.sample.label, 5));
  const Eigen::Index middle = plain.step.size() / 2;
  EXPECT_GT(balanced.worst_accuracy(middle), plain.worst_accuracy(middle) + 0.1);
}

TEST(Classifier, RectifiedNetworkWithFixedOuterLayerLearnsAndThreadsDoNotMatter) {
  const Task task;
  Network network{task.draws.start({20, 40, 5}, 0.1), true, false};
  const auto long_run = task.run("signsvd", 0.02, network, task.uniform);
  EXPECT_GT(long_run.accuracy(long_run.step.size() - 1), 0.8);
  const auto one = task.run("signsvd", 0.02, network, task.uniform, 1, 5);
  const auto two = task.run("signsvd", 0.02, network, task.uniform, 2, 5);
  EXPECT_TRUE((one.test_loss == two.test_loss).all());
  EXPECT_TRUE((one.logit_singular_value == two.logit_singular_value).all());
}

}  // namespace
}  // namespace muonphase
