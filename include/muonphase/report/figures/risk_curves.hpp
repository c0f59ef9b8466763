#pragma once
#include <optional>
#include <string>
#include <vector>

#include "muonphase/report/figures/figure.hpp"

namespace muonphase::figures {

/// Risk of one optimizer from the deterministic equations. Arrays have one entry for each recorded step.
struct TheoryCurve {
  std::string optimizer;
  Eigen::ArrayXd step, risk;
};

/// Risk of one optimizer from real runs.
struct MonteCarloCurve {
  std::string optimizer;
  Eigen::ArrayXd step, risk, risk_sem;  ///< mean over trials and its standard error
  Eigen::ArrayXXd trials;               ///< [trials, steps]; drawn as thin lines, may be empty
};

/// A curve measured elsewhere.
struct MeasuredCurve {
  Label label;
  Eigen::ArrayXd step, risk;
};

/// ln(R_ode/R_mc) of one optimizer.
struct Residual {
  std::string optimizer;
  Eigen::ArrayXd step, log_ratio, sem;  ///< sem: standard error of log_ratio
};

struct RiskCurves {
  Label title, subtitle;
  Label step_label = "step t";
  std::vector<TheoryCurve> theory;
  std::vector<MonteCarloCurve> monte_carlo;
  std::vector<MeasuredCurve> measured;
  std::vector<Residual> residuals;  ///< in a panel below, where there are any
  std::optional<double> tolerance;  ///< lines at ± this in the residual panel
};

/// Risk against step on logarithmic axes: theory as lines, Monte Carlo as its mean with a band of ± 2 standard errors
/// (markers on a theory line, a line where there is none), measured curves as points. Step 0 has a place of its own
/// left of the first positive step.
Figure risk_figure(const RiskCurves& curves);

}  // namespace muonphase::figures
