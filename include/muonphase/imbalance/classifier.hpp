#pragma once
#include <Eigen/Core>

#include "muonphase/imbalance/network.hpp"
#include "muonphase/imbalance/sample.hpp"
#include "muonphase/imbalance/training.hpp"

namespace muonphase {

/// A classifier under cross-entropy, by recorded step.
struct ClassifierCurve {
  Eigen::ArrayXd step;               ///< [T]
  Eigen::ArrayXd train_loss;         ///< cross-entropy of the training sample, class weights included, [T]
  Eigen::ArrayXd train_accuracy;     ///< share of the training sample that is right, [T]
  Eigen::ArrayXd validation_loss;    ///< as test_loss, on the validation sample: what early stopping reads, [T]
  Eigen::ArrayXd test_loss;          ///< mean over the prior of the class means on the test sample, unweighted, [T]
  Eigen::ArrayXXd class_accuracy;    ///< on the test sample, [T, C]
  Eigen::ArrayXd accuracy;           ///< mean of class_accuracy over the prior, [T]
  Eigen::ArrayXd balanced_accuracy;  ///< mean over the classes, [T]
  Eigen::ArrayXd worst_accuracy;     ///< of the worst class, [T]
  /// Smallest margin of the training sample over a norm of the model: Frobenius, max, spectral, [T, 3]; NaN for the
  /// zero model. The norm is that of W_L … W_1 for a linear network, else the product over the trained layers.
  Eigen::ArrayXXd margin;
  Eigen::ArrayXXd logit_singular_value;  ///< of the logits of the test sample, decreasing, [T, C]
  Eigen::ArrayXd logit_divergence;       ///< their KL divergence to uniform, [T]
};

/// Trains `network` by full-batch gradients of the cross-entropy, each class weighted by `class_weight` [C]. `validation`
/// and `test` hold every class of the mixture. A step costs two products of the inputs with C (or the hidden units) rows.
ClassifierCurve train_classifier(const Mixture& mixture, const Sample& sample, const Sample& validation,
                                 const Sample& test, const Eigen::ArrayXd& class_weight, Network network,
                                 const Training& training);

}  // namespace muonphase
