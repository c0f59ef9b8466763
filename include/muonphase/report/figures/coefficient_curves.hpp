#pragma once
#include <string>
#include <vector>

#include "muonphase/report/figures/figure.hpp"

namespace muonphase::figures {

/// Coefficients of the modes of one optimizer, one entry for each mode (pairs of modes flattened).
struct CoefficientCurve {
  std::string optimizer;
  Eigen::ArrayXd eigenvalue;  ///< λ_j, or λ_k λ_j
  Eigen::ArrayXd drift;
  Eigen::ArrayXd diffusion;  ///< may be empty
};

struct CoefficientOptions {
  Label title, subtitle;
  Label eigenvalue_label = Label::markup("eigenvalue λ_j");
  bool diffusion = true;  ///< a second panel, where the curves have it
};

/// Drift f_j against eigenvalue on logarithmic axes, with guides of slope ½ at the large eigenvalues (square-root law)
/// and slope 1 at the small ones (the tail that moves as under SGD), and diffusion beside it. Modes that are not sorted
/// by eigenvalue are drawn as points.
Figure coefficient_figure(const std::vector<CoefficientCurve>& curves, const CoefficientOptions& options = {});

}  // namespace muonphase::figures
