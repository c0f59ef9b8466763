#pragma once
#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "muonphase/core/crew.hpp"
#include "muonphase/core/monitor.hpp"
#include "muonphase/run/results.hpp"

/// From a study to its result, a value: the one road of the command, of the Python module and of C++ programs.
///
///     OdeResult result = ode_result(load_study("study.toml"), {.kind = "ode"}, {});
///     double risk = result.curves[0].curve.risk(0);
///     write_file("ode.h5", hdf5_image(tree_of(result)));
namespace muonphase {

/// Whom a computation tells how it goes. Every function may be empty.
struct Observer {
  using Progress = std::function<void(std::size_t done, std::size_t total)>;

  /// Called when a stage of the work begins ("simulate", counted in "steps"); what it gives is called from any thread
  /// and destroyed when the stage ends.
  std::function<Progress(const std::string& what, const std::string& unit)> watch;
  std::function<bool()> interrupted;                  ///< see Monitor
  std::function<void(const std::string&)> say, warn;  ///< a line of the summary; a warning

  Monitor stage(const std::string& what, const std::string& unit) const {
    return {.progress = watch ? watch(what, unit) : nullptr, .interrupted = interrupted};
  }
  /// A stage too short to watch.
  Monitor unwatched() const { return {.progress = {}, .interrupted = interrupted}; }
};

/// Where a simulation continues from, what keeps its checkpoints, and who simulates besides this process.
struct SimulationSupport {
  SimulationState last = {};
  Checkpoint save = {};
  Crew* crew = nullptr;  ///< its other ranks are in assist_simulation()
  double seconds = 60;   ///< between checkpoints
};

/// Where a validation continues from, and what keeps its checkpoints.
struct ValidationSupport {
  ValidationState last = {};
  std::function<void(const ValidationState&)> save = {};
  double seconds = 60;  ///< between checkpoints of training
};

/// Where the tuning of networks continues from, and what keeps its scores.
struct ImbalanceSupport {
  GridScores last = {};
  std::function<void(const GridScores&)> save = {};
};

/// Who computes a phase diagram besides this process, and what keeps its finished cells.
struct PhaseSupport {
  Crew* crew = nullptr;                   ///< its other ranks are in assist_phase()
  std::function<CellStore()> store = {};  ///< opens it, once the study is known to be sound; may be empty
};

/// The results. `provenance.threads` says how many threads OpenMP has. StudyError for what the kind of study cannot
/// take, IoError for files that it names, Interrupted when the observer wants it.
OdeResult ode_result(const Study& study, const Provenance& provenance, const Observer& observer);
SimulationResult simulate_result(const Study& study, const Provenance& provenance, const Observer& observer,
                                 const SimulationSupport& support = {});
ValidationResult validate_result(const Study& study, const Provenance& provenance, const Observer& observer,
                                 const ValidationSupport& support = {});
TuneResult tune_result(const Study& study, const Provenance& provenance, const Observer& observer);
CoefficientsResult coefficients_result(const Study& study, const Provenance& provenance, const Observer& observer);
/// `verify` > 0: that many cells are tested by training (simulate.trials trials), see verify_phases().
PhaseResult phase_result(const Study& study, const Provenance& provenance, const Observer& observer, int verify = 0,
                         const PhaseSupport& support = {});
ImbalanceResult imbalance_result(const Study& study, const Provenance& provenance, const Observer& observer,
                                 const ImbalanceSupport& support = {});

/// The runs on a mixture that a study's [imbalance] describes. StudyError, naming the key, for what does not fit.
Experiment make_experiment(const Study& study, int threads);

/// What the ranks other than 0 do for the result of the same study, until rank 0 lets them go.
void assist_phase(const Study& study, const Ranks& ranks, int threads, const Observer& observer);
void assist_simulation(const Study& study, const Ranks& ranks, int threads, const Observer& observer);

}  // namespace muonphase
