#include "muonphase/simulation/polar.hpp"

#include <fmt/format.h>

#include <Eigen/SVD>
#include <limits>

#include "muonphase/error.hpp"

namespace muonphase {
namespace {

template <class S>
Matrix<S> svd_polar(const Matrix<S>& g) {
  const Eigen::BDCSVD<Matrix<S>> svd(g, Eigen::ComputeThinU | Eigen::ComputeThinV);
  const auto& sigma = svd.singularValues();
  const S zero = sigma(0) * std::numeric_limits<S>::epsilon() * S(std::max(g.rows(), g.cols()));
  const Eigen::Index rank = (sigma.array() > zero).count();
  return svd.matrixU().leftCols(rank) * svd.matrixV().leftCols(rank).transpose();
}

}  // namespace

PolarMethod polar_method(const std::string& name, const std::string& key) {
  if (name == "auto") return PolarMethod::automatic;
  if (name == "qdwh") return PolarMethod::qdwh;
  if (name == "svd") return PolarMethod::svd;
  throw StudyError(fmt::format("{} = \"{}\": must be \"auto\", \"qdwh\" or \"svd\"", key, name));
}

template <class S>
Matrix<S> polar_factor(const Matrix<S>& g, PolarMethod, int) {
  if (!g.allFinite()) throw NumericalError("polar factor: the matrix has an entry that is not finite");
  if (g.size() == 0 || g.isZero(0)) return Matrix<S>::Zero(g.rows(), g.cols());
  return svd_polar(g);
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
template Matrix<double> newton_schulz(const Matrix<double>&, int, const std::array<double, 3>&, int);
template Matrix<float> newton_schulz(const Matrix<float>&, int, const std::array<double, 3>&, int);

}  // namespace muonphase
