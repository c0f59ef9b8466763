#pragma once
#include <optional>
#include <string>
#include <vector>

#include "muonphase/report/figures/figure.hpp"

namespace muonphase::figures {

/// Risk of one optimizer over constant learning rates.
struct RateSweep {
  std::string optimizer;
  Eigen::ArrayXd rate;     ///< η, increasing
  Eigen::ArrayXd horizon;  ///< T, increasing
  Eigen::ArrayXXd risk;    ///< [rate, horizon]; NaN or infinity where the run diverged
  std::optional<double> stability_edge;
};

/// A panel for each optimizer: risk against η on logarithmic axes, a line for each horizon from dark (short) to light
/// (long), the best rate of each marked, the stability edge dashed. Risks far above the start are cut off.
/// StudyError when the shape of a risk table does not match its rates and horizons.
Figure rate_sweep_figure(const std::vector<RateSweep>& sweeps, const Label& title = {}, const Label& subtitle = {});

}  // namespace muonphase::figures
