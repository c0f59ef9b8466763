#include "muonphase/imbalance/decode.hpp"

#include <cmath>

#include "core/eigensystem.hpp"
#include "muonphase/core/matrix.hpp"
#include "muonphase/imbalance/softmax.hpp"

namespace muonphase {
namespace {

// Standardised by `features`, and a column of ones.
Eigen::MatrixXd prepared(const Eigen::MatrixXd& features, const Eigen::RowVectorXd& mean,
                         const Eigen::RowVectorXd& scale) {
  Eigen::MatrixXd x(features.rows(), features.cols() + 1);
  x << ((features.rowwise() - mean).array().rowwise() / scale.array()).matrix(), Eigen::VectorXd::Ones(features.rows());
  return x;
}

}  // namespace

Eigen::MatrixXd decoded_logits(const Eigen::MatrixXd& features, const GroupedSample& sample,
                               const Eigen::MatrixXd& test_features, Eigen::Index classes, Eigen::Index groups,
                               int threads) {
  constexpr double ridge = 1e-3;
  constexpr int steps = 200;
  const double n = static_cast<double>(features.rows());
  const Eigen::RowVectorXd mean = features.colwise().mean();
  Eigen::RowVectorXd scale = ((features.rowwise() - mean).colwise().squaredNorm() / n).cwiseSqrt();
  for (double& s : scale)
    if (!(s > 0)) s = 1;
  const Eigen::MatrixXd x = prepared(features, mean, scale);
  Eigen::MatrixXd target = weighted_targets(sample.label, Eigen::ArrayXd::Ones(classes));
  const Eigen::ArrayXd weight = balanced_class_weights(sample.group, groups);
  for (Eigen::Index i = 0; i < sample.size(); ++i) target.row(i) *= weight(sample.group(i));
  // The softmax's Hessian is at most half of the weighted second moment.
  const Eigen::VectorXd root = target.rowwise().sum().cwiseSqrt();
  const Eigen::MatrixXd weighted = root.asDiagonal() * x;
  const double largest = eigenvalues(gram<double>(weighted, threads) / n).tail(1)(0);
  const double rate = 1 / (0.5 * largest + ridge);
  Eigen::MatrixXd w = Eigen::MatrixXd::Zero(x.cols(), classes), ahead = w;
  double momentum = 1;
  for (int i = 0; i < steps; ++i) {
    const Eigen::MatrixXd logits = product<double>(x, ahead, threads);
    const Eigen::MatrixXd slope =
        transposed_product<double>(x, cross_entropy(logits, target, threads).gradient, threads) + ridge * ahead;
    const Eigen::MatrixXd next = ahead - rate * slope;
    const double after = 0.5 * (1 + std::sqrt(1 + 4 * momentum * momentum));
    ahead = next + (momentum - 1) / after * (next - w);
    w = next;
    momentum = after;
  }
  return product<double>(prepared(test_features, mean, scale), w, threads);
}

}  // namespace muonphase
