#pragma once
#include <Eigen/Core>

/// Decompositions to test against that share nothing with the library's own: slow to run and to compile, here once for
/// all tests.
namespace muonphase {

/// Jacobi's singular value decomposition, min(n, d) values, descending.
struct ReferenceSvd {
  Eigen::MatrixXd left;    ///< [n, min(n, d)]
  Eigen::VectorXd values;
  Eigen::MatrixXd right;   ///< [d, min(n, d)]
};
ReferenceSvd reference_svd(const Eigen::MatrixXd& matrix);

/// The orthonormal columns of Householder's QR of a matrix with at least as many rows.
Eigen::MatrixXd orthonormal_columns(const Eigen::MatrixXd& matrix);

}  // namespace muonphase
