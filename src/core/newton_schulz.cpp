#include "muonphase/core/newton_schulz.hpp"

#include <algorithm>

namespace muonphase {
namespace {

// Coefficients for singular values up to `margin`: p(x/margin).
std::vector<Quintic> with_margin(std::vector<Quintic> quintics, double margin) {
  const double square = margin * margin;
  for (auto& [a, b, c] : quintics) {
    a /= margin;
    b /= margin * square;
    c /= margin * square * square;
  }
  return quintics;
}

std::vector<Quintic> followed_by(std::vector<Quintic> quintics, const Quintic& last) {
  quintics.push_back(last);
  return quintics;
}

}  // namespace

const std::vector<QuinticSet>& quintic_sets() {
  static const std::vector<QuinticSet> sets = {
      {"jordan", {muon_quintic}, 5},
      {"cesista",
       {{4.0848, -6.8946, 2.9270},
        {3.9505, -6.3029, 2.6377},
        {3.7418, -5.5913, 2.3037},
        {2.8769, -3.1427, 1.2046},
        {2.8366, -3.0525, 1.2012}},
       5},
      // Made for singular values up to 1 in exact arithmetic, and run with a margin of 1 % but in the steps at the end.
      {"polar-express",
       followed_by(with_margin({{8.28721, -23.59589, 17.30039},
                                {4.10706, -2.94785, 0.54484},
                                {3.94869, -2.90890, 0.55182},
                                {3.31842, -2.48849, 0.51005},
                                {2.30065, -1.66890, 0.41881}},
                               1.01),
                   {1.875, -1.25, 0.375}),
       5},
      {"cubic", {{1.5, -0.5, 0}}, 5},
      {"jordan-long", followed_by(quintic_steps(8), {2, -1.5, 0.5}), 10}};
  return sets;
}

std::vector<Quintic> quintic_steps(int steps, const std::vector<Quintic>& quintics) {
  std::vector<Quintic> list(static_cast<std::size_t>(steps), quintics.back());
  std::copy_n(quintics.begin(), std::min(quintics.size(), list.size()), list.begin());
  return list;
}

double newton_schulz(double x, const std::vector<Quintic>& steps) {
  for (const auto& [a, b, c] : steps) x *= a + x * x * (b + x * x * c);
  return x;
}

template <class S>
Matrix<S> newton_schulz(const Matrix<S>& g, const std::vector<Quintic>& steps, int threads) {
  if (g.rows() < g.cols()) return newton_schulz<S>(g.transpose(), steps, threads).transpose();
  const S norm = g.stableNorm();
  if (!(norm > 0)) return Matrix<S>::Zero(g.rows(), g.cols());
  Matrix<S> x = g / norm;
  for (const auto& [a, b, c] : steps) {
    const Matrix<S> xx = gram<S>(x, threads);
    Matrix<S> p = S(b) * xx + S(c) * symmetric_product<S>(xx, xx, threads);
    p.diagonal().array() += S(a);
    x = product<S>(x, p, threads);
  }
  return x;
}

template Matrix<double> newton_schulz(const Matrix<double>&, const std::vector<Quintic>&, int);
template Matrix<float> newton_schulz(const Matrix<float>&, const std::vector<Quintic>&, int);

}  // namespace muonphase
