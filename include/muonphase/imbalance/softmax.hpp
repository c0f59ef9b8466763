#pragma once
#include <Eigen/Core>

namespace muonphase {

/// Cross-entropy of logits against weighted targets; samples are rows.
///
/// `target` [n, C] has one row for each sample: the distribution over classes times the weight ω_i of the sample, so
/// plain classification has one-hot rows and reweighted classification scales them.
struct CrossEntropy {
  double loss = 0;           ///< (1/n) Σ_i [ω_i ln Σ_c e^(z_ic) − Σ_c y_ic z_ic]
  Eigen::MatrixXd gradient;  ///< by the logits, (ω_i softmax(z_i) − y_i)/n, [n, C]
};

/// logits, target [n, C]. Parallel over fixed blocks of samples: the same bits for any number of threads.
CrossEntropy cross_entropy(const Eigen::MatrixXd& logits, const Eigen::MatrixXd& target, int threads = 1);

/// Half the squared distance of the logits from one-hot targets, weighted in the same way: (1/n) Σ_i ω_i ½‖z_i − e_{y_i}‖²
/// and its gradient by the logits, (ω_i z_i − y_i)/n.
CrossEntropy squared_error(const Eigen::MatrixXd& logits, const Eigen::MatrixXd& target);

/// Softmax of each row.
Eigen::MatrixXd softmax(const Eigen::MatrixXd& logits);

/// One-hot targets [n, C], each scaled by `class_weight` [C] of its label.
Eigen::MatrixXd weighted_targets(const Eigen::ArrayXi& label, const Eigen::ArrayXd& class_weight);

/// n/(C n_c) for each class: every class then has the same say. 0 for a class without samples.
Eigen::ArrayXd balanced_class_weights(const Eigen::ArrayXi& label, Eigen::Index classes);

}  // namespace muonphase
