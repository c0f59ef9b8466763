#include "muonphase/closures/averages/gaussian.hpp"

#include <algorithm>
#include <array>
#include <boost/math/special_functions/bessel.hpp>
#include <cmath>

namespace muonphase {

Saturation<double> saturation_moments(double kappa) {
  // E[A] = 1/(1 + κ T), T = 1/(1 + 2κ U), U = 1/(1 + 3κ/(1 + 4κ/…)): the continued fraction of erfcx. All terms are
  // positive, so every moment below keeps its relative accuracy as κ → 0; it converges fast there, and erfc itself
  // serves elsewhere.
  constexpr double crossover = 1.0 / 18;  // x = 3
  constexpr int depth = 60;
  if (kappa < crossover) {
    double u = 1;
    for (int k = depth; k >= 3; --k) u = 1 / (1 + k * kappa * u);
    const double t = 1 / (1 + 2 * kappa * u);
    const double one = 1 / (1 + kappa * t);
    return {one, t * one, kappa * one * t * u};
  }
  const double x = 1 / std::sqrt(2 * kappa);
  const double one = 2 / M_2_SQRTPI * x * std::exp(x * x) * std::erfc(x);
  const double second = (1 - one) / kappa;
  return {one, second, (one - second) / 2};
}

Eigen::MatrixXd saturation_pairs(const Eigen::ArrayXd& kappa, const Eigen::ArrayXd& other, double step) {
  constexpr double widest = 2.3;  // e^2.3: the normal density is below 1e−21
  // z³ is below the rule's own error e^(−π²/(2 step)) at z √κ = e^(−1.65/step), and below 1e−16 at e^−13
  const double largest = std::max({1.0, kappa.maxCoeff(), other.maxCoeff()});
  const double lowest = std::max(-13.0, -1.65 / step) - 0.5 * std::log(largest);
  const auto nodes = static_cast<Eigen::Index>((widest - lowest) / step) + 1;
  const Eigen::ArrayXd z2 = (2 * Eigen::ArrayXd::LinSpaced(nodes, lowest, lowest + step * (nodes - 1.0))).exp();
  // z² φ(z) dz on both half lines, dz = z d(ln z)
  const Eigen::ArrayXd weight = 2 * step / std::sqrt(2 * M_PI) * z2 * z2.sqrt() * (-z2 / 2).exp();
  const auto saturation = [&](const Eigen::ArrayXd& k) -> Eigen::MatrixXd {
    return (1 / (1 + (k.matrix() * z2.matrix().transpose()).array())).matrix();
  };
  return saturation(kappa) * weight.matrix().asDiagonal() * saturation(other).transpose();
}

LaplaceOfProduct laplace_of_product(double t) {
  if (t == 0) return {0, 1};
  const double a = 1 / (8 * t);
  // L = √(2a/π) e^a K_0(a), −L'/L = 8a² (1 + 1/(2a) − y) with y = K_1(a)/K_0(a). Where that cancels, y = Σ c_k a^(−k)
  // from its equation y' = y² − y/a − 1.
  double slope;
  if (a > 25) {
    constexpr int terms = 20;
    std::array<double, terms> c{1, 0.5};
    slope = 0;
    for (int k = 2; k < terms; ++k) {
      double sum = 0;
      for (int i = 1; i < k; ++i) sum += c[i] * c[k - i];
      c[k] = ((2 - k) * c[k - 1] - sum) / 2;
      slope -= 8 * c[k] * std::pow(a, 2 - k);
    }
  } else {
    const double ratio = boost::math::cyl_bessel_k(1, a) / boost::math::cyl_bessel_k(0, a);
    slope = 8 * a * a * (1 + 1 / (2 * a) - ratio);
  }
  if (t < 2e-4)  // L = 1 − t (1 − 9t/2 + …): moments E[z^2k]²/k!, exact to 1e−16 here
    return {-std::log1p(-t * (1 - t * (4.5 - t * (37.5 - t * (459.375 - t * 7441.875))))), slope};
  return {-(0.5 * std::log(2 * a / M_PI) + a + std::log(boost::math::cyl_bessel_k(0, a))), slope};
}

}  // namespace muonphase
