#include <memory>

#include "commands.hpp"
#include "muonphase/results/results.hpp"
#include "muonphase/run/compute.hpp"
#include "muonphase/run/interrupt.hpp"
#include "study_command.hpp"

using namespace muonphase;

namespace {

int run_simulate(const StudyFlags& flags, const Invocation& invocation) {
  const Study study = begin_study(flags);
  Crew crew(invocation.ranks, flags.threads);
  Output output = begin_output(flags, "simulate", study);
  if (output.complete()) return 0;
  const InterruptGuard guard;
  const Provenance provenance = provenance_of(invocation, "simulate");
  SimulationSupport support{.crew = &crew, .seconds = flags.checkpoint_seconds};
  if (const auto last = output.checkpoint()) support.last = read_simulation_state(*last);
  support.save = [&](const SimulationState& state) {
    DataTree tree = begin_tree(study, provenance);
    write_simulation_state(tree, state);
    output.save_checkpoint(tree);
  };
  output.commit(
      tree_of(computed(output, [&] { return simulate_result(study, provenance, observer_of(flags), support); })));
  say(flags, "wrote {}\n", flags.output);
  return 0;
}

int assist_simulate(const StudyFlags& flags, const Invocation& invocation) {
  const Study study = begin_study(flags);
  const InterruptGuard guard;
  assist_simulation(study, invocation.ranks, flags.threads, observer_of(flags));
  return 0;
}

}  // namespace

void add_simulate(CLI::App& app, Invocation& invocation) {
  auto flags = std::make_shared<StudyFlags>();
  flags->output = "mc.h5";
  CLI::App* command = app.add_subcommand("simulate", "Monte Carlo risk curves: real training runs");
  add_study_flags(*command, *flags, StudyFile::required);
  add_checkpoint_flag(*command, *flags);
  command->footer(
      "Examples:\n"
      "  muonphase simulate study.toml\n"
      "  muonphase simulate study.toml --set simulate.trials=32 --threads 8 -o mc.h5\n"
      "  muonphase simulate study.toml -o mc.h5 --resume\n"
      "  mpirun -n 4 muonphase simulate study.toml --threads 1\n"
      "  muonphase plot mc.h5 -o mc.pdf --trials\n"
      "A killed run continues with --resume from its last checkpoint, to the same numbers.");
  command->callback([flags, &invocation] {
    invocation.run = [flags, &invocation] { return run_simulate(*flags, invocation); };
    invocation.assist = [flags, &invocation] { return assist_simulate(*flags, invocation); };
  });
}
