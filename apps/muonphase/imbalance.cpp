#include <memory>

#include "commands.hpp"
#include "muonphase/run/compute.hpp"
#include "muonphase/run/interrupt.hpp"
#include "study_command.hpp"

using namespace muonphase;

namespace {

int run_imbalance(const StudyFlags& flags, const Invocation& invocation) {
  const Study study = begin_study(flags);
  Output output = begin_output(flags, "imbalance", study);
  if (output.complete()) return 0;
  InterruptGuard guard(output.partial());
  const Provenance provenance = provenance_of(invocation, "imbalance");
  ImbalanceSupport support;
  if (const auto before = output.checkpoint()) support.last = before->vector("/checkpoint/score");
  support.save = [&](const GridScores& score) {
    DataTree tree = begin_tree(study, provenance);
    tree.index_scale("/checkpoint/run", static_cast<std::size_t>(score.size()), {"1", "run of the grid"});
    tree.dataset("/checkpoint/score", {"/checkpoint/run"}, score, {"1", "validation accuracy; NaN where it is not done"});
    output.save_checkpoint(tree);
  };
  const ImbalanceResult result = imbalance_result(study, provenance, observer_of(flags), support);
  guard.be_patient();
  output.commit(tree_of(result));
  say(flags, "wrote {}\n", flags.output);
  return 0;
}

}  // namespace

void add_imbalance(CLI::App& app, Invocation& invocation) {
  auto flags = std::make_shared<StudyFlags>();
  flags->output = "imb.h5";
  CLI::App* command = app.add_subcommand("imbalance", "Spectral descent on class-imbalanced data");
  add_study_flags(*command, *flags, StudyFile::required);
  command->footer(
      "Examples:\n"
      "  muonphase imbalance data/imbalance/population.toml -o imb.h5\n"
      "  muonphase imbalance data/imbalance/cross-entropy.toml --set imbalance.class_weights='\"balanced\"'\n"
      "  muonphase plot imb.h5 -o imb.png");
  command->callback(
      [flags, &invocation] { invocation.run = [flags, &invocation] { return run_imbalance(*flags, invocation); }; });
}
