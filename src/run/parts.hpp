#pragma once
// What the computations of io/compute.hpp share.
#include <fmt/format.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "muonphase/optimizers/ode.hpp"
#include "muonphase/phase/phase_map.hpp"
#include "muonphase/run/compute.hpp"

namespace muonphase {

/// The optimizers of [run] with their options. StudyError when one has no deterministic equivalent.
std::vector<Optimizer> deterministic_runs(const Study& study);

/// StudyError where [problem] names a limit that has no samples: an infinite batch, or a generic basis. `who` needs
/// them.
void require_samples(const Study& study, const std::string& who);

/// StudyError where the closure of [ode] does not exist for one of the optimizers on the problem. Nothing is computed
/// but bases.
void require_closures(const Study& study, const Problem& problem, const std::vector<Optimizer>& optimizers);

/// What [ode] and the seed say.
OdeOptions ode_options(const Study& study, const Monitor& monitor);

/// The rate of the study, with floors as the constant rates that they mean on the problem.
RunRate rate_of(const Study& study, const Problem& problem, const Optimizer& optimizer, const Monitor& monitor);

/// The optimizers of [run] with their options and rates. The greedy schedule is that of the deterministic curve, as a
/// table; a default one is warned of.
std::vector<OptimizerRun> simulation_runs(const Study& study, const Problem& problem, const Observer& observer);

/// Trains in `cells` cells of the map and tells what came out.
void verify_map(const Study& study, const PhaseOptions& options, int cells, const Observer& observer,
                PhaseResult& result);

/// What [phase] wants besides the map: refined boundaries, scaling, the policies against the optimal one, least risk
/// for a compute. Kept and told.
void add_analyses(const Study& study, const PhaseOptions& options, const CellWork& work, const Observer& observer,
                  PhaseResult& result);

/// The runs of [imbalance].
ImbalanceResult compute_imbalance(const Study& study, const Provenance& provenance, const Monitor& monitor);

/// The key by which [imbalance] trains networks with biases, on data or on the mixture: one that only networks read
/// (data, something to tune, batches, a schedule, a rate of biases) or a list of hidden layers. Empty where it does not.
std::string network_key(const ImbalanceSection& section);

/// Warns of keys of [imbalance] that differ from their defaults and that its networks, or other models without data, do
/// not read.
void warn_unread_by_networks(const Study& study, const Observer& observer);

/// The networks' runs.
ImbalanceResult compute_networks(const Study& study, const Provenance& provenance, const Observer& observer,
                                 const ImbalanceSupport& support);

/// Warns of keys that the study gives and the command does not read.
void warn_unread(const Study& study, const std::string& command, const Observer& observer);

/// Warns of what problem_notes() says.
void warn_of_problem(const Study& study, const Observer& observer);

/// Seconds since it was made.
class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_ = Clock::now();
};

/// A failure of a method, said as the study's: with the place and the value of the key.
template <class F>
auto keyed(const Study& study, F compute) {
  try {
    return compute();
  } catch (const UnsupportedError& error) {
    throw study_error(study, error.key, error.allowed);
  }
}

/// Warns where momentum is averaged over while the risk moves.
void warn_long_window(const Optimizer& optimizer, const RiskCurve& curve,
                      const Observer& observer);

/// Warns where the linear closure is outside its range: of a problem, or of the cells of a map, whose windows count
/// too.
void warn_outside_range(const Study& study, const Problem& problem, const Observer& observer);
void warn_outside_range(const PhaseOptions& options, const std::vector<CellValidity>& cells, const Observer& observer);

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
