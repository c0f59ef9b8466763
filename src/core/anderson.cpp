#include "muonphase/core/anderson.hpp"

#include <Eigen/Cholesky>
#include <algorithm>

namespace muonphase {

void Anderson::operator()(Eigen::ArrayXd& x, const Eigen::ArrayXd& residual) {
  Eigen::ArrayXd move = residual;
  if (count_ > 0) {
    const Eigen::Index slot = (count_ - 1) % depth;
    change_.resize(x.size(), depth);
    difference_.resize(x.size(), depth);
    change_.col(slot) = (x - last_).matrix();
    difference_.col(slot) = (residual - last_residual_).matrix();
    const Eigen::Index used = std::min(count_, depth);
    const auto f = difference_.leftCols(used);
    Eigen::MatrixXd normal = f.transpose() * f;
    normal.diagonal().array() += 1e-12 * normal.trace() + 1e-300;
    const Eigen::VectorXd mix = normal.ldlt().solve(f.transpose() * residual.matrix());
    move -= ((change_.leftCols(used) + f) * mix).array();
    // Along a direction in which the residual hardly changes the extrapolation may point backwards: start afresh.
    if ((move * residual).sum() < 0) {
      move = residual;
      count_ = 0;
    }
  }
  last_ = x;
  last_residual_ = residual;
  ++count_;
  x += move.max(-limit_).min(limit_);
}

}  // namespace muonphase
