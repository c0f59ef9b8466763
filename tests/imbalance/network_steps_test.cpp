// Gradients and steps of networks against code that shares nothing with them.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "muonphase/imbalance/network_run.hpp"
#include "muonphase/imbalance/softmax.hpp"
#include "muonphase/optimizers/registry.hpp"

namespace muonphase {
namespace {

struct PlainPass {
  double loss = 0;
  Perceptron gradient;
};

// Sample by sample and unit by unit, without a matrix product; weight ω_i of each sample.
PlainPass plain_pass(const Perceptron& net, const Sample& sample, const Eigen::ArrayXd& weight, bool squared) {
  const std::size_t depth = net.weight.size();
  PlainPass pass{0, net};
  for (std::size_t l = 0; l < depth; ++l) {
    pass.gradient.weight[l].setZero();
    pass.gradient.bias[l].setZero();
  }
  for (Eigen::Index i = 0; i < sample.input.rows(); ++i) {
    const double share = weight(i) / static_cast<double>(sample.input.rows());
    std::vector<Eigen::VectorXd> value{sample.input.row(i).transpose()};
    for (std::size_t l = 0; l < depth; ++l) {
      Eigen::VectorXd next = net.bias[l];
      for (Eigen::Index u = 0; u < next.size(); ++u) {
        for (Eigen::Index v = 0; v < value[l].size(); ++v) next(u) += net.weight[l](u, v) * value[l](v);
        if (l + 1 < depth && next(u) < 0) next(u) = 0;
      }
      value.push_back(next);
    }
    const Eigen::VectorXd z = value.back();
    double sum = 0;
    for (const double logit : z) sum += std::exp(logit);
    Eigen::VectorXd error(z.size());
    for (Eigen::Index c = 0; c < z.size(); ++c) {
      const double hot = sample.label(i) == c ? 1 : 0;
      error(c) = share * ((squared ? z(c) : std::exp(z(c)) / sum) - hot);
      pass.loss += share * (squared ? 0.5 * (z(c) - hot) * (z(c) - hot) : hot * (std::log(sum) - z(c)));
    }
    for (std::size_t l = depth; l-- > 0;) {
      Eigen::VectorXd below = Eigen::VectorXd::Zero(value[l].size());
      for (Eigen::Index u = 0; u < error.size(); ++u) {
        pass.gradient.bias[l](u) += error(u);
        for (Eigen::Index v = 0; v < below.size(); ++v) {
          pass.gradient.weight[l](u, v) += error(u) * value[l](v);
          if (l > 0 && value[l](v) > 0) below(v) += error(u) * net.weight[l](u, v);
        }
      }
      error = below;
    }
  }
  return pass;
}

struct Tiny {
  Draws draws{3, 0};
  SplitData data = mixture_data({zipf_priors(4), Eigen::ArrayXd::Constant(4, 2.0), 0.5, 9}, 60, 20, draws);
  Perceptron network = he_start({9, 7, 6, 4}, draws);
  Sample sample{data.train.input, data.train.label};
  Eigen::ArrayXd weight = Eigen::ArrayXd::Ones(60);

