#include "core/eigensystem.hpp"

#include <Eigen/Eigenvalues>

#include "core/cholesky.hpp"

namespace muonphase {

Eigensystem eigensystem(const Eigen::MatrixXd& matrix) {
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(matrix);
  return {solver.eigenvalues(), solver.eigenvectors()};
}

Eigen::VectorXd eigenvalues(const Eigen::MatrixXd& matrix) {
  return Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(matrix, Eigen::EigenvaluesOnly).eigenvalues();
}

Eigensystem tridiagonal_eigensystem(const Eigen::VectorXd& diagonal, const Eigen::VectorXd& off) {
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver;
  solver.computeFromTridiagonal(diagonal, off);
  return {solver.eigenvalues(), solver.eigenvectors()};
}

Eigen::MatrixXd positive_part(const Eigen::MatrixXd& matrix) {
  Eigen::MatrixXd lifted = matrix;
  lifted.diagonal().array() += 1e-9 * matrix.diagonal().cwiseAbs().mean() + 1e-300;
  if (Cholesky<double>(lifted).positive_definite()) return matrix;
  const Eigensystem system = eigensystem(matrix);
  return system.vectors * system.values.cwiseMax(0).asDiagonal() * system.vectors.transpose();
}

}  // namespace muonphase
