#pragma once
#include "muonphase/core/matrix.hpp"

namespace muonphase {

// The lower triangle of AᵀB; what is above it is not defined.
template <class S>
Matrix<S> lower_product(const ConstMatrixRef<S>& a, const ConstMatrixRef<S>& b, int threads);

// The Frobenius norm of a symmetric matrix, from its lower triangle.
template <class S>
S symmetric_norm(const Matrix<S>& c);

// Copies the lower triangle to the upper one.
template <class S>
void mirror_lower(Matrix<S>& c);

}  // namespace muonphase
