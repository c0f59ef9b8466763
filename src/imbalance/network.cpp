#include "muonphase/imbalance/network.hpp"

#include "muonphase/core/matrix.hpp"

namespace muonphase {
namespace {

Eigen::MatrixXd hidden_units(const Network& network, const Eigen::MatrixXd& input, int threads) {
  return product<double>(input, network.layers[0].transpose(), threads).cwiseMax(0.0);
}

}  // namespace

Eigen::MatrixXd end_to_end(const Layers& layers) {
  Eigen::MatrixXd product = layers.back();
  for (auto layer = layers.rbegin() + 1; layer != layers.rend(); ++layer) product = product * *layer;
  return product;
}

Layers layer_gradients(const Layers& layers, const Eigen::MatrixXd& product_gradient) {
  // With P = A W_l B: ∂/∂W_l = Aᵀ G Bᵀ. `above` runs down from G to Aᵀ G, `below` holds the B of each layer.
  Layers below(layers.size());
  for (std::size_t l = 1; l < layers.size(); ++l)
    below[l] = l == 1 ? layers[0] : Eigen::MatrixXd(layers[l - 1] * below[l - 1]);
  Layers gradient(layers.size());
  Eigen::MatrixXd above = product_gradient;
  for (std::size_t l = layers.size(); l-- > 0;) {
    gradient[l] = l == 0 ? above : Eigen::MatrixXd(above * below[l].transpose());
    if (l > 0) above = layers[l].transpose() * above;
  }
  return gradient;
}

Layers balanced_layers(const Eigen::MatrixXd& directions, int depth, double start) {
  Layers layers{start * directions.transpose()};
  for (int l = 1; l < depth; ++l)
    layers.push_back(start * Eigen::MatrixXd::Identity(directions.cols(), directions.cols()));
  return layers;
}

Eigen::MatrixXd logits(const Network& network, const Eigen::MatrixXd& input, int threads) {
  if (!network.rectified) return product<double>(input, end_to_end(network.layers).transpose(), threads);
  return product<double>(hidden_units(network, input, threads), network.layers[1].transpose(), threads);
}

Layers backward(const Network& network, const Eigen::MatrixXd& input, const Eigen::MatrixXd& logit_gradient,
                int threads) {
  // The data matrix is the one to cut into blocks, so the products below give transposed gradients.
  if (!network.rectified)
    return layer_gradients(network.layers, transposed_product<double>(input, logit_gradient, threads).transpose());
  const Eigen::MatrixXd hidden = hidden_units(network, input, threads);
  Eigen::MatrixXd by_hidden = product<double>(logit_gradient, network.layers[1], threads);
  by_hidden = (hidden.array() > 0).select(by_hidden, 0.0);
  Eigen::MatrixXd outer = Eigen::MatrixXd::Zero(network.layers[1].rows(), network.layers[1].cols());
  if (network.train_outer) outer = transposed_product<double>(logit_gradient, hidden, threads);
  return {transposed_product<double>(by_hidden, input, threads), outer};
}

}  // namespace muonphase
