#include "muonphase/imbalance/perceptron.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "muonphase/core/random.hpp"
#include "muonphase/dynamics/risk_curve.hpp"
#include "muonphase/imbalance/decode.hpp"
#include "muonphase/imbalance/network_experiment.hpp"
#include "muonphase/imbalance/softmax.hpp"
#include "muonphase/optimizers/registry.hpp"

namespace muonphase {
namespace {

// Loops over samples and units, without a matrix product.
double plain_loss(const Perceptron& net, const Eigen::MatrixXd& input, const Eigen::ArrayXi& label) {
  double loss = 0;
  for (Eigen::Index i = 0; i < input.rows(); ++i) {
    std::vector<double> value(input.row(i).begin(), input.row(i).end());
    for (std::size_t l = 0; l < net.weight.size(); ++l) {
      std::vector<double> next(static_cast<std::size_t>(net.weight[l].rows()));
      for (std::size_t u = 0; u < next.size(); ++u) {
        next[u] = net.bias[l](static_cast<Eigen::Index>(u));
        for (std::size_t v = 0; v < value.size(); ++v)
          next[u] += net.weight[l](static_cast<Eigen::Index>(u), static_cast<Eigen::Index>(v)) * value[v];
        if (l + 1 < net.weight.size()) next[u] = std::max(next[u], 0.0);
      }
      value = next;
    }
    double sum = 0;
    for (const double z : value) sum += std::exp(z);
    loss += std::log(sum) - value[static_cast<std::size_t>(label(i))];
  }
  return loss / static_cast<double>(input.rows());
}

struct Small {
  Mixture mixture{zipf_priors(4), Eigen::ArrayXd::Constant(4, 2.0), 0.5, 9};
  Draws draws{3, 0};
  SplitData data = mixture_data(mixture, 60, 20, draws);
  Perceptron network = he_start({9, 7, 6, 4}, draws);
  Eigen::MatrixXd target = weighted_targets(data.train.label, Eigen::ArrayXd::Ones(4));
};

TEST(Perceptron, GradientsAreThoseOfFiniteDifferences) {
  Small s;
  s.network.bias[0].setConstant(0.1);
  s.network.bias[1].setConstant(-0.05);
  const auto values = activations(s.network, s.data.train.input);
  const CrossEntropy loss = cross_entropy(values.back(), s.target);
  EXPECT_NEAR(loss.loss, plain_loss(s.network, s.data.train.input, s.data.train.label), 1e-12);
  const Perceptron gradient = gradients(s.network, values, loss.gradient);
  constexpr double h = 1e-6;
  for (std::size_t l = 0; l < 3; ++l)
    for (const auto& [i, j] : {std::pair{0, 0}, {1, 3}, {3, 5}}) {
      Perceptron up = s.network, down = s.network;
      up.weight[l](i, j) += h;
      down.weight[l](i, j) -= h;
      const auto at = [&](const Perceptron& net) { return plain_loss(net, s.data.train.input, s.data.train.label); };
      EXPECT_NEAR(gradient.weight[l](i, j), (at(up) - at(down)) / (2 * h), 1e-8) << l << i << j;
      up = down = s.network;
      up.bias[l](i) += h;
      down.bias[l](i) -= h;
      EXPECT_NEAR(gradient.bias[l](i), (at(up) - at(down)) / (2 * h), 1e-8) << l << i;
    }
}

// One step of every optimizer is that of the matrix optimizer on each layer's gradient.
TEST(Perceptron, AStepIsTheOptimizersLayerByLayer) {
  const Small s;
  const auto values = activations(s.network, s.data.train.input);
  const Perceptron gradient = gradients(s.network, values, cross_entropy(values.back(), s.target).gradient);
  for (const char* name : {"sgd", "nmd", "signum", "adam", "muon", "shampoo", "signsvd"}) {
    Perceptron expected = s.network;
    for (std::size_t l = 0; l < 3; ++l) {
      OptimizerState<double> state;
      expected.weight[l] -= 0.01 * make_optimizer(name).update<double>(state, gradient.weight[l]);
      OptimizerState<double> bias;
      expected.bias[l] -= 0.001 * make_optimizer("adam").update<double>(bias, Matrix<double>(gradient.bias[l]));
    }
    const double after = cross_entropy(activations(expected, s.data.train.input).back(), s.target).loss;
    const Record record = train_network(s.data, s.network,
                                        {.optimizer = make_optimizer(name),
                                         .schedule = ConstantRate{0.01},
                                         .record = Eigen::ArrayXd{{0.0, 1.0}}},
                                        s.draws);
    EXPECT_NEAR(field(record, "train_loss").values(1, 0), after, 1e-13) << name;
  }
}

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
  const Small s;
  NetworkExperiment experiment = small_experiment(s.mixture);
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
  const auto again = run_networks(experiment, {}, {}, {}, {}, {});
  EXPECT_EQ(field(again[0].record, "loss").values.col(0).sum(), field(runs[0].record, "loss").values.col(0).sum());
}

// Whatever the labels of the test sample are, the same rate is chosen and the same weights are trained.
TEST(NetworkExperiment, NothingThatIsChosenReadsTheTestSample) {
  Small s;
  const NetworkTraining training{
      .optimizer = make_optimizer("muon"), .schedule = ConstantRate{0.05}, .record = Eigen::ArrayXd{{0.0, 10.0, 20.0}}};
  const Record before = train_network(s.data, s.network, training, s.draws);
  for (int& label : s.data.test.label) label = 3 - label;
  s.data.test.input *= -1;
  const Record after = train_network(s.data, s.network, training, s.draws);
  for (const char* name : {"train_loss", "validation_loss", "validation_accuracy"})
    EXPECT_TRUE((field(before, name).values == field(after, name).values).all()) << name;
  EXPECT_EQ(early_stop(before), early_stop(after));
  EXPECT_FALSE((field(before, "loss").values == field(after, "loss").values).all());
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
