#include "core/least_squares.hpp"

#include <Eigen/LU>

namespace muonphase {

LeastSquares::LeastSquares(const Eigen::MatrixXd& a) : a_(a), norm_(a.colwise().norm()) {
  const Eigen::Index rows = a.rows(), cols = a.cols();
  Eigen::MatrixXd augmented(rows + cols, cols);
  augmented << a * norm_.cwiseInverse().asDiagonal(), 1e-11 * Eigen::MatrixXd::Identity(cols, cols);
  factors_.compute(augmented);
}

Eigen::VectorXd LeastSquares::solve(const Eigen::VectorXd& b) const {
  Eigen::VectorXd right = Eigen::VectorXd::Zero(a_.rows() + a_.cols());
  right.head(a_.rows()) = b;
  return norm_.cwiseInverse().asDiagonal() * factors_.solve(right);
}

Eigen::MatrixXd solve_linear(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b) {
  return a.partialPivLu().solve(b);
}

}  // namespace muonphase
