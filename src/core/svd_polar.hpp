#pragma once
#include "muonphase/core/matrix.hpp"

namespace muonphase {

// The polar factor of a matrix that is not zero by Jacobi's singular value decomposition, which is accurate but slow;
// singular values below max(n, d) ε of the largest count as zero.
template <class S>
Matrix<S> svd_polar(const Matrix<S>& g);

}  // namespace muonphase
