#pragma once
#include <vector>

#include "muonphase/report/figures/figure.hpp"

namespace muonphase::figures {

/// A straight line in the (α, β) plane where phases are predicted to change; a map cuts it to itself.
struct Boundary {
  double alpha0, beta0, alpha1, beta1;
  Dash dash;
  Label name;
};

/// Of risks after equal steps (docs/theory.md §6): β = 1 (α < 1), 2α − 1 (1 ≤ α ≤ 2) and α + 1 (α > 2) for late times,
/// α = 1 and 2α + β = 1 for early times.
std::vector<Boundary> horizon_boundaries();

/// Of times to accuracy (docs/theory.md §6): the theorem's β = 1 and β = α + 1, β = 2α − 1 where the crossing leaves what
/// d resolves, and α + β = `ends`, below which the accuracies end at the cut d^(−(α+β−1)).
std::vector<Boundary> accuracy_boundaries(double ends);

}  // namespace muonphase::figures
