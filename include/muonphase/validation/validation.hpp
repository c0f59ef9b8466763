#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "muonphase/optimizers/ode.hpp"
#include "muonphase/simulation/simulation.hpp"

/// Theory against Monte Carlo.
namespace muonphase {

/// The theory of a simulation: one curve for each trial, from the trial's own start and basis, or one for all of them.
struct TheoryRuns {
  RiskCurve mean;               ///< over trials, without mode energies
  Eigen::ArrayXXd risk_trials;  ///< [trials, T], or [1, T] when one curve stands for all
};

/// Theory of one optimizer over the recorded steps. With Closure::full each of `trials` trials has its own curve, from
/// its own start (trial_start) in its own bases, so that targets and bases are no noise in the comparison; else the
/// mean energies of `problem`, over `options.bases` bases. Parallel over trials.
///
/// Trials whose row of `known` [trials, T] is finite are not computed again. `keep` gets all rows every few seconds,
/// and before Interrupted is thrown, NaN where a trial is not done; not from two threads at once.
TheoryRuns theory_runs(const SimulationProblem& problem, int trials, const Optimizer& optimizer,
                       const LearningRate& rate, const Eigen::ArrayXd& recorded, const OdeOptions& options,
                       Eigen::ArrayXXd known = {}, const std::function<void(const Eigen::ArrayXXd&)>& keep = {});

/// Where a validation stands.
struct ValidationState {
  SimulationState simulation;
  std::map<std::string, Eigen::ArrayXXd> theory;  ///< risks of each optimizer's trials [trials, T], NaN where not done
};

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
