#pragma once
#include <Eigen/Core>
#include <vector>

#include "muonphase/imbalance/mixture.hpp"

namespace muonphase {

/// Weight matrices in the order in which they act on the input: the first is [·, d], the last [C, ·].
using Layers = std::vector<Eigen::MatrixXd>;

/// Networks without biases. A linear one is the product of its layers; a rectified one has two, z = A max(B x, 0),
/// whose outer layer A may be held fixed.
struct Network {
  Layers layers;
  bool rectified = false;
  bool train_outer = true;  ///< of a rectified network
};

/// W_L … W_1 of a linear network, [C, d].
Eigen::MatrixXd end_to_end(const Layers& layers);

/// Gradients by each layer of a linear network from the gradient by its product.
Layers layer_gradients(const Layers& layers, const Eigen::MatrixXd& product_gradient);

/// The balanced start in the joint eigenbasis: W_1 = ε Vᵀ with the columns of `directions` [d, C] as V, the other
/// depth − 1 layers ε I_C. The product is ε^L Vᵀ; zero when depth is 1 and start is 0.
Layers balanced_layers(const Eigen::MatrixXd& directions, int depth, double start);

/// Logits [n, C] of inputs [n, d], samples in rows. The bits do not depend on `threads`.
Eigen::MatrixXd logits(const Network& network, const Eigen::MatrixXd& input, int threads = 1);

/// Gradients by each layer, given the gradient by the logits [n, C]; zero for a layer that is held fixed.
Layers backward(const Network& network, const Eigen::MatrixXd& input, const Eigen::MatrixXd& logit_gradient,
                int threads = 1);

}  // namespace muonphase
