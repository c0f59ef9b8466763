#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "muonphase/optimizers/ode.hpp"
#include "muonphase/simulation/simulation.hpp"
#include "muonphase/validation/comparison.hpp"

/// Theory against Monte Carlo.
namespace muonphase {

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

}  // namespace muonphase
