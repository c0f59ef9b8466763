#include "muonphase/closures/averages/gaussian.hpp"
#include "muonphase/closures/averages/window.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/math/quadrature/exp_sinh.hpp>
#include <boost/math/special_functions/ellint_2.hpp>
#include <cmath>
#include <complex>
#include <vector>

namespace muonphase {
namespace {

template <class F>
double normal_expectation(F f) {
  boost::math::quadrature::exp_sinh<double> rule;
  return 2 * rule.integrate([&](double z) { return f(z) * std::exp(-z * z / 2); }, 1e-13) / std::sqrt(2 * M_PI);
}

TEST(Gaussian, SaturationMomentsAgainstQuadrature) {
  for (double kappa : {1e-12, 1e-5, 0.01, 0.0555, 0.0556, 0.3, 2.0, 50.0, 1e4}) {
    const auto a = [&](double z) { return 1 / (1 + kappa * z * z); };
    const Saturation<double> m = saturation_moments(kappa);
    EXPECT_NEAR(m.one / normal_expectation(a), 1, 1e-12) << kappa;
    EXPECT_NEAR(m.second / normal_expectation([&](double z) { return z * z * a(z); }), 1, 1e-12) << kappa;
    EXPECT_NEAR(m.variance / normal_expectation([&](double z) { return kappa * z * z * a(z) * a(z); }), 1, 1e-12)
        << kappa;
  }
  EXPECT_EQ(saturation_moments(0).second, 1);
}

TEST(Gaussian, ComplexSaturationMomentsAgainstQuadrature) {
  using Complex = std::complex<double>;
  const std::vector<double> radii{1e-5, 0.01, 0.3, 2.0, 1e4}, angles{0.4, M_PI_2, -2.2};
  Eigen::ArrayXcd kappa(15);  // more than one register, the last of them not filled
  for (Eigen::Index i = 0; i < kappa.size(); ++i)
    kappa(i) = std::polar(radii[static_cast<std::size_t>(i / 3)], angles[static_cast<std::size_t>(i % 3)]);
  const auto expectation = [](const auto& f) {
    return Complex(normal_expectation([&](double z) { return f(z).real(); }),
                   normal_expectation([&](double z) { return f(z).imag(); }));
  };
  const Saturation<Eigen::ArrayXcd> m = saturation_moments(kappa);
  for (Eigen::Index i = 0; i < kappa.size(); ++i) {
    const Complex k = kappa(i);
    const auto a = [&](double z) { return 1.0 / (1.0 + k * z * z); };
    EXPECT_LT(std::abs(m.one(i) / expectation(a) - 1.0), 1e-10) << k;
    EXPECT_LT(std::abs(m.second(i) / expectation([&](double z) { return z * z * a(z); }) - 1.0), 1e-10) << k;
    EXPECT_LT(std::abs(m.variance(i) / expectation([&](double z) { return k * z * z * a(z) * a(z); }) - 1.0), 1e-8)
        << k;
  }
}

TEST(Gaussian, SaturationPairsAgainstTheClosedForm) {
  Eigen::ArrayXd kappa(6);
  kappa << 1e-9, 1e-3, 0.2, 7, 3e5, 1e16;
  const Eigen::MatrixXd pairs = saturation_pairs(kappa, kappa);
  for (int i = 0; i < 6; ++i)
    for (int j = 0; j < 6; ++j) {
      const Saturation<double> a = saturation_moments(kappa(i)), b = saturation_moments(kappa(j));
      // 1 − E[A] = κ E[z² A] keeps the digits of small κ; on the diagonal E[z² A²] = E[A (1 − A)]/κ
      const double closed =
          i == j ? a.variance / kappa(i) : (kappa(j) * b.second - kappa(i) * a.second) / (kappa(j) - kappa(i));
      EXPECT_NEAR(pairs(i, j) / closed, 1, std::max(1e-12, 1e-15 / closed / std::max(kappa(i), kappa(j)))) << i << j;
    }
}

// χ_1 = (E|z|)² = 2/π
// below.
TEST(Gaussian, ChiLimits) {
  EXPECT_NEAR(chi(1), 2 / M_PI, 1e-11);
  for (double batch : {1e3, 1e6, 1e12})
    EXPECT_NEAR(chi(batch) / std::sqrt(batch), 1 - 1 / batch, 20 / (batch * batch) + 1e-11);
}

// E √(z_1²w_1² + z_2²w_2²): given w, (z_1, z_2) has mean radius √(π/2) and the mean over its angle is a complete
// elliptic integral.
TEST(Gaussian, ChiOfTwoSamples) {
  const double reference = normal_expectation([&](double w1) {
    return normal_expectation([&](double w2) {
      const double larger = std::max(w1, w2), smaller = std::min(w1, w2);
      const double modulus = std::sqrt(1 - std::pow(smaller / larger, 2));
      return std::sqrt(M_PI / 2) * 2 / M_PI * larger * boost::math::ellint_2(modulus);
    });
  });
  EXPECT_NEAR(chi(2) / reference, 1, 1e-6);
}

}  // namespace
}  // namespace muonphase
