#include <cmath>

#include "muonphase/validation/validation.hpp"
#include "run/parts.hpp"

namespace muonphase {
namespace {

void report(const std::string& name, const SimulatedCurve& curve, const Observer& observer) {
  const auto last = curve.mean.risk.size() - 1, trials = curve.risk_trials.rows();
  const std::string error = trials > 1 ? fmt::format(" ± {:.2g}", curve.risk_sem(last)) : "";
  say(observer, "{:<8} risk {:.6g} → {:.6g}{} in {:g} steps, {} trial{}", name, curve.mean.risk(0),
      curve.mean.risk(last), error, curve.mean.step(last), trials, trials > 1 ? "s" : "");
  for (const auto& divergence : curve.divergences)
    warn(observer, "{}: trial {} overflowed at step {}; its risks are NaN from there on", name, divergence.trial,
         divergence.step);
}

// Refuses before training what its closure would refuse after it. Rates of random starts and bases are refused alike.
void require_theory(const Study& study, const SimulationProblem& problem, const std::vector<OptimizerRun>& runs) {
  OdeOptions options = ode_options(study, {});
  options.bases = 1;
  const Eigen::ArrayXd one_step = (Eigen::ArrayXd(2) << 0, 1).finished();
  for (const auto& run : runs)
    if (options.closure == Closure::full)
      full_dynamics(problem.model, run.optimizer, options, 0, trial_start(problem, options.seed, 0));
    else
      ode_curve(problem.model, run.optimizer, run.rate, one_step, options);
}

}  // namespace

void assist_simulation(const Study& study, const Ranks& ranks, int threads, const Observer& observer) {
  const SimulationProblem problem = make_simulation_problem(study);
  const SimulationOptions options = make_simulation_options(study);
  const std::vector<OptimizerRun> runs = simulation_runs(study, problem.model, observer);
  assist(ranks, threads, simulation_task(problem, runs, options, ranks.count, threads, observer.unwatched()),
         observer.unwatched());
}

SimulationResult simulate_result(const Study& study, const Provenance& provenance, const Observer& observer,
                                 const SimulationSupport& support) {
  const Stopwatch all;
  warn_unread(study, "simulate", observer);
  require_samples(study, "simulate");
  const SimulationProblem problem = make_simulation_problem(study);
  warn_of_problem(study, observer);
  SimulationOptions options = make_simulation_options(study);
  options.checkpoint_seconds = support.seconds;
  const std::vector<OptimizerRun> runs = keyed(study, [&] { return simulation_runs(study, problem.model, observer); });
  const SimulationState state =
      simulate(problem, runs, options, support.last, observer.stage("simulate", "steps"), support.save, support.crew);
  const auto curves = simulated_curves(runs, options, state);
  SimulationResult result{{study, provenance}, problem.model.input.index, {}};
  for (std::size_t i = 0; i < runs.size(); ++i) {
    report(runs[i].name, curves[i], observer);
    result.curves.push_back({runs[i].name, curves[i]});
  }
  result.seconds = all.seconds();
  return result;
}

std::string SimulationResult::brief() const {
  std::string text;
  for (const auto& run : curves)
    text += fmt::format("{}: {} trials of {:g} steps, {} diverged\n", run.optimizer, run.curve.risk_trials.rows(),
                        run.curve.mean.step(run.curve.mean.step.size() - 1), run.curve.divergences.size());
  return text + fmt::format("{:.2f} s\n", seconds);
}

ValidationResult validate_result(const Study& study, const Provenance& provenance, const Observer& observer,
                                 const ValidationSupport& support) {
  const Stopwatch all;
  warn_unread(study, "validate", observer);
  const std::vector<Optimizer> optimizers = deterministic_runs(study);
  require_samples(study, "validate");
  if (study.simulate.trials < 2) throw study_error(study, "simulate.trials", "at least 2 for a standard error");
  const SimulationProblem problem = make_simulation_problem(study);
  if (!(population_risk(problem.model, problem.model.energy) > 0))  // known before hours of training, not after
    throw study_error(study, "problem.target.path",
                      "a target with energy, or problem.label_noise > 0: there is no risk");
  warn_of_problem(study, observer);
  require_closures(study, problem.model, optimizers);
  warn_outside_range(study, problem.model, observer);
  const std::vector<OptimizerRun> runs = keyed(study, [&] { return simulation_runs(study, problem.model, observer); });
  keyed(study, [&] { require_theory(study, problem, runs); });
  SimulationOptions options = make_simulation_options(study);
  options.checkpoint_seconds = support.seconds;
  ValidationState state = support.last;
  const auto save = [&] {
    if (support.save) support.save(state);
  };
  const double noise_risk = 0.5 * problem.model.noise_variance();
  const Stopwatch training;
  state.simulation = simulate(problem, runs, options, std::move(state.simulation), observer.stage("training", "steps"),
                              [&](const SimulationState& now) {
                                state.simulation = now;
                                save();
                              });
  ValidationResult result{{study, provenance}, {}, training.seconds()};
  const auto simulated = simulated_curves(runs, options, state.simulation);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const std::string& name = runs[i].name;
    const Stopwatch one;
    const TheoryRuns theory = keyed(study, [&] {
      return theory_runs(problem, options.trials, runs[i].optimizer, runs[i].rate, simulated[i].mean.step,
                         ode_options(study, observer.stage("theory of " + name, "trials")), state.theory[name],
                         [&](const Eigen::ArrayXXd& now) {
                           state.theory[name] = now;
                           save();
                         });
    });
    state.theory[name] = theory.risk_trials;
    result.pairs.push_back({name, theory.mean, simulated[i], compare(theory, simulated[i].risk_trials, noise_risk), one.seconds()});
  }
  for (std::size_t i = 0; i < runs.size(); ++i)
    warn_long_window(runs[i].optimizer, result.pairs[i].theory, observer);
  for (const auto& pair : result.pairs) {
    const bool agrees = pair.comparison.agrees(study.validate.tolerance);
    result.agree = result.agree && agrees;
    say(observer,
        "{:<8} worst {:.2f} %, median {:.2f} %, standard error {:.2f} %, beyond two standard errors {:.2f} %: {}",
        pair.optimizer, 100 * pair.comparison.worst, 100 * pair.comparison.median,
        100 * pair.comparison.sem.maxCoeff(), 100 * pair.comparison.excess, agrees ? "agree" : "DISAGREE");
    // What a run has no measure of stays unsaid: one that has hardly moved, or of too few trials.
    std::string more;
    const auto add = [&](double value, const std::string& text) {
      if (std::isfinite(value)) more += (more.empty() ? "" : ", ") + text;
    };
    add(pair.comparison.time_error, fmt::format("time to a risk {:.2f} %", 100 * pair.comparison.time_error));
    if (std::isfinite(pair.comparison.time_error))
      add(pair.comparison.relative, fmt::format("deviation over ln R/R_0 {:.2f} %", 100 * pair.comparison.relative));
    add(pair.comparison.beyond_band, fmt::format("beyond {:.2f} standard errors (all steps at once) {:.2f} %",
                                                 pair.comparison.band, 100 * pair.comparison.beyond_band));
    add(pair.comparison.p_value, fmt::format("p = {:.2g}", pair.comparison.p_value));
    if (!more.empty()) say(observer, "{:<8} {}", "", more);
  }
  std::string spent = fmt::format("training {:.2f} s", result.training_seconds);
  for (const auto& pair : result.pairs)
    spent += fmt::format(", theory of {} {:.2f} s", pair.optimizer, pair.theory_seconds);
  say(observer, "{}", spent);
  result.seconds = all.seconds();
  return result;
}

std::string ValidationResult::brief() const {
  std::string text;
  for (const auto& pair : pairs)
    text += fmt::format("{}: worst {:.2f} %, beyond two standard errors {:.2f} %, theory {:.2f} s\n", pair.optimizer,
                        100 * pair.comparison.worst, 100 * pair.comparison.excess, pair.theory_seconds);
  return text + fmt::format("training {:.2f} s\n", training_seconds);
}

}  // namespace muonphase
