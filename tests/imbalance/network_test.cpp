#include "muonphase/imbalance/network.hpp"

#include <gtest/gtest.h>

#include "muonphase/imbalance/sample.hpp"
#include "muonphase/imbalance/softmax.hpp"

namespace muonphase {
namespace {

/// The loss of a network by central differences in every weight, against backward().
void expect_gradient(Network network, const Eigen::MatrixXd& input, const Eigen::MatrixXd& target) {
  const auto loss = [&] { return cross_entropy(logits(network, input), target).loss; };
  const Layers gradient =
      backward(network, input, cross_entropy(logits(network, input), target).gradient, /*threads=*/2);
  for (std::size_t l = 0; l < network.layers.size(); ++l)
    for (Eigen::Index i = 0; i < network.layers[l].size(); ++i) {
      double& weight = network.layers[l](i);
      const double kept = weight, h = 1e-5;
      weight = kept + h;
      const double above = loss();
      weight = kept - h;
      const double below = loss();
      weight = kept;
      EXPECT_NEAR(gradient[l](i), (above - below) / (2 * h), 1e-8) << "layer " << l << ", weight " << i;
    }
}

struct Data {
  Mixture mixture{Eigen::Array3d(0.6, 0.3, 0.1), Eigen::ArrayXd::Constant(3, 2), 0.7, 5};
  Draws draws{5, 0};
  Sample sample = draws.sample(mixture, draws.directions(mixture), 600);
  Eigen::MatrixXd target = weighted_targets(sample.label, balanced_class_weights(sample.label, 3));
};

TEST(Network, GradientsOfLinearNetworksAgreeWithDifferences) {
  const Data data;
  expect_gradient({data.draws.start({5, 3}, 0.5), false, true}, data.sample.input, data.target);
  expect_gradient({data.draws.start({5, 4, 2, 3}, 0.5), false, true}, data.sample.input, data.target);
}

TEST(Network, GradientsOfRectifiedNetworksAgreeWithDifferences) {
  const Data data;
  expect_gradient({data.draws.start({5, 7, 3}, 0.5), true, true}, data.sample.input, data.target);
}

TEST(Network, AFixedOuterLayerHasNoGradient) {
  const Data data;
  Network network{data.draws.start({5, 7, 3}, 0.5), true, false};
  const Eigen::MatrixXd slope = cross_entropy(logits(network, data.sample.input), data.target).gradient;
  const Layers fixed = backward(network, data.sample.input, slope);
  network.train_outer = true;
  const Layers trained = backward(network, data.sample.input, slope);
  EXPECT_TRUE(fixed[1].isZero(0));
  EXPECT_GT(trained[1].norm(), 0);
  EXPECT_TRUE(fixed[0] == trained[0]);
}

TEST(Network, BalancedLayersMultiplyToAPowerOfTheStart) {
  const Data data;
  const Eigen::MatrixXd v = data.draws.directions(data.mixture);
  EXPECT_TRUE(end_to_end(balanced_layers(v, 3, 0.2)).isApprox(0.008 * v.transpose(), 1e-14));
  EXPECT_TRUE(end_to_end(balanced_layers(v, 1, 0)).isZero(0));
}

TEST(CrossEntropy, KnownValuesAndBlocksOfSamples) {
  Eigen::MatrixXd z(2, 3), y(2, 3);
  z << 0, 0, 0, 1000, 0, -5;
  y << 0, 1, 0, 1, 0, 0;
  const CrossEntropy ce = cross_entropy(z, y);
  EXPECT_NEAR(ce.loss, 0.5 * std::log(3.0), 1e-12);  // 1000 − 1000 is not exact in a sum
  EXPECT_NEAR(ce.gradient(0, 1), 0.5 * (1.0 / 3 - 1), 1e-15);
  EXPECT_NEAR(ce.gradient(0, 0), 0.5 / 3, 1e-15);
  // Many samples over several blocks: the mean of the parts, for any number of threads.
  const Eigen::MatrixXd many = z.replicate(400, 1), targets = y.replicate(400, 1);
  EXPECT_NEAR(cross_entropy(many, targets).loss, ce.loss, 1e-13);
  EXPECT_EQ(cross_entropy(many, targets, 1).loss, cross_entropy(many, targets, 3).loss);
}

TEST(CrossEntropy, BalancedWeightsGiveEachClassTheSameSay) {
  Eigen::ArrayXi label(6);
  label << 0, 0, 0, 0, 1, 1;
  const Eigen::ArrayXd weight = balanced_class_weights(label, 3);
  EXPECT_DOUBLE_EQ(weight(0) * 4, weight(1) * 2);
  EXPECT_DOUBLE_EQ(weight(0), 0.5);
  EXPECT_EQ(weight(2), 0);
  const Eigen::MatrixXd target = weighted_targets(label, weight);
  EXPECT_EQ(target(4, 1), 1);
  EXPECT_DOUBLE_EQ(target.sum(), 4);
}

}  // namespace
}  // namespace muonphase
