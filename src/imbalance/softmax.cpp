#include "muonphase/imbalance/softmax.hpp"

#include <algorithm>
#include <vector>

namespace muonphase {
namespace {

constexpr Eigen::Index block = 256;  // samples a thread takes at a time

/// Softmax of the rows of `logits`, to `p`; returns ln Σ e^z of each row.
Eigen::VectorXd exponentiate(const Eigen::Ref<const Eigen::MatrixXd>& logits, Eigen::Ref<Eigen::MatrixXd> p) {
  const Eigen::VectorXd top = logits.rowwise().maxCoeff();
  p = (logits.colwise() - top).array().exp();
  const Eigen::VectorXd sum = p.rowwise().sum();
  p.array().colwise() /= sum.array();
  return top.array() + sum.array().log();
}

}  // namespace

CrossEntropy cross_entropy(const Eigen::MatrixXd& logits, const Eigen::MatrixXd& target, int threads) {
  const Eigen::Index samples = logits.rows(), blocks = (samples + block - 1) / block;
  CrossEntropy result;
  result.gradient.resize(samples, logits.cols());
  std::vector<double> part(static_cast<std::size_t>(blocks));
#pragma omp parallel for schedule(static) num_threads(threads) if (threads > 1)
  for (Eigen::Index b = 0; b < blocks; ++b) {
    const Eigen::Index first = b * block, count = std::min(block, samples - first);
    const auto z = logits.middleRows(first, count);
    const auto y = target.middleRows(first, count);
    Eigen::MatrixXd p(count, logits.cols());
    const Eigen::VectorXd log_sum = exponentiate(z, p), weight = y.rowwise().sum();
    part[static_cast<std::size_t>(b)] = log_sum.dot(weight) - y.cwiseProduct(z).sum();
    p.array().colwise() *= weight.array();
    result.gradient.middleRows(first, count) = (p - y) / static_cast<double>(samples);
  }
  for (double value : part) result.loss += value;
  result.loss /= static_cast<double>(samples);
  return result;
}

CrossEntropy squared_error(const Eigen::MatrixXd& logits, const Eigen::MatrixXd& target) {
  const Eigen::VectorXd weight = target.rowwise().sum();
  const Eigen::MatrixXd error = weight.asDiagonal() * logits - target;  // ω(z − e)
  const double n = static_cast<double>(logits.rows());
  double loss = 0;
  for (Eigen::Index i = 0; i < logits.rows(); ++i)
    if (weight(i) > 0) loss += error.row(i).squaredNorm() / weight(i);
  return {0.5 * loss / n, error / n};
}

Eigen::MatrixXd softmax(const Eigen::MatrixXd& logits) {
  Eigen::MatrixXd p(logits.rows(), logits.cols());
  exponentiate(logits, p);
  return p;
}

Eigen::MatrixXd weighted_targets(const Eigen::ArrayXi& label, const Eigen::ArrayXd& class_weight) {
  Eigen::MatrixXd target = Eigen::MatrixXd::Zero(label.size(), class_weight.size());
  for (Eigen::Index i = 0; i < label.size(); ++i) target(i, label(i)) = class_weight(label(i));
  return target;
}

Eigen::ArrayXd balanced_class_weights(const Eigen::ArrayXi& label, Eigen::Index classes) {
  Eigen::ArrayXd count = Eigen::ArrayXd::Zero(classes);
  for (int c : label) count(c) += 1;
  return (count > 0).select(static_cast<double>(label.size()) / (static_cast<double>(classes) * count), 0.0);
}

}  // namespace muonphase
