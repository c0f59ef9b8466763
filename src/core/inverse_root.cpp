#include "core/inverse_root.hpp"

#include <cmath>

#include "core/least_squares.hpp"
#include "core/symmetric.hpp"

namespace muonphase {
namespace {

// Coefficients of the polynomial in E that interpolates (1 + E)^{−1/2} − 1 in the Chebyshev points of [−width, width].
Eigen::VectorXd inverse_root_polynomial(double width, Eigen::Index degree) {
  const Eigen::Index count = degree + 1;
  Eigen::MatrixXd powers(count, count);
  Eigen::VectorXd value(count);
  for (Eigen::Index i = 0; i < count; ++i) {
    const double t = std::cos(M_PI * (static_cast<double>(i) + 0.5) / static_cast<double>(count));
    for (Eigen::Index k = 0; k < count; ++k) powers(i, k) = std::pow(t, static_cast<double>(k));
    value(i) = 1 / std::sqrt(1 + width * t) - 1;
  }
  Eigen::VectorXd coefficient = solve_linear(powers, value);
  for (Eigen::Index k = 0; k < count; ++k) coefficient(k) /= std::pow(width, static_cast<double>(k));
  return coefficient;
}

// factor (s A − I) in precision W, from the lower triangle of A.
template <class W, class S>
Matrix<W> distance_matrix(const Matrix<S>& a, S s, S factor = 1) {
  Matrix<W> e = (factor * s * a).template cast<W>();
  e.diagonal() = (factor * (s * a.diagonal().array() - S(1))).template cast<W>();
  mirror_lower(e);
  return e;
}

}  // namespace

template <class S>
double distance_from_identity(const Matrix<S>& a, S s) {
  double strict = 0;
  for (Eigen::Index j = 0; j < a.cols(); ++j)
    strict += static_cast<double>(a.col(j).tail(a.rows() - j - 1).squaredNorm());
  const double diagonal = static_cast<double>((s * a.diagonal().array() - S(1)).square().sum());
  return std::sqrt(2 * static_cast<double>(s) * static_cast<double>(s) * strict + diagonal);
}

template <class W, class S>
void polynomial_step(Matrix<S>& x, const Matrix<S>& a, S s, double width, int threads) {
  const Matrix<W> e = distance_matrix<W>(a, s);
  const bool four = width <= degree_four;
  const Vector<W> c = inverse_root_polynomial(width, four ? 4 : 6).template cast<W>();
  const Matrix<W> e2 = symmetric_product<W>(e, e, threads);
  Matrix<W> q;
  if (four) {
    q = c(3) * e + c(4) * e2;
    q.diagonal().array() += c(2);
    q = symmetric_product<W>(e2, q, threads);
    q += c(1) * e;
  } else {
    const Matrix<W> e3 = symmetric_product<W>(e, e2, threads);
    q = c(4) * e + c(5) * e2 + c(6) * e3;
    q.diagonal().array() += c(3);
    q = symmetric_product<W>(e3, q, threads);
    q += c(1) * e + c(2) * e2;
  }
  q.diagonal().array() += c(0);
  x = std::sqrt(s) * (x + product<W>(x.template cast<W>(), q, threads).template cast<S>());
}

template <class S>
void last_correction(Matrix<S>& x, const Matrix<S>& a, bool second_order, int threads) {
  Matrix<float> q = distance_matrix<float>(a, S(1), S(-0.5));
  if (second_order) q += 1.5F * symmetric_product<float>(q, q, threads);
  x += product<float>(x.template cast<float>(), q, threads).template cast<S>();
}

template double distance_from_identity(const Matrix<double>&, double);
template double distance_from_identity(const Matrix<float>&, float);
template void polynomial_step<double>(Matrix<double>&, const Matrix<double>&, double, double, int);
template void polynomial_step<float>(Matrix<double>&, const Matrix<double>&, double, double, int);
template void polynomial_step<float>(Matrix<float>&, const Matrix<float>&, float, double, int);
template void last_correction(Matrix<double>&, const Matrix<double>&, bool, int);
template void last_correction(Matrix<float>&, const Matrix<float>&, bool, int);

}  // namespace muonphase
