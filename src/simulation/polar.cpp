#include "muonphase/simulation/polar.hpp"

#include <fmt/format.h>

#include <Eigen/Cholesky>
#include <Eigen/QR>
#include <cmath>
#include <limits>
#include <optional>

#include "muonphase/error.hpp"
#include "svd_polar.hpp"

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

// X ← (b/c) X + (a − b/c) X (I + c XᵀX)^{−1}; false when the Cholesky factorisation breaks down.
template <class S>
bool halley_step(Matrix<S>& x, Matrix<S> gram_matrix, const HalleyWeights& w, int threads) {
  gram_matrix *= S(w.c);
  gram_matrix.diagonal().array() += S(1);
  if (Eigen::LLT<Eigen::Ref<Matrix<S>>>(gram_matrix).info() != Eigen::Success) return false;
  Matrix<S> solved = x;
  solve_right(solved, gram_matrix, threads);
  x = S(w.b / w.c) * x + S(w.a - w.b / w.c) * solved;
  return true;
}

// Estimate of √λ_min(A), a few per cent too large at most when the smallest eigenvalue stands apart; 0 when A is not
// positive definite to working precision.
template <class S>
double smallest_singular_value(const Matrix<S>& gram_matrix) {
  const Eigen::LLT<Matrix<S>> factor(gram_matrix);
  if (factor.info() != Eigen::Success) return 0;
  Vector<S> v = Vector<S>::Ones(gram_matrix.rows()) / std::sqrt(S(gram_matrix.rows()));
  S inverse = 0;
  for (int i = 0; i < 3; ++i) {
    v = factor.solve(v);
    inverse = v.norm();
    v /= inverse;
  }
  return 1 / std::sqrt(static_cast<double>(inverse));
}

// X (XᵀX)^{−1/2} by its Taylor series around E = XᵀX − I, to the order that brings ‖XᵀX − I‖ under `tolerance`; nothing
// when E is too large for order four. The bounds are rigorous: ‖E‖₂ ≤ √‖E²‖_F.
template <class S>
std::optional<Matrix<S>> finish(const Matrix<S>& x, Matrix<S> e, double tolerance, int threads) {
  e.diagonal().array() -= S(1);
  const double frobenius = e.norm();
  if (0.75 * frobenius * frobenius <= tolerance) {
    Matrix<S> p = S(-0.5) * e;
    p.diagonal().array() += S(1);
    return product<S>(x, p, threads);
  }
  if (!(frobenius < 0.5)) return std::nullopt;
  const Matrix<S> e2 = symmetric_product<S>(e, e, threads);
  const double bound = std::sqrt(static_cast<double>(e2.norm()));
  Matrix<S> p;
  if (0.7 * std::pow(bound, 3) <= tolerance) {
    p = S(-0.5) * e + S(3.0 / 8) * e2;
  } else if (0.7 * std::pow(bound, 5) <= tolerance) {
    Matrix<S> q = S(-5.0 / 16) * e + S(35.0 / 128) * e2;
    q.diagonal().array() += S(3.0 / 8);
    p = S(-0.5) * e + symmetric_product<S>(e2, q, threads);
  } else {
    return std::nullopt;
  }
  p.diagonal().array() += S(1);
  return product<S>(x, p, threads);
}

// Dynamically weighted Halley iteration for a matrix with at least as many rows as columns, with a certified end.
// `full_rank`: the smallest singular values count however small; else nothing is returned for a matrix that may be
// rank-deficient to working precision.
template <class S>
std::optional<Matrix<S>> halley_polar(const Matrix<S>& g, bool full_rank, int threads) {
  Matrix<S> x = g / g.cwiseAbs().maxCoeff();
  Matrix<S> a = gram<S>(x, threads);
  const S bound = std::min(a.norm(), a.cwiseAbs().rowwise().sum().maxCoeff());  // ≥ σ_max²
  x /= std::sqrt(bound);
  a /= bound;
  double l = 0.9 * smallest_singular_value(a);
  bool estimated = l > 0;
  const double tolerance = std::clamp(10 * std::numeric_limits<S>::epsilon() / std::max(l, Limits<S>::least),
                                      50.0 * std::numeric_limits<S>::epsilon(), Limits<S>::certified);
  double largest_c = estimated ? std::min(Limits<S>::shift, std::max(10 / l, 100.0)) : Limits<S>::shift;
  if (!estimated) l = Limits<S>::least;
  for (int steps = 0; steps < 30; ++steps) {
    if (1 - l * l > 1e-3) {
      const HalleyWeights w = halley_weights(l, largest_c);
      if (!halley_step(x, std::move(a), w, threads)) {
        if (largest_c < 1e3) return std::nullopt;
        largest_c /= 10;
      } else {
        l = w.map(l);
      }
      a = gram<S>(x, threads);
      continue;
    }
    // The singular values lie in [l, 1]: centre their squares around 1 before the series.
    const S centre = S(2 / (1 + l * l));
    if (auto u = finish<S>(std::sqrt(centre) * x, centre * a, tolerance, threads)) return u;
    // Some singular value was smaller than assumed.
    if (!full_rank && !estimated) return std::nullopt;
    l = 0.9 * smallest_singular_value(a);
    if (!(l > 0)) l = Limits<S>::least;
    l = std::min(l, 0.9);
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
    const Eigen::LLT<Matrix<S>> llt(a);
    const bool close = (a - Matrix<S>::Identity(a.rows(), a.cols())).norm() < S(0.1);
    if (llt.info() != Eigen::Success || (pass == 1 && !close)) {
      const Eigen::HouseholderQR<Matrix<S>> qr(m);
      return {qr.householderQ() * Matrix<S>::Identity(m.rows(), m.cols()),
              qr.matrixQR().topRows(m.cols()).template triangularView<Eigen::Upper>()};
    }
    solve_transposed_right(q, Matrix<S>(llt.matrixL()), threads);
    r = (llt.matrixU() * r).eval();
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
