#include "muonphase/results/results.hpp"
#include "muonphase/validation/validation.hpp"
#include "run/compute_parts.hpp"

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

}  // namespace

void assist_simulation(const Study& study, const Ranks& ranks, int threads, const Observer& observer) {
  const SimulationProblem problem = make_simulation_problem(study);
  const SimulationOptions options = make_simulation_options(study);
  const std::vector<OptimizerRun> runs = simulation_runs(study, problem.problem, observer);
  assist(ranks, threads, simulation_task(problem, runs, options, ranks.count, threads, observer.unwatched()),
         observer.unwatched());
}

Hdf5Writer simulate_result(const Study& study, const Provenance& provenance, const Observer& observer,
                           const SimulationSupport& support) {
  require_samples(study, "simulate");
  const SimulationProblem problem = make_simulation_problem(study);
  const SimulationOptions options = make_simulation_options(study);
  const std::vector<OptimizerRun> runs = simulation_runs(study, problem.problem, observer);
  SimulationState state;
  if (support.last) state = read_simulation_state(*support.last);
  state = simulate(
      problem, runs, options, std::move(state), observer.stage("simulate", "steps"),
      [&](const SimulationState& now) {
        if (!support.save) return;
        Hdf5Writer file = begin_result(study, provenance);
        write_simulation_state(file, now);
        support.save(file);
      },
      support.crew);
  const auto curves = simulated_curves(runs, options, state);
  Hdf5Writer file = begin_result(study, provenance);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    report(runs[i].name, curves[i], observer);
    write_simulated_curve(file, "/" + runs[i].name, curves[i], problem.problem.input.index);
  }
  return file;
}

ValidateResult validate_result(const Study& study, const Provenance& provenance, const Observer& observer,
                               const SimulationSupport& checkpoints) {
  require_deterministic(study);
  require_samples(study, "validate");
  require_closure(study);
  if (study.simulate.trials < 2) throw study_error(study, "simulate.trials", "at least 2 for a standard error");
  const SimulationProblem problem = make_simulation_problem(study);
  const std::vector<OptimizerRun> runs = simulation_runs(study, problem.problem, observer);
  const SimulationOptions options = make_simulation_options(study);
  ValidationState state;
  if (checkpoints.last) state = read_validation_state(*checkpoints.last);
  const auto save = [&] {
    if (!checkpoints.save) return;
    Hdf5Writer file = begin_result(study, provenance);
    write_validation_state(file, state);
    checkpoints.save(file);
  };
  state.simulation = simulate(problem, runs, options, std::move(state.simulation), observer.stage("simulate", "steps"),
                              [&](const SimulationState& now) {
                                state.simulation = now;
                                save();
                              });
  const auto simulated = simulated_curves(runs, options, state.simulation);

  std::vector<TheoryRuns> theory;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const std::string& name = runs[i].name;
    theory.push_back(theory_runs(problem, options.trials, name, runs[i].rate, simulated[i].mean.step,
                                 ode_options(study, observer.stage(name, "trials of the theory")), state.theory[name],
                                 [&](const Eigen::ArrayXXd& now) {
                                   state.theory[name] = now;
                                   save();
                                 }));
    state.theory[name] = theory.back().risk_trials;
  }

  ValidateResult result{begin_result(study, provenance), true};
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const std::string& name = runs[i].name;
    const Comparison comparison = compare(theory[i], simulated[i].risk_trials);
    write_validation(result.file, name, theory[i].mean, simulated[i], comparison);
    const bool agrees = comparison.agrees(study.validate.tolerance);
    result.agree = result.agree && agrees;
    say(observer, "{:<8} worst {:.2f} %, median {:.2f} %, beyond two standard errors {:.2f} %: {}", name,
        100 * comparison.worst, 100 * comparison.median, 100 * comparison.excess, agrees ? "agree" : "DISAGREE");
  }
  return result;
}

}  // namespace muonphase
