#include "muonphase/closures/averages/gaussian.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace muonphase {
namespace {

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
      const double theta = k * M_PI / half, t = scale * std::tan(theta / 2);
      const double f = std::exp(-t * t) * (scale * scale + t * t) / (2 * half);
      for (int n = 1; n <= cayley_terms; ++n) coefficient[static_cast<std::size_t>(n - 1)] += f * std::cos(n * theta);
    }
  }
};

// What fits into a vector register. Real arithmetic is written out: the library's complex product and quotient check
// for infinities.
constexpr int lanes = 8;
using Lane = std::array<double, lanes>;

// one = E[A] = x √π erfcx(x), x = 1/√(2κ), and second = (1 − one)/κ at κ ≠ 0.
struct Lanes {
  Lane kappa_re, kappa_im, one_re, one_im, second_re, second_im;

  void evaluate() {
    static const CayleySeries series;
    Lane x_re, x_im, part_re, part_im, z_re, z_im, sum_re{}, sum_im{};
#pragma omp simd
    for (std::size_t i = 0; i < lanes; ++i) {
      // √(2κ), with |κ| taken out, whose square may be out of range.
      const double a = std::abs(2 * kappa_re[i]), b = std::abs(2 * kappa_im[i]), larger = a > b ? a : b;
      const double size = larger * std::sqrt((a / larger) * (a / larger) + (b / larger) * (b / larger));
      const double long_part = std::sqrt(0.5 * (size + a)), short_part = 0.5 * b / long_part;
      const double root_re = kappa_re[i] >= 0 ? long_part : short_part;
      const double root_im = kappa_re[i] >= 0 ? short_part : long_part;
      x_re[i] = root_re / size;
      x_im[i] = (kappa_im[i] < 0 ? root_im : -root_im) / size;
      // 1/(L + x) and Z.
      const double sum = series.scale + x_re[i], inverse = 1 / (sum * sum + x_im[i] * x_im[i]);
      part_re[i] = sum * inverse;
      part_im[i] = -x_im[i] * inverse;
      z_re[i] = (series.scale - x_re[i]) * part_re[i] + x_im[i] * part_im[i];
      z_im[i] = (series.scale - x_re[i]) * part_im[i] - x_im[i] * part_re[i];
    }
    for (int n = cayley_terms - 1; n >= 0; --n) {
      const double coefficient = series.coefficient[static_cast<std::size_t>(n)];
#pragma omp simd
      for (std::size_t i = 0; i < lanes; ++i) {
        const double next = sum_re[i] * z_re[i] - sum_im[i] * z_im[i] + coefficient;
        sum_im[i] = sum_re[i] * z_im[i] + sum_im[i] * z_re[i];
        sum_re[i] = next;
      }
    }
#pragma omp simd
    for (std::size_t i = 0; i < lanes; ++i) {
      const double re = 4 / M_2_SQRTPI * (sum_re[i] * part_re[i] - sum_im[i] * part_im[i]) + 1;
      const double im = 4 / M_2_SQRTPI * (sum_re[i] * part_im[i] + sum_im[i] * part_re[i]);
      const double y_re = x_re[i] * part_re[i] - x_im[i] * part_im[i];
      const double y_im = x_re[i] * part_im[i] + x_im[i] * part_re[i];
      one_re[i] = y_re * re - y_im * im;
      one_im[i] = y_re * im + y_im * re;
      // 1/κ = 2x².
      const double inverse_re = 2 * (x_re[i] * x_re[i] - x_im[i] * x_im[i]), inverse_im = 4 * x_re[i] * x_im[i];
      second_re[i] = (1 - one_re[i]) * inverse_re + one_im[i] * inverse_im;
      second_im[i] = (1 - one_re[i]) * inverse_im - one_im[i] * inverse_re;
    }
  }
};

// Asymptotic: Σ (−κ)^k (2k+1)!! and, for the variance, κ Σ (−κ)^k (k+1) (2k+1)!!.
Saturation<Complex> near_zero(Complex kappa) {
  Complex second = 0, variance = 0;
  constexpr std::array<double, 8> odd_factorial{1, 3, 15, 105, 945, 10395, 135135, 2027025};
  for (int k = 7; k >= 0; --k) {
    second = odd_factorial[static_cast<std::size_t>(k)] - kappa * second;
    variance = (k + 1) * odd_factorial[static_cast<std::size_t>(k)] - kappa * variance;
  }
  return {1.0 - kappa * second, second, kappa * variance};
}

}  // namespace

Saturation<Eigen::ArrayXcd> saturation_moments(const Eigen::ArrayXcd& kappa) {
  const Eigen::Index size = kappa.size();
  Saturation<Eigen::ArrayXcd> result{Eigen::ArrayXcd(size), Eigen::ArrayXcd(size), Eigen::ArrayXcd(size)};
  for (Eigen::Index begin = 0; begin < size; begin += lanes) {
    const Eigen::Index count = std::min<Eigen::Index>(lanes, size - begin);
    Lanes at{};
    for (std::size_t i = 0; i < lanes; ++i) {
      const Complex k = kappa(begin + std::min<Eigen::Index>(static_cast<Eigen::Index>(i), count - 1));
      at.kappa_re[i] = k.real();
      at.kappa_im[i] = k.imag();
    }
    at.evaluate();
    for (Eigen::Index j = begin; j < begin + count; ++j) {
      const auto i = static_cast<std::size_t>(j - begin);
      if (std::norm(kappa(j)) < 1e-6) {
        const Saturation<Complex> m = near_zero(kappa(j));
        result.one(j) = m.one;
        result.second(j) = m.second;
        result.variance(j) = m.variance;
      } else {
        result.one(j) = {at.one_re[i], at.one_im[i]};
        result.second(j) = {at.second_re[i], at.second_im[i]};
        result.variance(j) = 0.5 * (result.one(j) - result.second(j));
      }
    }
  }
  return result;
}

}  // namespace muonphase
