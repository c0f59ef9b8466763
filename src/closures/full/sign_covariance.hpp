#pragma once
#include <Eigen/Core>

namespace muonphase {

/// The covariance of signs of Gaussian entries [n, d] whose covariance is a Kronecker product and whose means are not
/// zero: (2/π) ψψ' arcsin(c c') for two entries, ψ the density at their means relative to that at zero; the diagonal is
/// given (docs/theory-full-closure.md §13). Quadratic forms of it with directions u wᵀ, u and w unit vectors.
class SignCovariance {
 public:
  /// `out` [n, n] and `in` [d, d]: covariances of the two sides, up to a factor; `variance` [n, d] of the signs.
  SignCovariance(const Eigen::MatrixXd& out, const Eigen::MatrixXd& in, Eigen::ArrayXXd variance, Eigen::ArrayXXd psi);

  /// For every pair of columns, [out.cols(), in.cols()]: ψ taken as a factor for each row times one for each column.
  Eigen::ArrayXXd by_mode(const Eigen::MatrixXd& out, const Eigen::MatrixXd& in) const;

  /// For one direction of the output side and every column `in`, ψ entry by entry; and the same with sides exchanged.
  Eigen::ArrayXd along_output(const Eigen::VectorXd& direction, const Eigen::MatrixXd& in) const;
  Eigen::ArrayXd along_input(const Eigen::VectorXd& direction, const Eigen::MatrixXd& out) const;

 private:
  Eigen::ArrayXXd out_, in_;  ///< correlations, zero on the diagonal
  Eigen::ArrayXXd variance_, psi_;
};

}  // namespace muonphase
