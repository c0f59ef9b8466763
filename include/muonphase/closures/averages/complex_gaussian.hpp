#pragma once
#include <complex>

#include "muonphase/closures/averages/window.hpp"

namespace muonphase {

/// SaturationMoments off the real axis: expectations over z ~ N(0,1) with A = 1/(1 + κ z²), κ anywhere but on the
/// negative real axis, to about 1e−11 relative (docs/theory.md §7).
struct ComplexSaturation {
  std::complex<double> one;       ///< E[A]
  std::complex<double> second;    ///< E[z² A]
  std::complex<double> variance;  ///< E[A (1 − A)]
};
ComplexSaturation saturation_moments(std::complex<double> kappa);

/// WindowMoments at complex κ.
struct ComplexWindowMoments {
  std::complex<double> unsaturated;  ///< Σ E[A]
  std::complex<double> second;       ///< Σ ω² E[z² A]
  std::complex<double> variance;     ///< Σ E[A (1 − A)]
  std::complex<double> signal;       ///< Σ ω E[z² A]
};
ComplexWindowMoments window_moments(const SampleWindow& window, std::complex<double> kappa);

}  // namespace muonphase
