#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "muonphase/core/crew.hpp"
#include "muonphase/core/monitor.hpp"
#include "muonphase/dynamics/risk_curve.hpp"
#include "muonphase/dynamics/schedule.hpp"
#include "muonphase/optimizers/optimizer.hpp"
#include "muonphase/problem/problem.hpp"

/// Monte Carlo: real training runs on matrix least squares with fresh batches. docs/theory.md §1.
namespace muonphase {

/// What the trials train on. W_0 − W* = offset − (Gaussian entries of variance target_variance), in the eigenbases.
struct SimulationProblem {
  Problem model;                    ///< with exact modes (an isotropic output side may be one node), finite batch
  Eigen::ArrayXXd target_variance;  ///< [1 or n, d]: of the target drawn for each trial; empty when W* is given
  Eigen::MatrixXd offset;           ///< [n, d]: W_0 less a given W*; empty for zero
};

/// One optimizer to run, as a curve of a name.
struct OptimizerRun {
  std::string name;  ///< of the curve
  Optimizer optimizer;
  LearningRate rate;  ///< any but greedy, which the caller turns into a table
};

enum class Precision { single_, double_ };

struct SimulationOptions {
  std::int64_t steps = 1000;  ///< ≥ 1
  int record = 200;           ///< see recorded_steps()
  int trials = 8;             ///< ≥ 1
  std::uint64_t seed = 1;
  Precision precision = Precision::double_;
  PolarMethod polar = PolarMethod::automatic;
  bool mode_energy = false;        ///< also record Σ_k Δ_kj²
  double checkpoint_seconds = 60;  ///< between checkpoints
};

/// Where a trial stands: enough to continue it to the same bits.
struct TrialState {
  std::int64_t step = 0;                    ///< steps done
  std::vector<double> risk;                 ///< at the recorded steps reached
  std::vector<Eigen::ArrayXd> mode_energy;  ///< at the recorded steps reached, when recorded; [d] each
  bool diverged = false;                    ///< at `step`: no finite number beyond
  std::int64_t updates = 0;                 ///< of the optimizer
  std::vector<Eigen::MatrixXd> matrices;    ///< Δ, then the optimizer's averages; empty before and after the run
};

/// All trials of all runs, trial k of run i at i · trials + k.
struct SimulationState {
  std::vector<TrialState> trials;
};

/// Called with a state to keep; not from two threads at once.
using Checkpoint = std::function<void(const SimulationState&)>;

/// Runs all trials to their end, from the beginning or from a state of the same problem, runs and options. Trials run
/// in parallel, with threads inside each when they are few (OpenMP's number of threads). Equal seeds give equal bits
/// whatever that number; a trial depends on the seed and its own number alone, and all runs see the same draws.
///
/// Samples are drawn in the coordinates that the optimizer sees; rotation-equivariant optimizers run in the eigenbases,
/// which is the same in law. The random bases of trial k are those of draw k in linear_coefficients().
///
/// Checkpoints come about every `checkpoint_seconds`, and before Interrupted is thrown. A crew shares the trials among
/// its ranks, the others being in assist() with simulation_task(); without one, the threads of this process do them
/// all. StudyError for a problem that cannot be simulated.
SimulationState simulate(const SimulationProblem& problem, const std::vector<OptimizerRun>& runs,
                         const SimulationOptions& options, SimulationState state = {}, const Monitor& monitor = {},
                         const Checkpoint& checkpoint = {}, Crew* crew = nullptr);

/// A stretch of one trial as the task of a crew of that many ranks, on a rank other than 0 with that many threads.
TaskFunction simulation_task(const SimulationProblem& problem, const std::vector<OptimizerRun>& runs,
                             const SimulationOptions& options, int ranks, int threads, const Monitor& monitor);

/// W_0 − W* of trial `trial` [n, d], in the eigenbases: a given one, or what the trial draws.
Eigen::MatrixXd trial_start(const SimulationProblem& problem, std::uint64_t seed, std::uint64_t trial, int threads = 1);

/// A trial whose numbers overflowed.
struct Divergence {
  int trial;
  std::int64_t step;
};

/// The curves of one run. Risks after a divergence are NaN, and so are means over them.
struct SimulatedCurve {
  RiskCurve mean;               ///< over trials
  Eigen::ArrayXd risk_sem;      ///< [T] standard error of the mean; NaN for one trial
  Eigen::ArrayXXd risk_trials;  ///< [trials, T]
  std::vector<Divergence> divergences;
};

/// The curves of a finished simulation, in the order of the runs.
std::vector<SimulatedCurve> simulated_curves(const std::vector<OptimizerRun>& runs, const SimulationOptions& options,
                                             const SimulationState& state);

}  // namespace muonphase
