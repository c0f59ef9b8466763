#include "compute_parts.hpp"
#include "muonphase/io/results.hpp"
#include "muonphase/simulation/validation.hpp"

namespace muonphase {
namespace {

void report(const std::string& name, const SimulatedCurve& curve, const Observer& observer) {
  const auto last = curve.mean.risk.size() - 1;
  say(observer, "{:<8} risk {:.6g} → {:.6g} ± {:.2g} in {:g} steps, {} trials", name, curve.mean.risk(0),
      curve.mean.risk(last), curve.risk_sem(last), curve.mean.step(last), curve.risk_trials.rows());
  for (const auto& divergence : curve.divergences)
    warn(observer, "{}: trial {} overflowed at step {}; its risks are NaN from there on", name, divergence.trial,
         divergence.step);
}

// Energies of every trial at its start, [trials, d], summed over outputs.
Eigen::ArrayXXd starts_of(const SimulationState& state, int trials) {
  Eigen::ArrayXXd starts(trials, state.trials.front().mode_energy.front().size());
  for (int k = 0; k < trials; ++k)
    starts.row(k) = state.trials[static_cast<std::size_t>(k)].mode_energy.front().transpose();
  return starts;
}

}  // namespace

Hdf5Writer simulate_result(const Study& study, const Provenance& provenance, const Observer& observer,
                           const Checkpoints& checkpoints) {
  const SimulationProblem problem = make_simulation_problem(study);
  const SimulationOptions options = make_simulation_options(study);
  const std::vector<OptimizerRun> runs = simulation_runs(study, problem.problem, observer);
  SimulationState state;
  if (checkpoints.last) state = read_simulation_state(*checkpoints.last);
  state = simulate(problem, runs, options, std::move(state), observer.stage("simulate", "steps"),
                   [&](const SimulationState& now) {
                     if (!checkpoints.save) return;
                     Hdf5Writer file = begin_result(study, provenance);
                     write_simulation_state(file, now);
                     checkpoints.save(file);
                   });
  const auto curves = simulated_curves(runs, options, state);
  Hdf5Writer file = begin_result(study, provenance);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    report(runs[i].name, curves[i], observer);
    write_simulated_curve(file, "/" + runs[i].name, curves[i], problem.problem.input.index);
  }
  return file;
}

ValidateResult validate_result(const Study& study, const Provenance& provenance, const Observer& observer) {
  require_deterministic(study);
  if (study.simulate.trials < 2) throw study_error(study, "simulate.trials", "at least 2 for a standard error");
  const SimulationProblem problem = make_simulation_problem(study);
  const std::vector<OptimizerRun> runs = simulation_runs(study, problem.problem, observer);
  SimulationOptions options = make_simulation_options(study);
  options.mode_energy = problem.problem.output.nodes() == 1;
  const SimulationState state = simulate(problem, runs, options, {}, observer.stage("simulate", "steps"));
  const auto simulated = simulated_curves(runs, options, state);
  const Eigen::ArrayXXd starts = options.mode_energy ? starts_of(state, options.trials) : Eigen::ArrayXXd();

  ValidateResult result{begin_result(study, provenance), true};
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const TheoryRuns theory = theory_runs(problem.problem, starts, runs[i].name, runs[i].rate, simulated[i].mean.step,
                                          ode_options(study, observer.stage(runs[i].name, "trials of the theory")));
    const Comparison comparison = compare(theory, simulated[i].risk_trials);
    write_validation(result.file, runs[i].name, theory.mean, simulated[i], comparison);
    const bool agrees = comparison.agrees(study.validate.tolerance);
    result.agree = result.agree && agrees;
    say(observer, "{:<8} worst {:.2f} %, median {:.2f} %, beyond two standard errors {:.2f} %: {}", runs[i].name,
        100 * comparison.worst, 100 * comparison.median, 100 * comparison.excess, agrees ? "agree" : "DISAGREE");
  }
  return result;
}

}  // namespace muonphase
