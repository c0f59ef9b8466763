#pragma once
#include <Eigen/Core>
#include <complex>

namespace muonphase {

/// Expectations over z ~ N(0,1) with A = 1/(1 + κ z²), T = double or an array of complex numbers (docs/theory.md
/// §3, §7).
template <class T>
struct Saturation {
  T one;       ///< E[A] = √π x erfcx(x), x = 1/√(2κ)
  T second;    ///< E[z² A] = (1 − E[A])/κ, without the cancellation
  T variance;  ///< E[A (1 − A)] = −κ dE[A]/dκ
};
/// κ ≥ 0, to about 1e−14 relative.
Saturation<double> saturation_moments(double kappa);
/// κ anywhere but on the negative real axis, to about 1e−11 relative; several at once.
Saturation<Eigen::ArrayXcd> saturation_moments(const Eigen::ArrayXcd& kappa);

/// E[z² A A'] for κ_i and κ'_j: [kappa.size(), other.size()]. The closed form is the divided difference (E[A] −
/// E[A'])/(κ' − κ), which loses all digits where κ ≈ κ'; the trapezoid rule in ln z has only positive terms and
/// converges exponentially: 1e−14 with `step` 0.1, 1e−7 with 0.3. Cost O(size² · (4 + ½ ln κ_max)/step). κ must be
/// finite.
Eigen::MatrixXd saturation_pairs(const Eigen::ArrayXd& kappa, const Eigen::ArrayXd& other, double step = 0.1);

/// The same with z = 1.
template <class T>
Saturation<T> unit_saturation(const T& kappa) {
  const T one = 1.0 / (1.0 + kappa);
  return {one, one, kappa * one * one};
}

/// −ln L and −L'/L of L(t) = E exp(−t z² w²), z and w independent N(0,1), t ≥ 0, to about 1e−11 relative.
struct LaplaceOfProduct {
  double exponent, slope;
};
LaplaceOfProduct laplace_of_product(double t);

}  // namespace muonphase
