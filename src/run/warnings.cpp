// What a user is told about results that are not to be trusted.
#include <algorithm>
#include <cmath>
#include <string>

#include "run/parts.hpp"

namespace muonphase {
namespace {

bool window_is_long(const Optimizer& optimizer, double change_per_step) {
  return !optimizer.window().one_step() && change_per_step * optimizer.window().memory() > most_window_change;
}

}  // namespace

void warn_unread(const Study& study, const std::string& command, const Observer& observer) {
  if (const std::string keys = unread_keys(study, command); !keys.empty()) warn(observer, "{}", keys);
}

void warn_of_problem(const Study& study, const Observer& observer) {
  for (const auto& note : problem_notes(study)) warn(observer, "{}", note);
}

void warn_of_greedy(const Study& study, const std::string& optimizer, const Observer& observer) {
  if (!study.run.learning_rate.contains(optimizer))
    warn(observer, "run.learning_rate.{0} is not given: {0} takes the greedy schedule", optimizer);
}

void warn_long_window(const Optimizer& optimizer, const RiskCurve& curve, const Observer& observer) {
  const double change = fastest_change(curve), memory = optimizer.window().memory();
  if (window_is_long(optimizer, change))
    warn(observer,
         "{}: the risk changes by a factor of {} within one momentum window of {:.3g} steps: where that "
         "window is long its curve may be off (docs/adam.md)",
         optimizer.name(), change * memory < 7 ? fmt::format("{:.3g}", std::exp(change * memory)) : "more than 1000", memory);
}

void warn_outside_range(const Study& study, const Problem& problem, const Observer& observer) {
  if (study.ode.closure != Closure::linear || problem.noise_dominated()) return;
  const Validity start = validity(problem, problem.energy);
  if (!start.linear_closure_holds())
    warn(observer,
         "the linear closure is outside its range: at the start one mode holds {:.2g} of the risk and the signal is "
         "{:.2g} of the noise; ode.closure = \"full\" has no such limit",
         start.largest_share, start.signal_to_noise);
}

void warn_outside_range(const PhaseOptions& options, const std::vector<CellValidity>& cells, const Observer& observer) {
  const auto many = [&](const auto& is) { return std::count_if(cells.begin(), cells.end(), is); };
  const auto strong = many([](const CellValidity& cell) { return !cell.signal_hidden; });
  if (options.closure == Closure::linear && strong > 0)
    warn(observer,
         "the linear closure is outside its range in {} of {} cells, where the signal is not hidden in the gradient's "
         "noise or one mode holds much of the risk: rates and risks there can be off by large factors; phase.closure = "
         "\"full\" has no such limit",
         strong, cells.size());
  for (std::size_t k = 0; k < 2; ++k)
    if (const auto fast = many([&](const CellValidity& cell) { return cell.window_change[k] > most_window_change; });
        fast > 0)
      warn(observer,
           "{}: in {} of {} cells the risk changes by more than {:.0f} % within one momentum window of {:.3g} steps: "
           "short horizons are not reliable there",
           options.compare[k].name(), fast, cells.size(), 100 * std::expm1(most_window_change),
           options.compare[k].window().memory());
}

}  // namespace muonphase
