#pragma once
#include <Eigen/Core>

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
  void operator()(Eigen::ArrayXd& x, const Eigen::ArrayXd& residual);

 private:
  static constexpr Eigen::Index depth = 3;
  double limit_;
  Eigen::Index count_ = 0;
  Eigen::ArrayXd last_, last_residual_;
  Eigen::MatrixXd change_, difference_;
};

}  // namespace muonphase
