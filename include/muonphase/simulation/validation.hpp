#pragma once
#include <string>
#include <vector>

#include "muonphase/dynamics/ode.hpp"
#include "muonphase/simulation/simulation.hpp"

/// Theory against Monte Carlo.
namespace muonphase {

/// The theory of a simulation: one curve for each trial, from the trial's own start and basis, or one for all of them.
struct TheoryRuns {
  RiskCurve mean;               ///< over trials
  Eigen::ArrayXXd risk_trials;  ///< [trials, T], or [1, T] when one curve stands for all
};

/// Theory of one optimizer over the recorded steps. With Closure::full and Σ_out isotropic each trial's energies at its
/// start (`starts` [trials, d], summed over outputs) and its bases are taken, so that targets and bases are no noise in
/// the comparison; else the mean energies of `problem`, over `options.bases` bases. Parallel over trials.
TheoryRuns theory_runs(const Problem& problem, const Eigen::ArrayXXd& starts, const std::string& optimizer,
                       const LearningRate& rate, const Eigen::ArrayXd& recorded, const OdeOptions& options);

/// How far theory is from Monte Carlo, over the recorded steps.
struct Comparison {
  Eigen::ArrayXd log_ratio;  ///< ln(R_ode/R_mc) of the means; NaN where a trial diverged
  Eigen::ArrayXd sem;        ///< its standard error, from the spread of the trials about their theory
  double worst = 0;          ///< largest |log_ratio|
  double median = 0;         ///< of |log_ratio|
  double excess = 0;         ///< largest |log_ratio| − 2 sem, at least 0; infinite where a trial diverged
  bool agrees(double tolerance) const { return excess <= tolerance; }
};

/// `simulated` [trials, T] ≥ 2 trials.
Comparison compare(const TheoryRuns& theory, const Eigen::ArrayXXd& simulated);

}  // namespace muonphase
