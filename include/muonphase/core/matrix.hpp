#pragma once
#include <Eigen/Core>

namespace muonphase {

/// Dense column-major matrix in the precision of the run, S = double or float.
template <class S>
using Matrix = Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic>;
template <class S>
using Vector = Eigen::Matrix<S, Eigen::Dynamic, 1>;
template <class S>
using ConstMatrixRef = Eigen::Ref<const Matrix<S>, 0, Eigen::OuterStride<>>;

/// Level-3 kernels of the simulator on `threads` threads. Every entry of a result is one chain of multiply-adds along
/// the inner dimension, so the bits do not depend on the number of threads.

/// A B. [m, k] times [k, n].
template <class S>
Matrix<S> product(const ConstMatrixRef<S>& a, const ConstMatrixRef<S>& b, int threads = 1);

/// Aᵀ B. [k, m] and [k, n] give [m, n].
template <class S>
Matrix<S> transposed_product(const ConstMatrixRef<S>& a, const ConstMatrixRef<S>& b, int threads = 1);

/// Aᵀ A, both triangles filled, at half the work of a product. [k, n] gives [n, n].
template <class S>
Matrix<S> gram(const ConstMatrixRef<S>& a, int threads = 1);

/// Aᵀ B where the result is known to be symmetric: its lower half is computed and copied. [k, n] each.
template <class S>
Matrix<S> symmetric_product(const ConstMatrixRef<S>& a, const ConstMatrixRef<S>& b, int threads = 1);

/// A M Bᵀ. [k, m], [m, n] and [l, n] give [k, l].
Eigen::MatrixXd sandwich(const Eigen::MatrixXd& a, const Eigen::MatrixXd& m, const Eigen::MatrixXd& b);
/// Aᵀ M B. [m, k], [m, n] and [n, l] give [k, l].
Eigen::MatrixXd transposed_sandwich(const Eigen::MatrixXd& a, const Eigen::MatrixXd& m, const Eigen::MatrixXd& b);

}  // namespace muonphase
