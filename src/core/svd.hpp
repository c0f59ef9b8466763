#pragma once
#include "muonphase/core/matrix.hpp"

namespace muonphase {

// M = U Σ Vᵀ with as many singular values, falling, as the shorter side is long.
struct Svd {
  Eigen::MatrixXd left;
  Eigen::VectorXd values;
  Eigen::MatrixXd right;
};

// By Jacobi's rotations, which are accurate but slow.
Svd thin_svd(const Eigen::MatrixXd& m);

// The polar factor of a matrix that is not zero by its singular values; those below max(n, d) ε of the largest count as
// zero.
template <class S>
Matrix<S> svd_polar(const Matrix<S>& g);

}  // namespace muonphase
