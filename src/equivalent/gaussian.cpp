#include "muonphase/equivalent/gaussian.hpp"

#include <algorithm>
#include <boost/math/constants/constants.hpp>
#include <boost/math/special_functions/bessel.hpp>
#include <cmath>

namespace muonphase {

using boost::math::constants::pi;
using boost::math::constants::root_pi;

SaturationMoments saturation_moments(double kappa) {
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
  const double one = root_pi<double>() * x * std::exp(x * x) * std::erfc(x);
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
  const Eigen::ArrayXd weight = 2 * step / std::sqrt(2 * pi<double>()) * z2 * z2.sqrt() * (-z2 / 2).exp();
  const auto saturation = [&](const Eigen::ArrayXd& k) -> Eigen::MatrixXd {
    return (1 / (1 + (k.matrix() * z2.matrix().transpose()).array())).matrix();
  };
  return saturation(kappa) * weight.matrix().asDiagonal() * saturation(other).transpose();
}

double chi(double batch) {
  // χ_B = (1/(2√π)) ∫ (1 − L(t)^B) t^(−3/2) dt with L(t) = E exp(−t z² w²) = √(2a/π) e^a K_0(a), a = 1/(8t); trapezoid
  // in ln t.
  const auto log_laplace = [](double t) {
    if (t < 2e-4)  // −t (1 − 9t/2 + …): moments E[z^2k]²/k!, exact to 1e−16 here
      return std::log1p(-t * (1 - t * (4.5 - t * (37.5 - t * (459.375 - t * 7441.875)))));
    const double a = 1 / (8 * t);
    return 0.5 * std::log(2 * a / pi<double>()) + a + std::log(boost::math::cyl_bessel_k(0, a));
  };
  constexpr double step = 0.2;
  double sum = 0;
  // The integrand falls as √(tB) to the left of t = 1/B and as 1/√(tB) to the right.
  // closed form.
  const double centre = -std::log(batch);
  const int left = static_cast<int>(70 / step), right = static_cast<int>(80 / step);
  for (int i = -left; i <= right; ++i) {
    const double t = std::exp(centre + i * step);
    sum += -std::expm1(batch * log_laplace(t)) / std::sqrt(t);
  }
  return step * sum / (2 * root_pi<double>());
}

}  // namespace muonphase
