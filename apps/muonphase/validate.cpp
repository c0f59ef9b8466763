#include <filesystem>
#include <memory>

#include "commands.hpp"
#include "muonphase/results/results.hpp"
#include "muonphase/run/compute.hpp"
#include "muonphase/run/interrupt.hpp"
#include "study_command.hpp"
#ifdef MUONPHASE_REPORT
#include "muonphase/report/result_figure.hpp"
#include "muonphase/results/output.hpp"
#endif

using namespace muonphase;

namespace {

constexpr int disagree = 3;  // exit code

int run_validate(const StudyFlags& flags, const Invocation& invocation) {
  const Study study = begin_study(flags);
  Output output = begin_output(flags, "validate", study);
  if (output.complete()) return 0;
  const InterruptGuard guard;
  const Provenance provenance = provenance_of(invocation, "validate");
  ValidationSupport support{.seconds = flags.checkpoint_seconds};
  if (const auto last = output.checkpoint()) support.last = read_validation_state(*last);
  support.save = [&](const ValidationState& state) {
    DataTree tree = begin_tree(study, provenance);
    write_validation_state(tree, state);
    output.save_checkpoint(tree);
  };
  const ValidationResult result =
      computed(output, [&] { return validate_result(study, provenance, observer_of(flags), support); });
  output.commit(tree_of(result));
#ifdef MUONPHASE_REPORT
  const auto figure = std::filesystem::path(flags.output).replace_extension(".png");
  save_figure(result_figure(open_result(flags.output)), figure);
  say(flags, "wrote {} and {}\n", flags.output, figure.string());
#else
  say(flags, "wrote {}\n", flags.output);
#endif
  return result.agree ? 0 : disagree;
}

}  // namespace

void add_validate(CLI::App& app, Invocation& invocation) {
  auto flags = std::make_shared<StudyFlags>();
  flags->output = "validate.h5";
  CLI::App* command = app.add_subcommand("validate", "Theory against Monte Carlo: exit code 0 agree, 3 disagree");
  add_study_flags(*command, *flags, StudyFile::required);
  add_checkpoint_flag(*command, *flags);
  command->footer(
      "Examples:\n"
      "  muonphase validate study.toml\n"
      "  muonphase validate study.toml --set simulate.trials=200 --set validate.tolerance=0.02 -o check.h5\n"
      "  muonphase validate study.toml --set ode.closure=linear -o linear.h5\n"
      "  muonphase validate study.toml --resume\n"
      "A killed run continues with --resume from its last checkpoint: trained steps and curves done are kept.");
  command->callback(
      [flags, &invocation] { invocation.run = [flags, &invocation] { return run_validate(*flags, invocation); }; });
}
