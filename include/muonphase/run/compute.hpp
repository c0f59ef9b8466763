#pragma once
#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "muonphase/core/crew.hpp"
#include "muonphase/core/monitor.hpp"
#include "muonphase/results/hdf5.hpp"
#include "muonphase/results/journal.hpp"
#include "muonphase/results/output.hpp"
#include "muonphase/study/study.hpp"

/// From a study to the file that holds its result: the one road of the command and of the Python module.
///
///     Hdf5Writer file = ode_result(study, {.kind = "ode", .command_line = "…"}, {});
///     write_file("ode.h5", file.image());
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

/// Where a simulation or validation continues from, what keeps its checkpoints, and who simulates besides this process.
struct SimulationSupport {
  std::optional<Hdf5Reader> last;
  std::function<void(const Hdf5Writer&)> save;
  Crew* crew = nullptr;  ///< its other ranks are in assist_simulation()
};

/// Who computes a phase diagram besides this process, and what keeps its finished cells. Both may be empty.
struct PhaseSupport {
  Crew* crew = nullptr;              ///< its other ranks are in assist_phase()
  std::function<Journal()> journal;  ///< opens it, once the study is known to be sound
};

/// The results, complete. `provenance.threads` says how many threads OpenMP has. StudyError for what the kind of study
/// cannot take, IoError for files that it names, Interrupted when the observer asks.

struct PhaseResult {
  Hdf5Writer file;
  bool agree;  ///< training confirms every verdict and rate it was asked about
};
/// `verify` > 0: that many cells are tested by training (simulate.trials trials), see verify_phases().
PhaseResult phase_result(const Study& study, const Provenance& provenance, const Observer& observer, int verify = 0,
                         const PhaseSupport& support = {});
Hdf5Writer ode_result(const Study& study, const Provenance& provenance, const Observer& observer);
Hdf5Writer simulate_result(const Study& study, const Provenance& provenance, const Observer& observer,
                           const SimulationSupport& support = {});
Hdf5Writer coefficients_result(const Study& study, const Provenance& provenance, const Observer& observer);
Hdf5Writer imbalance_result(const Study& study, const Provenance& provenance, const Observer& observer);

/// What the ranks other than 0 do for the result of the same study, until rank 0 lets them go.
void assist_phase(const Study& study, const Ranks& ranks, int threads, const Observer& observer);
void assist_simulation(const Study& study, const Ranks& ranks, int threads, const Observer& observer);

struct ValidateResult {
  Hdf5Writer file;
  bool agree;  ///< within validate.tolerance
};
ValidateResult validate_result(const Study& study, const Provenance& provenance, const Observer& observer,
                               const SimulationSupport& checkpoints = {});

}  // namespace muonphase
