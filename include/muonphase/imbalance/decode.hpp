#pragma once
#include <Eigen/Core>

#include "muonphase/imbalance/labelled_data.hpp"

namespace muonphase {

/// Logits [m, C] of `test_features` [m, h] under the multinomial logistic regression that fits the labels of `sample`
/// from `features` [n, h], groups weighted alike: what a network's last hidden layer knows, whatever its output layer
/// makes of it. Features are standardised; a ridge of 1e-3 keeps the fit finite. Two hundred steps of Nesterov's method
/// at the rate 1/L: O(n h C) each.
Eigen::MatrixXd decoded_logits(const Eigen::MatrixXd& features, const GroupedSample& sample,
                               const Eigen::MatrixXd& test_features, Eigen::Index classes, Eigen::Index groups,
                               int threads = 1);

}  // namespace muonphase
