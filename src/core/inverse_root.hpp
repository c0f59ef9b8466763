#pragma once
#include "muonphase/core/matrix.hpp"

namespace muonphase {

// Widths of E = s XᵀX − I that polynomials of degree four and six in E bring to the last correction.
inline constexpr double degree_four = 0.1, degree_six = 0.2;

// ‖s A − I‖ in the Frobenius norm, from the lower triangle of A.
template <class S>
double distance_from_identity(const Matrix<S>& a, S s);

// X ← √s X p(E) with E = s A − I, A the lower triangle of XᵀX, and p(E) ≈ (I + E)^{−1/2} for eigenvalues of E in
// [−width, width], at most degree_six; X (p(E) − I) in precision W.
template <class W, class S>
void polynomial_step(Matrix<S>& x, const Matrix<S>& a, S s, double width, int threads);

// X ← X (I − E/2 + 3/8 E²) with E = A − I, A the lower triangle of XᵀX; without the last term unless `second_order`.
// Computed in single precision, which loses nothing where E is small.
template <class S>
void last_correction(Matrix<S>& x, const Matrix<S>& a, bool second_order, int threads);

}  // namespace muonphase
