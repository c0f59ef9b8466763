#include "muonphase/simulation/polar.hpp"

#include <fmt/format.h>

#include <Eigen/LU>
#include <Eigen/QR>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>
#include <utility>

#include "blocks.hpp"
#include "cholesky.hpp"
#include "muonphase/error.hpp"
#include "svd_polar.hpp"
#include "symmetric.hpp"

namespace muonphase {
namespace {

// Below this size the singular value decomposition costs less than the calls of the iteration.
constexpr Eigen::Index svd_size = 24;

template <class S>
struct Limits;
template <>
struct Limits<double> {
  static constexpr double least = 1e-9;       // σ_min/σ_max taken when the Gram matrix cannot resolve it
  static constexpr double shift = 1e9;        // largest weight c of the Halley step, see halley_weights
  static constexpr double certified = 1e-11;  // ‖XᵀX − I‖ that ends the iteration for ill-conditioned matrices
};
template <>
struct Limits<float> {
  static constexpr double least = 1e-7;
  static constexpr double shift = 3e4;
  static constexpr double certified = 1e-5;
};

struct HalleyWeights {
  double a, b, c;
  double map(double x) const { return x * (a + b * x * x) / (1 + c * x * x); }
};

// x (a + b x²)/(1 + c x²) maps [l, 1] into itself with the largest image of l: the degree-(3, 2) Zolotarev function
// (Nakatsukasa, Bai, Gygi 2010). c is limited: a Cholesky step of weight c errs by c ε, and the polar factor of a
// matrix of condition κ deserves κ ε.
HalleyWeights halley_weights(double l, double largest_c) {
  const double d = std::cbrt(4 * (1 - l * l) / std::pow(l, 4));
  double a = std::sqrt(1 + d) + 0.5 * std::sqrt(8 - 4 * d + 8 * (2 - l * l) / (l * l * std::sqrt(1 + d)));
  a = std::min(a, 2 * std::sqrt(largest_c + 1) - 1);
  const double b = (a - 1) * (a - 1) / 4;
  return {a, b, a + b - 1};
}

// X ← √s ((b/c) X + (a − b/c) X (I + c s XᵀX)^{−1}), from the lower triangle of XᵀX; false when the Cholesky
// factorisation breaks down.
template <class S>
bool halley_step(Matrix<S>& x, Matrix<S> gram_matrix, S s, const HalleyWeights& w, int threads) {
  gram_matrix *= S(w.c) * s;
  gram_matrix.diagonal().array() += S(1);
  const Cholesky<S> factor(std::move(gram_matrix), threads);
  if (!factor.positive_definite()) return false;
  const S kept = std::sqrt(s) * S(w.b / w.c), added = std::sqrt(s) * S(w.a - w.b / w.c);
  for_blocks(x.rows(), threads, threads,
             [&](Block i) { factor.divide(view(x).block(i.begin, 0, i.size, x.cols()), kept, added); });
  return true;
}

// Estimate of √λ_min(A) from the lower triangle, a few per cent too large at most when the smallest eigenvalue stands
// apart; 0 when it is not above `noise`.
template <class S>
double smallest_singular_value(const Matrix<S>& gram_matrix, double noise, int threads) {
  const Cholesky<S> factor(gram_matrix, threads);
  if (!factor.positive_definite()) return 0;
  const auto l = factor.lower().template triangularView<Eigen::Lower>();
  Vector<S> v = Vector<S>::Ones(gram_matrix.rows()) / std::sqrt(S(gram_matrix.rows()));
  S inverse = 0;
  for (int i = 0; i < 3; ++i) {
    l.solveInPlace(v);
    l.transpose().solveInPlace(v);
    inverse = v.norm();
    v /= inverse;
  }
  const double smallest = 1 / static_cast<double>(inverse);
  return smallest > noise ? std::sqrt(smallest) : 0;
}

// Coefficients of the polynomial in E that interpolates (1 + E)^{−1/2} − 1 in the Chebyshev points of [−width, width].
Eigen::VectorXd inverse_root_polynomial(double width, Eigen::Index degree) {
  const Eigen::Index count = degree + 1;
  Eigen::MatrixXd powers(count, count);
  Eigen::VectorXd value(count);
  for (Eigen::Index i = 0; i < count; ++i) {
    const double t = std::cos(std::numbers::pi * (static_cast<double>(i) + 0.5) / static_cast<double>(count));
    for (Eigen::Index k = 0; k < count; ++k) powers(i, k) = std::pow(t, static_cast<double>(k));
    value(i) = 1 / std::sqrt(1 + width * t) - 1;
  }
  Eigen::VectorXd coefficient = powers.partialPivLu().solve(value);
  for (Eigen::Index k = 0; k < count; ++k) coefficient(k) /= std::pow(width, static_cast<double>(k));
  return coefficient;
}

// Widths of E that polynomials of degree four and six bring to the last, quadratic correction.
constexpr double degree_four = 0.08, degree_six = 0.2;

// ‖s A − I‖ in the Frobenius norm, from the lower triangle of A.
template <class S>
double distance_from_identity(const Matrix<S>& a, S s) {
  double strict = 0;
  for (Eigen::Index j = 0; j < a.cols(); ++j)
    strict += static_cast<double>(a.col(j).tail(a.rows() - j - 1).squaredNorm());
  const double diagonal = static_cast<double>((s * a.diagonal().array() - S(1)).square().sum());
  return std::sqrt(2 * static_cast<double>(s) * static_cast<double>(s) * strict + diagonal);
}

// E = s A − I in precision W, from the lower triangle of A.
template <class W, class S>
Matrix<W> distance_matrix(const Matrix<S>& a, S s) {
  Matrix<W> e = (s * a).template cast<W>();
  e.diagonal() = (s * a.diagonal().array() - S(1)).template cast<W>();
  mirror_lower(e);
  return e;
}

// X ← √s X p(E) with E = s A − I, A the lower triangle of XᵀX, and p(E) ≈ (I + E)^{−1/2} for eigenvalues of E in
// [−width, width]; X (p(E) − I) in precision W.
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

// Dynamically weighted Halley iteration for a matrix with at least as many rows as columns, ended by a polynomial and a
// quadratic correction that is certified by ‖XᵀX − I‖. Corrections to an X that is nearly orthogonal are computed in
// single precision where that errs by less than what the condition of the matrix does in double.
// `full_rank`: the smallest singular values count however small; else nothing is returned for a matrix that may be
// rank-deficient to working precision.
template <class S>
std::optional<Matrix<S>> halley_polar(const Matrix<S>& g, bool full_rank, int threads) {
  constexpr double epsilon = std::numeric_limits<S>::epsilon();
  // What follows is about √s X, whose singular values are at most one, in [l, 1] if the estimate holds.
  Matrix<S> x = g / g.cwiseAbs().maxCoeff();
  Matrix<S> a = lower_product<S>(x, x, threads);
  S s = 1 / symmetric_norm(a);
  // Rounding may turn a zero eigenvalue into a small one, which counts only where the rank is known to be full.
  const double noise = full_rank ? 0 : 10 * epsilon / static_cast<double>(s);
  double l = 0.9 * std::sqrt(static_cast<double>(s)) * smallest_singular_value(a, noise, threads);
  bool estimated = l > 0, tried = false;
  const double deserved = epsilon / std::max(l, 10 * Limits<S>::least);  // relative error of the polar factor
  const double tolerance = std::clamp(10 * deserved, 50 * epsilon, Limits<S>::certified);
  double largest_c = estimated ? std::min(Limits<S>::shift, std::max(10 / l, 100.0)) : Limits<S>::shift;
  if (!estimated) l = Limits<S>::least;
  for (int steps = 0; steps < 30; ++steps) {
    const double spread = (1 - l * l) / (1 + l * l);
    if (spread > degree_six) {
      const HalleyWeights w = halley_weights(l, largest_c);
      if (halley_step(x, std::move(a), s, w, threads)) {
        l = w.map(l);
        s = 1;
      } else {
        if (largest_c < 1e3) return std::nullopt;
        largest_c /= 10;
      }
      a = lower_product<S>(x, x, threads);
      if (!estimated && s == 1) {
        const double smallest = 0.9 * smallest_singular_value(a, 0, threads);
        if (!full_rank && smallest < 0.5 * l) return std::nullopt;
        estimated = smallest > 0;
        if (estimated) l = std::min(smallest, 0.9);
      }
      continue;
    }
    double distance = distance_from_identity(a, s);
    if (s == 1 && 0.75 * distance * distance <= tolerance) {
      x -= (product<float>(x.template cast<float>(), distance_matrix<float>(a, S(1)), threads) * 0.5F)
               .template cast<S>();
      return x;
    }
    double width = distance;
    if (width > degree_six) {
      if (tried) {  // some singular value was smaller than assumed
        l = std::min(0.9 * smallest_singular_value(a, 0, threads), 0.8);
        if (!(l > 0)) l = Limits<S>::least;
        tried = false;
        continue;
      }
      tried = true;
      s *= S(2 / (1 + l * l));  // centres the squares of [l, 1] around 1
      width = spread;
      distance = distance_from_identity(a, s);
    }
    const double single_error = std::numeric_limits<float>::epsilon() * distance;
    if (single_error <= 3 * deserved * std::sqrt(static_cast<double>(x.cols())))
      polynomial_step<float>(x, a, s, width, threads);
    else
      polynomial_step<S>(x, a, s, width, threads);
    s = 1;
    a = lower_product<S>(x, x, threads);
  }
  return std::nullopt;
}

template <class S>
struct ThinQr {
  Matrix<S> q, r;  // M = Q R, QᵀQ = I, R upper triangular
};

// Cholesky QR, twice: as accurate as Householder's up to condition 1/√ε of the columns scaled to equal length, and made
// of products. Beyond, Householder's.
template <class S>
ThinQr<S> thin_qr(const Matrix<S>& m, int threads) {
  const Vector<S> scale = m.colwise().norm().unaryExpr([](S x) { return x > 0 ? 1 / x : S(1); });
  Matrix<S> q = m * scale.asDiagonal();
  Matrix<S> r = scale.cwiseInverse().asDiagonal();
  for (int pass = 0; pass < 2; ++pass) {
    const Matrix<S> a = gram<S>(q, threads);
    const Cholesky<S> factor(a, threads);
    const bool close = (a - Matrix<S>::Identity(a.rows(), a.cols())).norm() < S(0.1);
    if (!factor.positive_definite() || (pass == 1 && !close)) {
      const Eigen::HouseholderQR<Matrix<S>> qr(m);
      return {qr.householderQ() * Matrix<S>::Identity(m.rows(), m.cols()),
              qr.matrixQR().topRows(m.cols()).template triangularView<Eigen::Upper>()};
    }
    for_blocks(q.rows(), threads, threads,
               [&](Block i) { factor.divide_by_transpose(view(q).block(i.begin, 0, i.size, q.cols())); });
    r = (factor.lower().template triangularView<Eigen::Lower>().transpose() * r).eval();
  }
  return {std::move(q), std::move(r)};
}

// A matrix of any rank: G P = Q R by Householder reflections with column pivoting, and the polar factor of the rows of
// R that are not zero to working precision, whose rank is full.
template <class S>
Matrix<S> rank_revealing_polar(const Matrix<S>& g, int threads) {
  Eigen::ColPivHouseholderQR<Matrix<S>> qr(g.rows(), g.cols());
  qr.setThreshold(std::numeric_limits<S>::epsilon() * S(std::max(g.rows(), g.cols())));
  qr.compute(g);
  const Eigen::Index rank = qr.rank();
  Matrix<S> rows = qr.matrixR().topRows(rank).template triangularView<Eigen::Upper>();
  rows = (rows * qr.colsPermutation().transpose()).eval();
  const Matrix<S> tall = rows.transpose();
  const auto polar = rank < svd_size ? std::optional<Matrix<S>>() : halley_polar(tall, true, threads);
  const Matrix<S> q = qr.householderQ() * Matrix<S>::Identity(g.rows(), rank);
  return product<S>(q, (polar ? *polar : svd_polar(tall)).transpose(), threads);
}

}  // namespace

PolarMethod polar_method(const std::string& name, const std::string& key) {
  if (name == "auto") return PolarMethod::automatic;
  if (name == "qdwh") return PolarMethod::qdwh;
  if (name == "svd") return PolarMethod::svd;
  throw StudyError(fmt::format("{} = \"{}\": must be \"auto\", \"qdwh\" or \"svd\"", key, name));
}

template <class S>
Matrix<S> polar_factor(const Matrix<S>& g, PolarMethod method, int threads) {
  if (!g.allFinite()) throw NumericalError("polar factor: the matrix has an entry that is not finite");
  if (g.size() == 0 || g.isZero(0)) return Matrix<S>::Zero(g.rows(), g.cols());
  if (method == PolarMethod::svd || (method == PolarMethod::automatic && std::min(g.rows(), g.cols()) < svd_size))
    return svd_polar(g);
  if (g.rows() < g.cols()) return polar_factor<S>(g.transpose(), method, threads).transpose();
  if (auto u = halley_polar(g, method == PolarMethod::qdwh, threads)) return *std::move(u);
  return rank_revealing_polar(g, threads);
}

template <class S>
Matrix<S> polar_factor_of_product(const Matrix<S>& a, const Matrix<S>& c, PolarMethod method, int threads) {
  if (!a.allFinite() || !c.allFinite())
    throw NumericalError("polar factor: a factor of the matrix has an entry that is not finite");
  if (a.isZero(0) || c.isZero(0)) return Matrix<S>::Zero(a.cols(), c.cols());
  const ThinQr<S> left = thin_qr<S>(a.transpose(), threads), right = thin_qr<S>(c.transpose(), threads);
  const Matrix<S> core = polar_factor<S>(product<S>(left.r, right.r.transpose(), threads), method, threads);
  return product<S>(product<S>(left.q, core, threads), right.q.transpose(), threads);
}

template <class S>
Matrix<S> newton_schulz(const Matrix<S>& g, int steps, const std::array<double, 3>& coefficients, int threads) {
  if (g.rows() < g.cols()) return newton_schulz<S>(g.transpose(), steps, coefficients, threads).transpose();
  const S norm = g.stableNorm();
  if (!(norm > 0)) return Matrix<S>::Zero(g.rows(), g.cols());
  const auto [a, b, c] = coefficients;
  Matrix<S> x = g / norm;
  for (int step = 0; step < steps; ++step) {
    const Matrix<S> xx = gram<S>(x, threads);
    Matrix<S> p = S(b) * xx + S(c) * symmetric_product<S>(xx, xx, threads);
    p.diagonal().array() += S(a);
    x = product<S>(x, p, threads);
  }
  return x;
}

template Matrix<double> polar_factor(const Matrix<double>&, PolarMethod, int);
template Matrix<float> polar_factor(const Matrix<float>&, PolarMethod, int);
template Matrix<double> polar_factor_of_product(const Matrix<double>&, const Matrix<double>&, PolarMethod, int);
template Matrix<float> polar_factor_of_product(const Matrix<float>&, const Matrix<float>&, PolarMethod, int);
template Matrix<double> newton_schulz(const Matrix<double>&, int, const std::array<double, 3>&, int);
template Matrix<float> newton_schulz(const Matrix<float>&, int, const std::array<double, 3>&, int);

}  // namespace muonphase
