#pragma once
#include <Eigen/Core>

#include "muonphase/problem/problem.hpp"

namespace muonphase {

/// The eigenvalues of G Gᵀ/2R and of GᵀG/2R in the linear closure: densities in x without the atom at zero of a rank
/// below the dimension, and the same weighted by the eigenvalues of Σ_out and Σ_in,
///
///     density(x) = (1/π) Im (1/n) tr (G Gᵀ/2R − x − i0)^(−1),      weighted(x) = (1/π) Im (1/n) tr Σ (…)^(−1).
struct SpectralDensity {
  Eigen::ArrayXd x;
  Eigen::ArrayXd out, in, weighted_out, weighted_in;
};

/// At `points` ≥ 2 values of x, evenly spaced in the logarithm over all of the spectrum, from the resolvents of
/// docs/theory.md §3 next to the imaginary axis: features narrower than 0.1 % of x are smoothed. A finite batch
/// (StudyError otherwise). O(points · modes).
SpectralDensity spectral_density(const Problem& problem, int points);

}  // namespace muonphase
