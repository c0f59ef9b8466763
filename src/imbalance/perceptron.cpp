#include "muonphase/imbalance/perceptron.hpp"

#include <cmath>

#include "muonphase/core/matrix.hpp"

namespace muonphase {

Perceptron he_start(const std::vector<Eigen::Index>& widths, const Draws& draws) {
  Perceptron network{draws.start(widths, 1), {}};
  for (auto& layer : network.weight) {
    layer *= std::sqrt(2.0 / static_cast<double>(layer.cols()));
    network.bias.emplace_back(Eigen::VectorXd::Zero(layer.rows()));
  }
  return network;
}

std::vector<Eigen::MatrixXd> activations(const Perceptron& network, const Eigen::MatrixXd& input, int threads) {
  std::vector<Eigen::MatrixXd> values{input};
  for (std::size_t l = 0; l < network.weight.size(); ++l) {
    Eigen::MatrixXd next = product<double>(values.back(), network.weight[l].transpose(), threads);
    next.rowwise() += network.bias[l].transpose();
    if (l + 1 < network.weight.size()) next = next.cwiseMax(0.0);
    values.push_back(std::move(next));
  }
  return values;
}

Perceptron gradients(const Perceptron& network, const std::vector<Eigen::MatrixXd>& activations,
                     const Eigen::MatrixXd& logit_gradient, int threads) {
  const std::size_t depth = network.weight.size();
  Perceptron gradient{Layers(depth), std::vector<Eigen::VectorXd>(depth)};
  Eigen::MatrixXd above = logit_gradient;
  for (std::size_t l = depth; l-- > 0;) {
    gradient.weight[l] = transposed_product<double>(above, activations[l], threads);
    gradient.bias[l] = above.colwise().sum().transpose();
    if (l == 0) break;
    above = product<double>(above, network.weight[l], threads);
    above = (activations[l].array() > 0).select(above, 0.0);
  }
  return gradient;
}

}  // namespace muonphase
