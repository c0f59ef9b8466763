#pragma once
#include "muonphase/closures/averages/window.hpp"
#include "muonphase/closures/linear/spectral_map.hpp"
#include "muonphase/problem/problem.hpp"

namespace muonphase {

/// How many singular values of an average M of gradients are above x ‖M‖_F, x ≥ 0, by the deterministic equivalent of
/// its resolvent (linear closure, docs/theory.md §7); at x = 0 the rank. The step at x is 3 % wide: (σ/x)³² against 1.
/// Cost as that of ten poles of a map.
double singular_values_above(const Problem& problem, const Window& window, double x);

/// The least x with h(x) ≥ `level`, relative to the Frobenius norm; NaN when there is none in (0, 1].
double least_raised(const SpectralMap& map, double level);

}  // namespace muonphase