  Tiny() {
    network.bias[0].setConstant(0.1);
    network.bias[1].setConstant(-0.05);
    network.bias[2] << 0.3, -0.2, 0.1, 0;
    for (Eigen::Index i = 0; i < 60; ++i) weight(i) = 0.25 * static_cast<double>(1 + i % 7);
  }
  Eigen::MatrixXd target() const {
    return weight.matrix().asDiagonal() * weighted_targets(sample.label, Eigen::ArrayXd::Ones(4));
  }
};

TEST(NetworkSteps, GradientsOfBothLossesAreThoseOfAPlainPass) {
  const Tiny t;
  const auto values = activations(t.network, t.sample.input);
  for (const bool squared : {false, true}) {
    const PlainPass plain = plain_pass(t.network, t.sample, t.weight, squared);
    const CrossEntropy loss =
        squared ? squared_error(values.back(), t.target()) : cross_entropy(values.back(), t.target());
    EXPECT_NEAR(loss.loss, plain.loss, 1e-12) << squared;
    const Perceptron gradient = gradients(t.network, values, loss.gradient);
    for (std::size_t l = 0; l < 3; ++l) {
      EXPECT_LT((gradient.weight[l] - plain.gradient.weight[l]).cwiseAbs().maxCoeff(), 1e-13) << squared << l;
      EXPECT_LT((gradient.bias[l] - plain.gradient.bias[l]).cwiseAbs().maxCoeff(), 1e-13) << squared << l;
    }
  }
}

TEST(NetworkSteps, GradientsOfBothLossesAreFiniteDifferences) {
  Tiny t;
  constexpr double h = 1e-6;
  for (const bool squared : {false, true}) {
    const auto loss = [&] {
      const Eigen::MatrixXd logits = activations(t.network, t.sample.input).back();
      return squared ? squared_error(logits, t.target()) : cross_entropy(logits, t.target());
    };
    const Perceptron gradient = gradients(t.network, activations(t.network, t.sample.input), loss().gradient);
    const auto expect = [&](double& parameter, double slope) {
      const double at = parameter;
      parameter = at + h;
      const double up = loss().loss;
      parameter = at - h;
      const double down = loss().loss;
      parameter = at;
      EXPECT_NEAR(slope, (up - down) / (2 * h), 2e-8) << squared;
    };
    for (std::size_t l = 0; l < 3; ++l)
      for (Eigen::Index i = 0; i < t.network.weight[l].rows(); ++i) {
        expect(t.network.bias[l](i), gradient.bias[l](i));
        for (Eigen::Index j = 0; j < t.network.weight[l].cols(); ++j)
          expect(t.network.weight[l](i, j), gradient.weight[l](i, j));
      }
  }
}

// Two steps of every optimizer are those of the matrix optimizer on each layer's gradient, the decay of weights beside
// it and the rates along half a cosine; biases have Adam.
TEST(NetworkSteps, EveryOptimizerStepsLayerByLayer) {
  const Tiny t;
  constexpr double rate = 0.02, bias_rate = 0.003, decay = 0.3, steps = 2;
  for (const bool squared : {false, true})
    for (const std::string& name : optimizer_names()) {
      const Optimizer optimizer = make_optimizer(name, {{"weight_decay", decay}}), adam = make_optimizer("adam");
      Perceptron expected = t.network;
      std::vector<OptimizerState<double>> state(3), bias_state(3);
      for (int step = 0; step < 2; ++step) {
        const double shape = 0.5 * (1 + std::cos(M_PI * step / steps));
        const auto values = activations(expected, t.sample.input);
        const Eigen::MatrixXd hot = weighted_targets(t.sample.label, Eigen::ArrayXd::Ones(4));
        const CrossEntropy loss = squared ? squared_error(values.back(), hot) : cross_entropy(values.back(), hot);
        const Perceptron gradient = gradients(expected, values, loss.gradient);
        for (std::size_t l = 0; l < 3; ++l) {
          const Eigen::MatrixXd phi = optimizer.update<double>(state[l], gradient.weight[l]);
          expected.weight[l] = (1 - rate * shape * decay) * expected.weight[l] - rate * shape * phi;
          expected.bias[l] -= bias_rate * shape * adam.update<double>(bias_state[l], Matrix<double>(gradient.bias[l]));
        }
      }
      Perceptron network = t.network;
      train_network(t.data, network,
                    {.optimizer = optimizer,
                     .schedule = DecayRate{.shape = DecayRate::Shape::cosine, .eta0 = rate},
                     .bias_rate = bias_rate,
                     .record = Eigen::ArrayXd{{0.0, steps}},
                     .squared = squared},
                    t.draws);
      for (std::size_t l = 0; l < 3; ++l) {
        EXPECT_LT((network.weight[l] - expected.weight[l]).cwiseAbs().maxCoeff(), 1e-13) << name << " layer " << l;
        EXPECT_LT((network.bias[l] - expected.bias[l]).cwiseAbs().maxCoeff(), 1e-13) << name << " layer " << l;
        EXPECT_GT((network.weight[l] - t.network.weight[l]).cwiseAbs().maxCoeff(), 1e-4) << name;
      }
    }
}

}  // namespace
}  // namespace muonphase
