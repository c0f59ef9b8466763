#include <spdlog/spdlog.h>

#include <filesystem>
#include <memory>

#include "commands.hpp"
#include "muonphase/equivalent/linear_coefficients.hpp"
#include "muonphase/io/interrupt.hpp"
#include "muonphase/io/result_figure.hpp"
#include "muonphase/io/results.hpp"
#include "muonphase/simulation/validation.hpp"
#include "study_command.hpp"

using namespace muonphase;

namespace {

constexpr int disagree = 3;  // exit code

// Energies of every trial at its start, [trials, d], summed over outputs.
Eigen::ArrayXXd starts_of(const SimulationState& state, int trials) {
  Eigen::ArrayXXd starts(trials, state.trials.front().mode_energy.front().size());
  for (int k = 0; k < trials; ++k)
    starts.row(k) = state.trials[static_cast<std::size_t>(k)].mode_energy.front().transpose();
  return starts;
}

int run(const StudyFlags& flags, const Invocation& invocation) {
  const Study study = begin_study(flags);
  require_optimizers(study, linear_optimizers());
  require_closure(study);
  if (study.simulate.trials < 2) throw study_error(study, "simulate.trials", "at least 2 for a standard error");
  const Output output = begin_output(flags, "validate", study);
  if (output.complete()) return 0;
  const InterruptGuard guard;
  const SimulationProblem problem = make_simulation_problem(study);
  std::vector<OptimizerRun> runs;
  for (const auto& optimizer : study.run.optimizers)
    runs.push_back({optimizer, make_optimizer(study, optimizer), time_schedule(study, problem.problem, optimizer)});
  SimulationOptions options = make_simulation_options(study);
  options.mode_energy = problem.problem.output.nodes() == 1;
  const SimulationState state = [&] {
    Progress progress("simulate", "steps", progress_style(flags));
    return simulate(problem, runs, options, {}, monitor_of(progress));
  }();
  const auto simulated = simulated_curves(runs, options, state);
  const Eigen::ArrayXXd starts = options.mode_energy ? starts_of(state, options.trials) : Eigen::ArrayXXd();

  Hdf5Writer file = begin_result(study, provenance_of(invocation, "validate"));
  bool agree = true;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const TheoryRuns theory = [&] {
      Progress progress(runs[i].name, "trials of the theory", progress_style(flags));
      OdeOptions ode = ode_options(study);
      ode.monitor = monitor_of(progress);
      return theory_runs(problem.problem, starts, runs[i].name, runs[i].rate, simulated[i].mean.step, ode);
    }();
    const Comparison comparison = compare(theory, simulated[i].risk_trials);
    write_validation(file, runs[i].name, theory.mean, simulated[i], comparison);
    const bool agrees = comparison.agrees(study.validate.tolerance);
    agree = agree && agrees;
    say(flags, "{:<8} worst {:.2f} %, median {:.2f} %, beyond two standard errors {:.2f} %: {}\n", runs[i].name,
        100 * comparison.worst, 100 * comparison.median, 100 * comparison.excess, agrees ? "agree" : "DISAGREE");
  }
  output.commit(file);
  const auto figure = std::filesystem::path(flags.output).replace_extension(".png");
  save_figure(result_figure(open_result(flags.output)), figure);
  say(flags, "wrote {} and {}\n", flags.output, figure.string());
  return agree ? 0 : disagree;
}

}  // namespace

void add_validate(CLI::App& app, Invocation& invocation) {
  auto flags = std::make_shared<StudyFlags>();
  flags->output = "validate.h5";
  CLI::App* command = app.add_subcommand("validate", "Theory against Monte Carlo: exit code 0 agree, 3 disagree");
  add_study_flags(*command, *flags, StudyFile::required);
  command->footer(
      "Examples:\n"
      "  muonphase validate study.toml\n"
      "  muonphase validate study.toml --set simulate.trials=200 --set validate.tolerance=0.02 -o check.h5\n"
      "  muonphase validate study.toml --set ode.closure=linear -o linear.h5");
  command->callback(
      [flags, &invocation] { invocation.run = [flags, &invocation] { return run(*flags, invocation); }; });
}
