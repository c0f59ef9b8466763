#pragma once
#include "muonphase/core/matrix.hpp"

namespace muonphase {

// The polar factor of a matrix that is not zero by Jacobi's singular value decomposition, which is accurate but slow;
// singular values below max(n, d) ε of the largest count as zero.
template <class S>
Matrix<S> svd_polar(const Matrix<S>& g);

// M = U Σ Vᵀ with as many singular values, falling, as the shorter side is long.
struct Svd {
  Eigen::MatrixXd left;
  Eigen::VectorXd values;
  Eigen::MatrixXd right;
};

// By divide and conquer: quick for large matrices.
Svd thin_svd(const Eigen::MatrixXd& m);

}  // namespace muonphase
