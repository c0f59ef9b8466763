#include <memory>

#include "commands.hpp"
#include "muonphase/run/compute.hpp"
#include "muonphase/run/interrupt.hpp"
#include "study_command.hpp"

using namespace muonphase;

namespace {

int run_tune(const StudyFlags& flags, const Invocation& invocation) {
  const Study study = begin_study(flags);
  Output output = begin_output(flags, "tune", study);
  if (output.complete()) return 0;
  InterruptGuard guard(output.partial());
  const TuneResult result =
      tune_result(study, provenance_of(invocation, "tune"), observer_of(flags));
  guard.be_patient();
  output.commit(tree_of(result));
  say(flags, "{}", result.brief());
  say(flags, "wrote {}\n", flags.output);
  return 0;
}

}  // namespace

void add_tune(CLI::App& app, Invocation& invocation) {
  auto flags = std::make_shared<StudyFlags>();
  flags->output = "tune.h5";
  CLI::App* command = app.add_subcommand("tune", "Which optimizer, batch and learning rate for a budget");
  add_study_flags(*command, *flags, StudyFile::required);
  command->footer(
      "Examples:\n"
      "  muonphase tune study.toml\n"
      "  muonphase tune study.toml --set tune.budget=samples --set 'tune.batches=[16,64,256]'\n"
      "  muonphase tune measured.toml --set 'run.optimizers=[\"muon\",\"signsgd\"]'\n"
      "  muonphase plot tune.h5 -o tune.png");
  command->callback(
      [flags, &invocation] { invocation.run = [flags, &invocation] { return run_tune(*flags, invocation); }; });
}
