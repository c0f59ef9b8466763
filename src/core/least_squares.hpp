#pragma once
#include <Eigen/QR>

namespace muonphase {

// min ‖A c − b‖² with a touch of regularisation, columns of A scaled to one; factorized once for any b.
class LeastSquares {
 public:
  explicit LeastSquares(const Eigen::MatrixXd& a);
  Eigen::VectorXd solve(const Eigen::VectorXd& b) const;
  const Eigen::MatrixXd& matrix() const { return a_; }

 private:
  Eigen::MatrixXd a_;
  Eigen::RowVectorXd norm_;
  Eigen::HouseholderQR<Eigen::MatrixXd> factors_;
};

// X with A X = B, by LU factors of a square A with partial pivoting.
Eigen::MatrixXd solve_linear(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b);

}  // namespace muonphase
