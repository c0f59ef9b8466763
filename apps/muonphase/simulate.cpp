#include "muonphase/simulation/simulation.hpp"

#include <spdlog/spdlog.h>

#include <memory>

#include "commands.hpp"
#include "muonphase/io/interrupt.hpp"
#include "muonphase/io/results.hpp"
#include "study_command.hpp"

using namespace muonphase;

namespace {

std::vector<OptimizerRun> runs_of(const Study& study, const Problem& problem) {
  std::vector<OptimizerRun> runs;
  for (const auto& name : study.run.optimizers) {
    if (!study.run.learning_rate.contains(name))
      spdlog::warn("run.learning_rate.{0} is not given: {0} takes the greedy schedule", name);
    runs.push_back({name, make_optimizer(study, name), time_schedule(study, problem, name)});
  }
  return runs;
}

void report(const StudyFlags& flags, const std::string& name, const SimulatedCurve& curve) {
  const auto last = curve.mean.risk.size() - 1;
  say(flags, "{:<8} risk {:.6g} → {:.6g} ± {:.2g} in {:g} steps, {} trials\n", name, curve.mean.risk(0),
      curve.mean.risk(last), curve.risk_sem(last), curve.mean.step(last), curve.risk_trials.rows());
  for (const auto& divergence : curve.divergences)
    spdlog::warn("{}: trial {} overflowed at step {}; its risks are NaN from there on", name, divergence.trial,
                 divergence.step);
}

int run(const StudyFlags& flags, const Invocation& invocation) {
  const Study study = begin_study(flags);
  const Output output = begin_output(flags, "simulate", study);
  if (output.complete()) return 0;
  const InterruptGuard guard;
  const SimulationProblem problem = make_simulation_problem(study);
  const SimulationOptions options = make_simulation_options(study);
  const std::vector<OptimizerRun> runs = runs_of(study, problem.problem);
  const Provenance provenance = provenance_of(invocation, "simulate");
  SimulationState state;
  if (const auto checkpoint = output.checkpoint()) state = read_simulation_state(*checkpoint);
  Progress progress("simulate", "steps", progress_style(flags));
  state = simulate(problem, runs, options, std::move(state), monitor_of(progress), [&](const SimulationState& now) {
    Hdf5Writer file = begin_result(study, provenance);
    write_simulation_state(file, now);
    output.save_checkpoint(file);
  });
  const auto curves = simulated_curves(runs, options, state);
  Hdf5Writer file = begin_result(study, provenance);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    report(flags, runs[i].name, curves[i]);
    write_simulated_curve(file, "/" + runs[i].name, curves[i], problem.problem.input.index);
  }
  output.commit(file);
  say(flags, "wrote {}\n", flags.output);
  return 0;
}

}  // namespace

void add_simulate(CLI::App& app, Invocation& invocation) {
  auto flags = std::make_shared<StudyFlags>();
  flags->output = "mc.h5";
  CLI::App* command = app.add_subcommand("simulate", "Monte Carlo risk curves: real training runs");
  add_study_flags(*command, *flags, StudyFile::required);
  command->footer(
      "Examples:\n"
      "  muonphase simulate study.toml\n"
      "  muonphase simulate study.toml --set simulate.trials=32 --threads 8 -o mc.h5\n"
      "  muonphase simulate study.toml -o mc.h5 --resume\n"
      "  muonphase plot mc.h5 -o mc.pdf --trials\n"
      "A killed run continues with --resume from its last checkpoint, one a minute, to the same numbers.");
  command->callback(
      [flags, &invocation] { invocation.run = [flags, &invocation] { return run(*flags, invocation); }; });
}
