#pragma once
#include <functional>
#include <string>

#include "muonphase/core/matrix.hpp"

namespace muonphase {

/// How the exact polar factor is computed. qdwh: the dynamically weighted Halley iteration, which takes it that the
/// matrix has full rank, however small its singular values. svd: Jacobi's singular value decomposition. automatic: svd
/// for small matrices, else the iteration, behind a rank-revealing factorisation where the rank is not full.
enum class PolarMethod { automatic, qdwh, svd };

/// "auto", "qdwh" or "svd"; StudyError otherwise, naming `key`.
PolarMethod polar_method(const std::string& name, const std::string& key = "simulate.polar");

/// U Vᵀ of the thin SVD G = U S Vᵀ over the non-zero singular values. [n, d], any shape and rank; zero for G = 0.
/// NumericalError when an entry is not finite.
template <class S>
Matrix<S> polar_factor(const Matrix<S>& g, PolarMethod method = PolarMethod::automatic, int threads = 1);

/// The polar factor of AᵀC, A [r, n] and C [r, d] with r ≤ min(n, d): through thin orthonormal factors of Aᵀ and Cᵀ
/// and the polar factor of an r × r matrix, 6 r² (n + d) + 2 r n d flops beyond it. Rank r is taken for granted when
/// both factors have it.
template <class S>
Matrix<S> polar_factor_of_product(const Matrix<S>& a, const Matrix<S>& c, PolarMethod method = PolarMethod::automatic,
                                  int threads = 1);

/// U h(S/‖G‖_F) Vᵀ for G = U S Vᵀ [n, d], given its polar factor: h of the singular values, h(0) = 0 where the rank is
/// not full. Through the eigensystem of the polar decomposition's symmetric factor, in double precision, so that
/// singular values are right to ε ‖G‖_F. Zero for G = 0.
template <class S>
Matrix<S> map_singular_values(const Matrix<S>& g, const Matrix<S>& polar, const std::function<double(double)>& h,
                              int threads = 1);

}  // namespace muonphase
