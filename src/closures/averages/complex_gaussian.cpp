#include "muonphase/closures/averages/gaussian.hpp"

#include <array>
#include <boost/math/constants/constants.hpp>
#include <cmath>

namespace muonphase {
namespace {

using boost::math::constants::pi;
using boost::math::constants::root_pi;
using Complex = std::complex<double>;

constexpr int cayley_terms = 40;

// erfcx in the right half-plane as a power series in the Cayley variable Z = (L − x)/(L + x), |Z| < 1, whose
// coefficients are the Fourier coefficients of (L² + t²) exp(−t²) in the angle t = L tan(θ/2) (the rational expansion
// of the Faddeeva function).
struct CayleySeries {
  double scale;  // L
  std::array<double, cayley_terms> coefficient;

  CayleySeries() : scale(std::sqrt(cayley_terms / std::sqrt(2.0))), coefficient{} {
    constexpr int half = 2 * cayley_terms;
    for (int k = 1 - half; k < half; ++k) {
      const double theta = k * pi<double>() / half, t = scale * std::tan(theta / 2);
      const double f = std::exp(-t * t) * (scale * scale + t * t) / (2 * half);
      for (int n = 1; n <= cayley_terms; ++n) coefficient[static_cast<std::size_t>(n - 1)] += f * std::cos(n * theta);
    }
  }
};

// x √π erfcx(x).
Complex scaled_erfcx(Complex x) {
  static const CayleySeries series;
  const Complex inverse = 1.0 / (series.scale + x), z = (series.scale - x) * inverse;
  // Written out in real arithmetic: the library's complex product checks for infinities.
  double re = 0, im = 0;
  for (int n = cayley_terms - 1; n >= 0; --n) {
    const double next = re * z.real() - im * z.imag() + series.coefficient[static_cast<std::size_t>(n)];
    im = re * z.imag() + im * z.real();
    re = next;
  }
  return x * inverse * (2 * root_pi<double>() * Complex(re, im) * inverse + 1.0);
}

}  // namespace

Saturation<Complex> saturation_moments(Complex kappa) {
  if (std::norm(kappa) < 1e-6) {
    // Asymptotic: Σ (−κ)^k (2k+1)!! and, for the variance, κ Σ (−κ)^k (k+1) (2k+1)!!.
    Complex second = 0, variance = 0;
    constexpr std::array<double, 8> odd_factorial{1, 3, 15, 105, 945, 10395, 135135, 2027025};
    for (int k = 7; k >= 0; --k) {
      second = odd_factorial[static_cast<std::size_t>(k)] - kappa * second;
      variance = (k + 1) * odd_factorial[static_cast<std::size_t>(k)] - kappa * variance;
    }
    return {1.0 - kappa * second, second, kappa * variance};
  }
  const Complex one = scaled_erfcx(1.0 / std::sqrt(2.0 * kappa));
  const Complex second = (1.0 - one) / kappa;
  return {one, second, 0.5 * (one - second)};
}

}  // namespace muonphase
