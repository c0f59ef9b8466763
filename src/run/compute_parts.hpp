#pragma once
// What the computations of io/compute.hpp share.
#include <fmt/format.h>

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "muonphase/dynamics/ode.hpp"
#include "muonphase/phase/phase_map.hpp"
#include "muonphase/run/compute.hpp"

namespace muonphase {

/// StudyError when [run] names an optimizer that has no deterministic equivalent.
void require_deterministic(const Study& study);

/// StudyError where [problem] names a limit that has no samples: an infinite batch, or a generic basis. `who` needs
/// them.
void require_samples(const Study& study, const std::string& who);

/// StudyError where the deterministic equivalent does not exist: an infinite batch or Muon with an output that is not
/// isotropic in the full closure, or SignSGD with a generic basis on one side and an explicit one on the other.
void require_closure(const Study& study);

/// What [ode] and the seed say.
OdeOptions ode_options(const Study& study, const Monitor& monitor);

/// [run.optimizer.*] as the deterministic equivalents of `optimizers` take it.
OptimizerRules optimizer_rules(const Study& study, std::span<const std::string> optimizers);

/// The optimizers of [run] with their options and rates. The greedy schedule is that of the deterministic curve, as a
/// table; one that nobody asked for is warned of.
std::vector<OptimizerRun> simulation_runs(const Study& study, const Problem& problem, const Observer& observer);

/// Trains in `cells` cells of the map, writes /verify and tells what came out; whether every verdict and rate holds.
bool verify_phase_result(const Study& study, const PhaseOptions& options, const PhaseMap& map, int cells,
                         const Observer& observer, Hdf5Writer& file);

/// What [phase] asks for besides the map: refined boundaries, scaling, the policies against the optimal one, least risk
/// for a compute. Written and told.
void add_phase_studies(const Study& study, const PhaseOptions& options, const PhaseMap& map, const CellWork& work,
                       const Observer& observer, Hdf5Writer& file);

/// Warns of an optimizer without a rate.
void warn_of_greedy(const Study& study, const std::string& optimizer, const Observer& observer);

template <class... Args>
void say(const Observer& observer, fmt::format_string<Args...> format, Args&&... args) {
  if (observer.say) observer.say(fmt::format(format, std::forward<Args>(args)...));
}

template <class... Args>
void warn(const Observer& observer, fmt::format_string<Args...> format, Args&&... args) {
  if (observer.warn) observer.warn(fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace muonphase
