#pragma once
#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>

namespace muonphase {

/// Anderson acceleration of a fixed-point iteration x ← G(x), with the last three differences kept.
///
///     Anderson step;
///     while ((residual = G(x) - x).abs().maxCoeff() > tolerance) step(x, residual);
///
/// No component moves by more than `limit` at once (the unknowns are logarithms).
class Anderson {
 public:
  explicit Anderson(double limit = 2) : limit_(limit) {}

  /// Replaces x by the next iterate, given residual = G(x) − x.
  void operator()(Eigen::ArrayXd& x, const Eigen::ArrayXd& residual) {
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

 private:
  static constexpr Eigen::Index depth = 3;
  double limit_;
  Eigen::Index count_ = 0;
  Eigen::ArrayXd last_, last_residual_;
  Eigen::MatrixXd change_, difference_;
};

}  // namespace muonphase
