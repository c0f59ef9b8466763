#pragma once
#include <Eigen/Core>

namespace muonphase {

/// Eigenvalues, ascending, and eigenvectors, the columns. Eigen's solvers take seconds to compile: here once for all.
struct Eigensystem {
  Eigen::VectorXd values;
  Eigen::MatrixXd vectors;
};

/// Of a symmetric matrix, whose lower triangle is read.
Eigensystem eigensystem(const Eigen::MatrixXd& matrix);

/// The eigenvalues alone.
Eigen::VectorXd eigenvalues(const Eigen::MatrixXd& matrix);

/// A symmetric matrix with its negative eigenvalues at zero. Where none is negative beyond round-off, which Cholesky
/// factors tell, the matrix as it is.
Eigen::MatrixXd positive_part(const Eigen::MatrixXd& matrix);

/// Of the symmetric tridiagonal matrix with `diagonal` and, beside it, `off`.
Eigensystem tridiagonal_eigensystem(const Eigen::VectorXd& diagonal, const Eigen::VectorXd& off);

}  // namespace muonphase
