#include "muonphase/imbalance/mixture.hpp"

#include <fmt/core.h>

#include <cmath>
#include <limits>

#include "core/eigensystem.hpp"
#include "core/svd.hpp"
#include "muonphase/core/error.hpp"

namespace muonphase {
namespace {

/// Rotates the columns [first, last) of U and V, which belong to one singular value, to diagonalise Vᵀ Σ_xx V there.
void split_group(const Eigen::MatrixXd& xx, Eigen::Index first, Eigen::Index last, JointSpectrum& joint) {
  const Eigen::MatrixXd v = joint.right.middleCols(first, last - first);
  const Eigensystem inner = eigensystem(v.transpose() * xx * v);
  joint.right.middleCols(first, last - first) = v * inner.vectors;
  joint.left.middleCols(first, last - first) = joint.left.middleCols(first, last - first).eval() * inner.vectors;
}

}  // namespace

Eigen::ArrayXd Mixture::snr() const {
  return (mean_norm / noise).square();
}

Eigen::ArrayXd Mixture::input_eigenvalue() const {
  return prior * mean_norm.square() + noise * noise;
}

Eigen::ArrayXd Mixture::cross_singular_value() const {
  return prior * mean_norm;
}

Eigen::ArrayXd Mixture::optimum() const {
  return cross_singular_value() / input_eigenvalue();
}

double Mixture::first_saturation() const {
  return optimum().minCoeff();
}

Eigen::Index Mixture::minority() const {
  Eigen::Index c;
  prior.minCoeff(&c);
  return c;
}

Eigen::Index Mixture::majority() const {
  Eigen::Index c;
  prior.maxCoeff(&c);
  return c;
}

Eigen::ArrayXd zipf_priors(Eigen::Index classes) {
  const Eigen::ArrayXd weight = Eigen::ArrayXd::LinSpaced(classes, 1, static_cast<double>(classes)).inverse();
  return weight / weight.sum();
}

Eigen::ArrayXd step_priors(Eigen::Index classes, double ratio) {
  Eigen::ArrayXd weight = Eigen::ArrayXd::Ones(classes);
  weight.head((classes + 1) / 2) = ratio;
  return weight / weight.sum();
}

void validate(const Mixture& mixture) {
  const auto refuse = [](const char* field, const std::string& value, const char* allowed) {
    throw StudyError(fmt::format("{} = {}: must be {}", field, value, allowed));
  };
  if (mixture.classes() == 0) refuse("priors", "[]", "a list of at least one probability");
  for (double p : mixture.prior)
    if (!(p > 0 && p <= 1)) refuse("priors", fmt::format("{}", p), "probabilities in (0, 1]");
  if (std::abs(mixture.prior.sum() - 1) > 1e-9)
    refuse("priors", fmt::format("[…] with sum {}", mixture.prior.sum()), "probabilities with sum 1");
  if (mixture.mean_norm.size() != mixture.classes())
    refuse("mean_norm", fmt::format("[{} numbers]", mixture.mean_norm.size()), "one number, or one for each class");
  for (double m : mixture.mean_norm)
    if (!(std::isfinite(m) && m > 0)) refuse("mean_norm", fmt::format("{}", m), "finite and > 0");
  if (!(std::isfinite(mixture.noise) && mixture.noise >= 0))
    refuse("noise", fmt::format("{}", mixture.noise), "finite and ≥ 0");
  if (mixture.dimension < mixture.classes())
    refuse("dimension", fmt::format("{}", mixture.dimension), "at least the number of classes (orthogonal means)");
}

Moments population_moments(const Mixture& mixture, const Eigen::MatrixXd& directions) {
  Moments moments;
  const Eigen::ArrayXd energy = mixture.prior * mixture.mean_norm.square();
  moments.xx = directions * energy.matrix().asDiagonal() * directions.transpose();
  moments.xx.diagonal().array() += mixture.noise * mixture.noise;
  moments.yx = mixture.cross_singular_value().matrix().asDiagonal() * directions.transpose();
  return moments;
}

JointSpectrum joint_diagonalisation(const Moments& moments) {
  const Svd svd = thin_svd(moments.yx);
  const Eigen::VectorXd& s = svd.values;
  const Eigen::Index rank = (s.array() > 1e-12 * s(0)).count();
  JointSpectrum joint;
  joint.left = svd.left.leftCols(rank);
  joint.right = svd.right.leftCols(rank);
  joint.cross_singular_value = s.head(rank);
  for (Eigen::Index first = 0; first < rank;) {
    Eigen::Index last = first + 1;
    while (last < rank && s(last) > s(first) * (1 - 1e-10)) ++last;
    if (last - first > 1) split_group(moments.xx, first, last, joint);
    first = last;
  }
  const Eigen::MatrixXd image = moments.xx * joint.right;
  joint.input_eigenvalue = joint.right.cwiseProduct(image).colwise().sum().transpose();
  joint.residual = (image - joint.right * joint.input_eigenvalue.matrix().asDiagonal()).norm() / image.norm();
  return joint;
}

double squared_loss(const Moments& moments, const Eigen::MatrixXd& weights) {
  const Eigen::MatrixXd image = weights * moments.xx;
  return 0.5 * (moments.yy + weights.cwiseProduct(image).sum()) - weights.cwiseProduct(moments.yx).sum();
}

}  // namespace muonphase
