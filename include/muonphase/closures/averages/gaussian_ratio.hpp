#pragma once
#include <Eigen/Core>

namespace muonphase {

/// Gaussian averages that the full closure needs at every quadrature point, z ~ N(0, 1), κ ≥ 0:
///
///     first  = h₁(κ) = E[z²/(1 + κz²)]             first_slope = κ h₁'(κ)
///     excess = w(κ)  = E[(z⁴ − z²)/(1 + κz²)]      excess_slope = κ w'(κ)
///
/// docs/theory-full-closure.md §2. All arrays have the length of `kappa`.
struct GaussianRatio {
  Eigen::ArrayXd first, first_slope, excess, excess_slope;
};

/// Evaluates the four averages to 1e−9 of their size, for any finite κ ≥ 0. Chebyshev series in y = 1/(1 + √κ), fitted
/// once for the process; about 50 ns for each κ.
void evaluate_gaussian_ratio(const Eigen::ArrayXd& kappa, GaussianRatio& out);

}  // namespace muonphase
