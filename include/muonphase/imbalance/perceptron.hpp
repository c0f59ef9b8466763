#pragma once
#include <Eigen/Core>
#include <vector>

#include "muonphase/imbalance/network.hpp"
#include "muonphase/imbalance/sample.hpp"

namespace muonphase {

/// A network of any depth with biases: x ↦ W_L max(… max(W_1 x + b_1, 0) …, 0) + b_L.
///
///     Perceptron network = he_start({784, 200, 100, 10}, Draws{1, 0});
///     Eigen::MatrixXd z = activations(network, images).back();
struct Perceptron {
  Layers weight;                      ///< layer l is [width_(l+1), width_l]
  std::vector<Eigen::VectorXd> bias;  ///< [width_(l+1)]
};

/// Weights N(0, 2/width_l), He's start, drawn from the stream of the trial; biases zero.
Perceptron he_start(const std::vector<Eigen::Index>& widths, const Draws& draws);

/// What enters each layer [n, width_l], samples in rows, and the logits [n, C] at the end.
std::vector<Eigen::MatrixXd> activations(const Perceptron& network, const Eigen::MatrixXd& input, int threads = 1);

/// Gradients by weights and biases, given activations() and the gradient by the logits [n, C]. Two products of the size
/// of the forward pass. The bits do not depend on `threads`.
Perceptron gradients(const Perceptron& network, const std::vector<Eigen::MatrixXd>& activations,
                     const Eigen::MatrixXd& logit_gradient, int threads = 1);

}  // namespace muonphase
