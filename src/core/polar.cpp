#include "muonphase/core/polar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "core/blocks.hpp"
#include "core/cholesky.hpp"
#include "core/eigensystem.hpp"
#include "core/halley.hpp"
#include "core/householder.hpp"
#include "core/svd.hpp"
#include "muonphase/core/error.hpp"

namespace muonphase {
namespace {

// Below this size the singular value decomposition costs less than the calls of the iteration.
constexpr Eigen::Index svd_size = 24;

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
      const QrFactors exact = tall_qr(m.template cast<double>());
      return {exact.q.cast<S>(), exact.r.cast<S>()};
    }
    for_blocks(q.rows(), threads, threads,
               [&](Block i) { factor.divide_by_transpose(view(q).block(i.begin, 0, i.size, q.cols())); });
    r = (factor.lower().template triangularView<Eigen::Lower>().transpose() * r).eval();
  }
  return {std::move(q), std::move(r)};
}

// A matrix of any rank: G = Q W by Householder reflections with column pivoting, and the polar factor of W, whose rank
// is full.
template <class S>
Matrix<S> rank_revealing_polar(const Matrix<S>& g, int threads) {
  const double zero = std::numeric_limits<S>::epsilon() * double(std::max(g.rows(), g.cols()));
  const RankFactors factors = rank_factors(g.template cast<double>(), zero);
  const Matrix<S> q = factors.q.cast<S>(), tall = factors.w.transpose().cast<S>();
  const auto polar = tall.cols() < svd_size ? std::optional<Matrix<S>>()
                                            : halley_polar<S>(tall / tall.cwiseAbs().maxCoeff(), true, threads);
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
  const S largest = g.size() == 0 ? S(0) : g.cwiseAbs().template maxCoeff<Eigen::PropagateNaN>();
  if (!std::isfinite(largest)) throw NumericalError("polar factor: the matrix has an entry that is not finite");
  if (largest == 0) return Matrix<S>::Zero(g.rows(), g.cols());
  if (method == PolarMethod::svd || (method == PolarMethod::automatic && std::min(g.rows(), g.cols()) < svd_size))
    return svd_polar(g);
  if (g.rows() < g.cols()) return polar_factor<S>(g.transpose(), method, threads).transpose();
  if (auto u = halley_polar<S>(g / largest, method == PolarMethod::qdwh, threads)) return *std::move(u);
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

// G = P U = U H with H = UᵀG and P = GUᵀ: of the smaller side's size, non-negative, and with G's singular values.
template <class S>
Matrix<S> map_singular_values(const Matrix<S>& g, const Matrix<S>& polar, const std::function<double(double)>& h,
                              int threads) {
  const S norm = g.stableNorm();
  if (!(norm > 0)) return Matrix<S>::Zero(g.rows(), g.cols());
  const bool tall = g.rows() >= g.cols();
  const Matrix<S> factor = tall ? transposed_product<S>(polar, g, threads)
                                : transposed_product<S>(polar.transpose(), g.transpose(), threads);
  const Matrix<S> symmetric = (factor + factor.transpose()) / (2 * norm);
  const auto [values, vectors] = eigensystem(symmetric.template cast<double>());
  const Eigen::VectorXd mapped = values.unaryExpr([&](double x) { return x > 0 ? h(x) : 0; });
  const Matrix<S> of_symmetric = (vectors * mapped.asDiagonal() * vectors.transpose()).template cast<S>();
  return tall ? product<S>(polar, of_symmetric, threads) : product<S>(of_symmetric, polar, threads);
}

template Matrix<double> polar_factor(const Matrix<double>&, PolarMethod, int);
template Matrix<float> polar_factor(const Matrix<float>&, PolarMethod, int);
template Matrix<double> polar_factor_of_product(const Matrix<double>&, const Matrix<double>&, PolarMethod, int);
template Matrix<float> polar_factor_of_product(const Matrix<float>&, const Matrix<float>&, PolarMethod, int);
template Matrix<double> map_singular_values(const Matrix<double>&, const Matrix<double>&,
                                            const std::function<double(double)>&, int);
template Matrix<float> map_singular_values(const Matrix<float>&, const Matrix<float>&,
                                           const std::function<double(double)>&, int);

}  // namespace muonphase
