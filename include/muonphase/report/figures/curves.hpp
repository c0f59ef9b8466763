#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "muonphase/optimizers/ode.hpp"
#include "muonphase/report/figures/figure.hpp"
#include "muonphase/report/measured_curve.hpp"

namespace muonphase::figures {

/// Numbers of one optimizer, one for each recorded step.
struct OptimizerCurve {
  std::string optimizer;
  Eigen::ArrayXd step, value;
  Eigen::ArrayXd sem = {};      ///< standard error of a mean over trials; empty where there is none
  Eigen::ArrayXXd trials = {};  ///< [trials, steps]; drawn as thin lines, may be empty
};

/// Between which two values the risks of many targets lie.
struct OptimizerSpread {
  std::string optimizer;
  Eigen::ArrayXd step, low, high;
};

struct RiskCurves {
  Label title, subtitle;
  Label step_label = "step t";
  std::vector<OptimizerCurve> theory, runs;
  std::vector<MeasuredRisk> measured;
  std::vector<OptimizerSpread> spreads = {};  ///< bands about theory
  std::vector<OptimizerCurve> residuals;  ///< ln(R_theory/R_runs), in a panel below where there are any
  std::optional<double> tolerance;        ///< lines at ± this in the residual panel
};

/// Risk against step on logarithmic axes: theory as lines, runs as their mean with a band of ± 2 standard errors
/// (markers beside a theory line, a line where there is none), measured curves as points. Step 0 has a place of its own
/// left of the first positive step.
Figure risk_figure(const RiskCurves& curves);

/// A panel for each optimizer: risk against η on logarithmic axes, a line for each horizon from dark (short) to light
/// (long), the best rate of each marked, the stability edge dashed. Risks far above the start are cut off.
/// StudyError when the shape of a risk table does not match its rates and horizons.
Figure rate_sweep_figure(const std::vector<std::pair<std::string, LearningRateSweep>>& sweeps, const Label& title = {},
                         const Label& subtitle = {});

/// Coefficients of the modes of one optimizer, one entry for each mode (pairs of modes flattened).
struct CoefficientCurve {
  std::string optimizer;
  Eigen::ArrayXd eigenvalue;  ///< λ_j, or λ_k λ_j
  Eigen::ArrayXd drift;
  Eigen::ArrayXd diffusion;  ///< may be empty
  /// The same by Monte Carlo; may be empty. Means over some forty bins of neighbouring modes are drawn as points.
  Eigen::ArrayXd measured_drift = {}, measured_diffusion = {};
};

/// Drift f_j against eigenvalue on logarithmic axes, with guides of slope ½ at the large eigenvalues (square-root law)
/// and slope 1 at the small ones (the tail that moves as under SGD), and diffusion beside it. Modes that are not sorted
/// by eigenvalue are drawn as points.
Figure coefficient_figure(const std::vector<CoefficientCurve>& curves, const Label& eigenvalue_label,
                          const Label& title = {}, const Label& subtitle = {});

/// The densities of a spectrum in ln x, eigenvalues of Monte Carlo [any shape] as steps beside the first.
struct SpectrumCurves {
  Eigen::ArrayXd x, out, in;    ///< densities of G Gᵀ/2R and of GᵀG/2R
  Eigen::ArrayXd eigenvalues;  ///< of G Gᵀ/2R, may be empty
};
Figure spectrum_figure(const SpectrumCurves& spectrum, const Label& title = {}, const Label& subtitle = {});

/// The least risk over constant rates against the budget, a panel for each batch. `risk` of each optimizer is
/// [batch, horizon], NaN where the budget pays for no step.
struct TunedRisks {
  Label title, subtitle, budget_label;
  Eigen::ArrayXd batch, horizon;
  std::vector<std::pair<std::string, Eigen::ArrayXXd>> risk;
};
Figure tuned_figure(const TunedRisks& tuned);

/// What was measured of the user's data, mode by mode, and the power laws through it from rank `first` to `last`.
struct MeasuredModes {
  Eigen::ArrayXd rank, eigenvalue;
  Eigen::ArrayXd target_energy, target_noise;  ///< empty where there is no target
  double alpha = 0, alpha_error = 0, beta = 0, beta_error = 0;  ///< NaN: no line
  double first = 1, last = 1;
};
Figure measured_figure(const MeasuredModes& modes, const Label& title = {}, const Label& subtitle = {});

}  // namespace muonphase::figures
