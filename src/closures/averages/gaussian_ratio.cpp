#include "muonphase/closures/averages/gaussian_ratio.hpp"

#include <array>
#include <cmath>

namespace muonphase {
namespace {

constexpr int chebyshev_terms = 48;
constexpr int functions = 4;
using Series = Eigen::Array<double, chebyshev_terms, functions>;

// Each average divided by its behaviour at small and large κ, so that what is fitted stays of order one: 1/(1 + κ),
// κ/(1 + κ)², (1 + κ)^(−3/2) and κ (1 + κ)^(−5/2). The trapezoid rule in ln z
// converges geometrically.
std::array<double, functions> scaled_averages(double y) {
  const double kappa = (1 - y) * (1 - y) / (y * y);
  std::array<double, functions> sum{};
  constexpr double step = 0.04;
  for (double x = -30; x < 2.8; x += step) {
    const double z2 = std::exp(2 * x);
    const double weight = std::sqrt(2 / M_PI) * std::exp(x - z2 / 2) * step;
    // (1 + κ)/(1 + κz²) written in y, finite at y = 0 (κ = ∞).
    const double q = (1 - y) * (1 - y), p = y * y;
    const double ratio = (p + q) / (p + q * z2);
    sum[0] += weight * z2 * ratio;
    sum[1] -= weight * z2 * z2 * ratio * ratio;
    // Large κ: the leading 1/κ of z⁴/(1+κz²) and of z²/(1+κz²) cancel, which leaves κ^(−3/2). E[z²] − E[1] = 0 is
    // subtracted under the integral: (z⁴ − z²)/(1 + κz²) = ((z² − 1) − (z² − 1)/(1 + κz²))/κ, and E[z² − 1] = 0.
    sum[2] += weight * (z2 - 1) * (kappa > 1 ? -1 / (kappa * (1 + kappa * z2)) : z2 / (1 + kappa * z2)) *
              std::pow(1 + kappa, 1.5);
    const double slope = kappa > 1 ? (1 + 2 * kappa * z2) / (kappa * kappa * (1 + kappa * z2) * (1 + kappa * z2))
                                   : -z2 * z2 / ((1 + kappa * z2) * (1 + kappa * z2));
    sum[3] += weight * (z2 - 1) * slope * std::pow(1 + kappa, 2.5);
  }
  return sum;
}

Series fit() {
  // Chebyshev–Gauss nodes; y never reaches 0, where κ is infinite.
  Series coefficients = Series::Zero();
  for (int i = 0; i < chebyshev_terms; ++i) {
    const double angle = M_PI * (i + 0.5) / chebyshev_terms;
    const auto values = scaled_averages((1 + std::cos(angle)) / 2);
    for (int m = 0; m < chebyshev_terms; ++m)
      for (int f = 0; f < functions; ++f)
        coefficients(m, f) += (m == 0 ? 1.0 : 2.0) / chebyshev_terms * std::cos(m * angle) * values[f];
  }
  return coefficients;
}

const Series& series() {
  static const Series fitted = fit();
  return fitted;
}

}  // namespace

void evaluate_gaussian_ratio(const Eigen::ArrayXd& kappa, GaussianRatio& out) {
  const Series& c = series();
  const Eigen::Index size = kappa.size();
  for (Eigen::ArrayXd* a : {&out.first, &out.first_slope, &out.excess, &out.excess_slope}) a->resize(size);
  constexpr int lanes = 16;  // arrays short enough to stay in registers during Clenshaw's recurrence
  using Lanes = Eigen::Array<double, lanes, 1>;
  for (Eigen::Index begin = 0; begin < size; begin += lanes) {
    const Eigen::Index count = std::min<Eigen::Index>(lanes, size - begin);
    Lanes k = Lanes::Ones();
    k.head(count) = kappa.segment(begin, count);
    const Lanes x = 4 / (1 + k.sqrt()) - 2;  // 2 (2y − 1)
    std::array<Lanes, functions> value;
    for (int f = 0; f < functions; ++f) {
      Lanes b1 = Lanes::Zero(), b2 = Lanes::Zero();
      for (int m = chebyshev_terms - 1; m > 0; --m) {
        const Lanes b0 = c(m, f) + x * b1 - b2;
        b2 = b1;
        b1 = b0;
      }
      value[f] = c(0, f) + 0.5 * x * b1 - b2;
    }
    const Lanes one = 1 / (1 + k), root = one.sqrt();
    out.first.segment(begin, count) = (value[0] * one).head(count);
    out.first_slope.segment(begin, count) = (value[1] * k * one * one).head(count);
    out.excess.segment(begin, count) = (value[2] * one * root).head(count);
    out.excess_slope.segment(begin, count) = (value[3] * k * one * one * root).head(count);
  }
}

}  // namespace muonphase
