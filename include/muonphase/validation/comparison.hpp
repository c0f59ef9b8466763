#pragma once
#include <Eigen/Core>

#include "muonphase/dynamics/risk_curve.hpp"

namespace muonphase {

/// The theory of a simulation: one curve for each trial, from the trial's own start and basis, or one for all of them.
struct TheoryRuns {
  RiskCurve mean;               ///< over trials, without mode energies
  Eigen::ArrayXXd risk_trials;  ///< [trials, T], or [1, T] when one curve stands for all
};

/// How far theory is from Monte Carlo, over the recorded steps. Deviations are |ln(R_ode/R_mc)| of means over trials.
struct Comparison {
  Eigen::ArrayXd log_ratio;  ///< ln(R_ode/R_mc) of the means; NaN where a trial diverged
  Eigen::ArrayXd sem;        ///< its standard error, from the spread of the trials about their theory
  Eigen::ArrayXd excess_log_ratio = {};  ///< the same of risks beyond the label noise's part
  double worst = 0;                 ///< largest deviation
  double median = 0;                ///< of the deviations
  double excess = 0;                ///< largest deviation − 2 sem, at least 0; infinite where a trial diverged

  /// Standard errors that all steps together stay within in 19 of 20 samples, when theory is right: neighbouring steps
  /// are of the same trials. By the bootstrap over trials, with Student's quantile over the normal one for few trials.
  double band = 0;
  double beyond_band = 0;  ///< largest deviation − band · sem, at least 0
  /// The chance of a deviation at least as large, when theory is right: Hotelling's T² of at most a quarter as many steps
  /// as there are trials, spread evenly in ln R. NaN for fewer than eight trials.
  double p_value = 0;
  /// Largest |ln(t_ode/t_mc)| of the first times to a risk, over the recorded risks from 0.9 of the start's down to
  /// 1.02 times the least, both beyond the label noise; NaN where there are none. A risk that theory does not reach
  /// within the run counts as reached at its end.
  double time_error = 0;
  /// Largest |ln(R_ode/R_mc)|/|ln(R_mc/R_0)| of the risks below 0.9 of the start's, beyond the label noise; NaN
  /// where there are none.
  double relative = 0;

  bool agrees(double tolerance) const { return excess <= tolerance; }
};

/// `simulated` [trials, T] ≥ 2 trials; `noise_risk` is σ²/2. Deterministic: the bootstrap has a fixed seed.
/// O(1000 · trials · T).
Comparison compare(const TheoryRuns& theory, const Eigen::ArrayXXd& simulated, double noise_risk = 0);

}  // namespace muonphase
