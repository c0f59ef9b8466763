#include "muonphase/imbalance/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/eigensystem.hpp"

namespace muonphase {
namespace {

Eigen::Index predicted(const Eigen::MatrixXd& logits, Eigen::Index sample) {
  Eigen::Index c;
  logits.row(sample).maxCoeff(&c);
  return c;
}

}  // namespace

Eigen::ArrayXd class_accuracy(const Eigen::MatrixXd& logits, const Eigen::ArrayXi& label) {
  Eigen::ArrayXd correct = Eigen::ArrayXd::Zero(logits.cols()), count = correct;
  for (Eigen::Index i = 0; i < logits.rows(); ++i) {
    count(label(i)) += 1;
    correct(label(i)) += predicted(logits, i) == label(i);
  }
  return (count > 0).select(correct / count, std::numeric_limits<double>::quiet_NaN());
}

double accuracy(const Eigen::MatrixXd& logits, const Eigen::ArrayXi& label) {
  double correct = 0;
  for (Eigen::Index i = 0; i < logits.rows(); ++i) correct += predicted(logits, i) == label(i);
  return correct / static_cast<double>(logits.rows());
}

double smallest_margin(const Eigen::MatrixXd& logits, const Eigen::ArrayXi& label) {
  double smallest = std::numeric_limits<double>::infinity();
  for (Eigen::Index i = 0; i < logits.rows(); ++i) {
    double rival = -std::numeric_limits<double>::infinity();
    for (Eigen::Index c = 0; c < logits.cols(); ++c)
      if (c != label(i)) rival = std::max(rival, logits(i, c));
    smallest = std::min(smallest, logits(i, label(i)) - rival);
  }
  return smallest;
}

Norms norms(const Eigen::MatrixXd& weights) {
  return {weights.norm(), weights.cwiseAbs().maxCoeff(), singular_values(weights)(0)};
}

Eigen::ArrayXd singular_values(const Eigen::MatrixXd& matrix) {
  const bool wide = matrix.rows() <= matrix.cols();
  Eigen::MatrixXd gram = wide ? Eigen::MatrixXd(matrix * matrix.transpose()) : matrix.transpose() * matrix;
  return eigenvalues(gram).reverse().array().max(0.0).sqrt();
}

double divergence_to_uniform(const Eigen::ArrayXd& singular_value) {
  const double sum = singular_value.sum(), r = static_cast<double>(singular_value.size());
  double divergence = 0;
  for (double s : singular_value)
    if (s > 0) divergence += s / sum * std::log(s / sum * r);
  return divergence;
}

double off_diagonal_share(const Eigen::MatrixXd& weights, const Eigen::MatrixXd& left, const Eigen::MatrixXd& right) {
  const double energy = weights.squaredNorm();
  if (energy == 0) return 0;
  const Eigen::RowVectorXd diagonal = left.cwiseProduct(weights * right).colwise().sum();
  return std::max(0.0, 1 - diagonal.squaredNorm() / energy);
}

}  // namespace muonphase
