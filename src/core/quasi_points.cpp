#include "muonphase/core/quasi_points.hpp"

#include <algorithm>
#include <boost/math/special_functions/erf.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <boost/random/sobol.hpp>
#include <cmath>
#include <cstdint>

namespace muonphase {
namespace {

std::uint32_t reversed(std::uint32_t x) {
  x = (x >> 16) | (x << 16);
  x = ((x & 0xff00ff00u) >> 8) | ((x & 0x00ff00ffu) << 8);
  x = ((x & 0xf0f0f0f0u) >> 4) | ((x & 0x0f0f0f0fu) << 4);
  x = ((x & 0xccccccccu) >> 2) | ((x & 0x33333333u) << 2);
  return ((x & 0xaaaaaaaau) >> 1) | ((x & 0x55555555u) << 1);
}

// Owen's scrambling flips each binary digit by a random function of the digits before it. On the reversed word that is
// any bijection in which a bit depends on lower bits only: products with even constants and a sum (Laine and Karras).
std::uint32_t scrambled(std::uint32_t x, std::uint32_t seed) {
  x = reversed(x);
  x += seed;
  x ^= x * 0x6c50b47cu;
  x ^= x * 0xb82f1e52u;
  x ^= x * 0xc7afe638u;
  x ^= x * 0x8d22f6e6u;
  return reversed(x);
}

std::uint32_t hashed(std::uint32_t x) {
  x ^= x >> 16;
  x *= 0x21f0aaadu;
  x ^= x >> 15;
  x *= 0x735a2d97u;
  return x ^ (x >> 15);
}

double chi_square_quantile(double u, double dof) {
  if (dof == 1) {
    const double c = boost::math::erf_inv(u);
    return 2 * c * c;
  }
  if (dof < 1e8) return boost::math::gamma_p_inv(dof / 2, u) * 2 / dof;
  // Wilson and Hilferty: right to 1e-12 here, and the incomplete gamma function comes to no end from 1e12 on.
  const double variance = 2 / (9 * dof), gaussian = std::sqrt(2.0) * boost::math::erf_inv(2 * u - 1);
  return std::pow(1 - variance + gaussian * std::sqrt(variance), 3);
}

constexpr Eigen::Index most_variables = 3667;  // for which Sobol's direction numbers are tabulated

// [points, variables] of quantile(u, variable) at the scrambled points u. Beyond what is tabulated, variables are
// scrambled van der Corput sequences: evenly spread each, and paired at random.
template <class Quantile>
Eigen::MatrixXd mapped_points(int points, Eigen::Index variables, Quantile quantile_of) {
  boost::random::sobol_engine<std::uint32_t, 32> sequence(
      static_cast<std::size_t>(std::min(variables, most_variables)));
  Eigen::MatrixXd mapped(points, variables);
  for (int i = 0; i < points; ++i)
    for (Eigen::Index m = 0; m < variables; ++m) {
      const std::uint32_t plain = m < most_variables ? sequence() : reversed(static_cast<std::uint32_t>(i));
      const std::uint32_t digits = scrambled(plain, hashed(static_cast<std::uint32_t>(m) + 1));
      mapped(i, m) = quantile_of((digits + 0.5) * 0x1p-32, m);
    }
  return mapped;
}

}  // namespace

Eigen::MatrixXd chi_square_points(int points, const Eigen::ArrayXd& dof) {
  return mapped_points(points, dof.size(), [&](double u, Eigen::Index m) { return chi_square_quantile(u, dof(m)); });
}

Eigen::MatrixXd gaussian_points(int points, Eigen::Index variables) {
  return mapped_points(points, variables,
                       [](double u, Eigen::Index) { return std::sqrt(2.0) * boost::math::erf_inv(2 * u - 1); });
}

}  // namespace muonphase
