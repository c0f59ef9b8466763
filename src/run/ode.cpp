#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "muonphase/optimizers/weight_decay.hpp"
#include "run/parts.hpp"

namespace muonphase {
namespace {

Eigen::ArrayXd array_of(const std::vector<double>& values) {
  return Eigen::Map<const Eigen::ArrayXd>(values.data(), static_cast<Eigen::Index>(values.size()));
}

// The study's, or the powers of ten below the last step, and the last step.
Eigen::ArrayXd sweep_horizons(const RunSection& run) {
  std::vector<double> horizons = run.horizons;
  if (horizons.empty()) {
    for (double horizon = 10; horizon < run.steps; horizon *= 10) horizons.push_back(horizon);
    horizons.push_back(run.steps);
  }
  std::sort(horizons.begin(), horizons.end());
  return array_of(horizons);
}

// What the decay at which a constant rate ends lowest would give.
void say_best_decay(const Problem& problem, const Optimizer& optimizer, const LearningRate& rate,
                    const OdeOptions& options, const Observer& observer) {
  const auto* constant = std::get_if<ConstantRate>(&rate);
  if (!constant || problem.noise_dominated()) return;
  OdeOptions quiet = options;
  quiet.monitor = {};
  const BestDecay best = best_weight_decay(problem, optimizer, constant->eta, quiet);
  say(observer, "{:<8} best weight decay at η = {:g}: {:.4g}, a floor of {:.6g} for {:.6g} without (linear closure)",
      optimizer.name(), constant->eta, best.weight_decay, best.floor, best.without);
}

OdeResult::Curve curve_of(const Study& study, const Problem& problem, const Optimizer& optimizer,
                          const LearningRate& rate, const Observer& observer) {
  const OdeOptions options = ode_options(study, observer.stage(optimizer.name(), "columns of bases"));
  const Eigen::ArrayXd recorded = recorded_steps(study.run.steps, study.run.record);
  // Where W* is given the full closure follows W_0 − W* itself.
  const bool given = options.closure == Closure::full && !study.problem.target.path.empty();
  const Eigen::MatrixXd start = given ? make_simulation_problem(study).offset : Eigen::MatrixXd();
  OdeResult::Curve result{.optimizer = optimizer.name()};
  result.curve = ode_curve(problem, optimizer, rate, recorded, options, start);
  const auto last = result.curve.risk.size() - 1;
  say(observer, "{:<8} risk {:.6g} → {:.6g} in {:g} steps", optimizer.name(), result.curve.risk(0),
      result.curve.risk(last), study.run.steps);
  warn_long_window(optimizer, result.curve, observer);
  if (optimizer.weight_decay() > 0) say_best_decay(problem, optimizer, rate, options, observer);
  result.start = validity(problem, problem.energy);
  if (problem.output.nodes() == 1) result.validity = validity_along(problem, result.curve.mode_energy);
  return result;
}

// A curve for each target that trials of the seed draw, in the basis of the trial; the curve is their mean.
OdeResult::Curve target_curves(const Study& study, const Problem& problem, const Optimizer& optimizer,
                               const LearningRate& rate, const Observer& observer) {
  const SimulationProblem drawn = make_simulation_problem(study);
  OdeOptions options = ode_options(study, observer.stage(optimizer.name(), "targets"));
  const Eigen::ArrayXd recorded = recorded_steps(study.run.steps, study.run.record);
  OdeResult::Curve result{.optimizer = optimizer.name()};
  if (options.closure == Closure::full) {
    const TheoryRuns runs = theory_runs(drawn, study.ode.targets, optimizer, rate, recorded, options);
    result.curve = runs.mean;
    result.risk_targets = runs.risk_trials;
  } else {
    result.risk_targets.resize(study.ode.targets, recorded.size());
    const Monitor whole = options.monitor;
    options.monitor.progress = {};
    for (int i = 0; i < study.ode.targets; ++i) {
      Problem own = problem;
      set_start(own, trial_start(drawn, study.seed, static_cast<std::uint64_t>(i)));
      result.curve = ode_curve(own, optimizer, rate, recorded, options);
      result.risk_targets.row(i) = result.curve.risk.transpose();
      whole.report(static_cast<std::size_t>(i) + 1, static_cast<std::size_t>(study.ode.targets));
    }
    result.curve.mode_energy.resize(0, 0);
    result.curve.risk = result.risk_targets.colwise().mean().transpose();
  }
  const auto last = recorded.size() - 1;
  const Eigen::ArrayXd ends = result.risk_targets.col(last);
  const double spread =
      ends.size() > 1 ? std::sqrt((ends - ends.mean()).square().sum() / static_cast<double>(ends.size() - 1)) : 0;
  say(observer, "{:<8} risk {:.6g} → {:.6g} ± {:.2g} (standard deviation over {} targets) in {:g} steps",
      optimizer.name(), result.curve.risk(0), result.curve.risk(last), spread, study.ode.targets, study.run.steps);
  result.start = validity(problem, problem.energy);
  return result;
}

// What a diverging run says to the user.
std::string too_fast(const Study& study, const Problem& problem, const Optimizer& optimizer,
                     const DivergenceError& error) {
  const double edge = keyed(study, [&] {
    OdeOptions linear = ode_options(study, {});
    linear.closure = Closure::linear;
    return RateSweep(problem, optimizer, linear).stability_edge();
  });
  const std::string key = "run.learning_rate." + optimizer.name();
  const auto place = study.places.find(key);
  return fmt::format("{}{}: {}; the edge of stability is η = {:.4g}",
                     place == study.places.end() ? "" : place->second + ": ", key, error.what(), edge);
}

// "before step 12 of 100 (risk 3.1e+07 at step 10)", by the records that are numbers.
std::string where_it_diverged(const Eigen::ArrayXd& step, const Eigen::ArrayXd& risk) {
  const auto end = std::find_if(risk.begin(), risk.end(), [](double r) { return !std::isfinite(r); });
  const auto records = static_cast<Eigen::Index>(end - risk.begin());
  const std::string text =
      fmt::format("before step {:g} of {:g}", step(std::min(records, step.size() - 1)), step(step.size() - 1));
  return records == 0 ? text : fmt::format("{} (risk {:.6g} at step {:g})", text, risk(records - 1), step(records - 1));
}

// The records before a divergence, NaN beyond.
OdeResult::Curve until_divergence(const Study& study, const Problem& problem, const Optimizer& optimizer,
                                  const DivergenceError& error) {
  OdeResult::Curve result{.optimizer = optimizer.name()};
  RiskCurve& curve = result.curve;
  curve.step = recorded_steps(study.run.steps, study.run.record);
  curve.risk = curve.learning_rate =
      Eigen::ArrayXd::Constant(curve.step.size(), std::numeric_limits<double>::quiet_NaN());
  std::copy(error.risk.begin(), error.risk.end(), curve.risk.begin());
  std::copy(error.learning_rate.begin(), error.learning_rate.end(), curve.learning_rate.begin());
  result.start = validity(problem, problem.energy);
  return result;
}

OdeResult::Curve sweep_of(const Study& study, const Problem& problem, const Optimizer& optimizer,
                          const std::vector<double>& rates, const Observer& observer) {
  OdeResult::Curve result{.optimizer = optimizer.name()};
  const LearningRateSweep& sweep =
      result.sweep.emplace(learning_rate_sweep(problem, optimizer, array_of(rates), sweep_horizons(study.run),
                                               ode_options(study, observer.stage(optimizer.name(), "rates")),
                                               study.ode.weight_decays));
  const auto last = sweep.horizon.size() - 1;
  Eigen::Index best = 0;
  const double risk = sweep.risk.col(last).minCoeff(&best);
  const std::string with =
      sweep.weight_decay.size() > 0 ? fmt::format(" with weight decay {:g}", sweep.weight_decay(best, last)) : "";
  say(observer, "{:<8} best of {} rates at {:g} steps: {:.6g}{}, risk {:.6g}; stability edge {:.6g}", optimizer.name(),
      rates.size(), sweep.horizon(last), sweep.learning_rate(best), with, risk, sweep.stability_edge);
  return result;
}

}  // namespace

OdeResult ode_result(const Study& study, const Provenance& provenance, const Observer& observer) {
  const Stopwatch all;
  warn_unread(study, "ode", observer);
  const std::vector<Optimizer> optimizers = deterministic_runs(study);
  const Problem problem = make_problem(study);
  warn_of_problem(study, observer);
  require_closures(study, problem, optimizers);
  const bool no_sweep = std::none_of(optimizers.begin(), optimizers.end(), [&](const Optimizer& o) {
    const auto rate = study.run.learning_rate.find(o.name());
    return rate != study.run.learning_rate.end() && std::holds_alternative<std::vector<double>>(rate->second);
  });
  if (!study.ode.weight_decays.empty() && no_sweep)
    throw study_error(study, "ode.weight_decays", "empty without a sweep of rates (a list of them, or --sweep-rate)");
  if (study.ode.targets > 0) require_samples(study, "targets that are drawn");
  if (study.ode.targets > 0 && problem.data) throw study_error(study, "ode.targets", "0 where problem.data gives the target");
  warn_outside_range(study, problem, observer);
  OdeResult result{{study, provenance}, problem.input.index, {}};
  std::vector<std::string> diverged;
  std::size_t lost = 0;
  for (const auto& optimizer : optimizers) {
    warn_of_greedy(study, optimizer.name(), observer);
    const RunRate rate = keyed(study, [&] { return rate_of(study, problem, optimizer, observer.unwatched()); });
    const Stopwatch one;
    try {
      result.curves.push_back(keyed(study, [&] {
        if (const auto* rates = std::get_if<std::vector<double>>(&rate))
          return sweep_of(study, problem, optimizer, *rates, observer);
        const auto& schedule = std::get<LearningRate>(rate);
        return study.ode.targets > 0 ? target_curves(study, problem, optimizer, schedule, observer)
                                     : curve_of(study, problem, optimizer, schedule, observer);
      }));
    } catch (const DivergenceError& error) {
      diverged.push_back(too_fast(study, problem, optimizer, error));
      result.curves.push_back(until_divergence(study, problem, optimizer, error));
      const RiskCurve& curve = result.curves.back().curve;
      say(observer, "{:<8} diverged {}", optimizer.name(), where_it_diverged(curve.step, curve.risk));
    } catch (const NumericalError& error) {  // costs the others nothing
      if (optimizers.size() == 1) throw;
      warn(observer, "{}: {}; it has no curve", optimizer.name(), error.what());
      ++lost;
      say(observer, "{:<8} has no curve", optimizer.name());
      result.curves.push_back(until_divergence(study, problem, optimizer, DivergenceError("", {}, {})));
    }
    result.curves.back().seconds = one.seconds();
  }
  if (lost == optimizers.size()) throw NoResultError("no optimizer has a curve");
  if (!diverged.empty() && lost + diverged.size() == optimizers.size()) throw StudyError(diverged.front());
  for (const auto& line : diverged) warn(observer, "{}; its curve ends there", line);
  result.seconds = all.seconds();
  return result;
}

std::string OdeResult::brief() const {
  std::string text;
  const char* closure = study.ode.closure == Closure::full ? "full" : "linear";
  for (const auto& run : curves) {
    if (run.sweep)
      text += fmt::format("{}: {} closure, {} rates at {} horizons, stability edge {:.6g}, {:.2f} s\n", run.optimizer,
                          closure, run.sweep->learning_rate.size(), run.sweep->horizon.size(),
                          run.sweep->stability_edge, run.seconds);
    else if (!std::isfinite(run.curve.risk(0)))
      text += fmt::format("{}: {} closure, no curve, {:.2f} s\n", run.optimizer, closure, run.seconds);
    else if (!run.curve.risk.isFinite().all())
      text += fmt::format("{}: {} closure, diverged {}, {:.2f} s\n", run.optimizer, closure,
                          where_it_diverged(run.curve.step, run.curve.risk), run.seconds);
    else
      text += fmt::format("{}: {} closure, risk {:.6g} → {:.6g}, {} evaluations, {} rejected, {:.2f} s\n",
                          run.optimizer, closure, run.curve.risk(0), run.curve.risk(run.curve.risk.size() - 1),
                          run.curve.work.evaluations, run.curve.work.rejected, run.seconds);
  }
  return text;
}

}  // namespace muonphase
