#include <memory>

#include "commands.hpp"
#include "muonphase/io/compute.hpp"
#include "muonphase/io/interrupt.hpp"
#include "study_command.hpp"

using namespace muonphase;

namespace {

int run(const StudyFlags& flags, const Invocation& invocation) {
  const Study study = begin_study(flags);
  const Output output = begin_output(flags, "simulate", study);
  if (output.complete()) return 0;
  const InterruptGuard guard;
  const Checkpoints checkpoints{output.checkpoint(), [&](const Hdf5Writer& file) { output.save_checkpoint(file); }};
  output.commit(simulate_result(study, provenance_of(invocation, "simulate"), observer_of(flags), checkpoints));
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
