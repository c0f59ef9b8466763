#include "muonphase/imbalance/loss.hpp"

namespace muonphase {

Eigen::ArrayXXd class_loss(const Mixture& mixture, const Eigen::ArrayXXd& component) {
  const double variance = mixture.noise * mixture.noise;
  const Eigen::ArrayXd spread = variance * component.square().rowwise().sum();
  Eigen::ArrayXXd loss = (1 - component.rowwise() * mixture.mean_norm.transpose()).square();
  loss.colwise() += spread;
  return 0.5 * loss;
}

Eigen::ArrayXd class_loss(const Mixture& mixture, const Eigen::MatrixXd& directions, const Eigen::MatrixXd& weights) {
  Eigen::MatrixXd error = weights * directions * mixture.mean_norm.matrix().asDiagonal();
  error.diagonal().array() -= 1;
  return 0.5 *
         (error.colwise().squaredNorm().transpose().array() + mixture.noise * mixture.noise * weights.squaredNorm());
}

Eigen::ArrayXd balanced_loss(const Eigen::ArrayXXd& class_losses) {
  return class_losses.rowwise().mean();
}

Eigen::ArrayXd total_loss(const Mixture& mixture, const Eigen::ArrayXXd& class_losses) {
  return class_losses.matrix() * mixture.prior.matrix();
}

}  // namespace muonphase
