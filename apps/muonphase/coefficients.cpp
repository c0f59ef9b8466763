#include <memory>

#include "commands.hpp"
#include "muonphase/run/compute.hpp"
#include "muonphase/run/interrupt.hpp"
#include "study_command.hpp"

using namespace muonphase;

namespace {

int run_coefficients(const StudyFlags& flags, const Invocation& invocation) {
  const Study study = begin_study(flags);
  Output output = begin_output(flags, "coefficients", study);
  if (output.complete()) return 0;
  InterruptGuard guard(output.partial());
  const CoefficientsResult result =
      coefficients_result(study, provenance_of(invocation, "coefficients"), observer_of(flags));
  guard.be_patient();
  output.commit(tree_of(result));
  say(flags, "wrote {}\n", flags.output);
  return 0;
}

}  // namespace

void add_coefficients(CLI::App& app, Invocation& invocation) {
  auto flags = std::make_shared<StudyFlags>();
  flags->output = "coef.h5";
  CLI::App* command = app.add_subcommand("coefficients", "Drift and diffusion of every mode");
  add_study_flags(*command, *flags, StudyFile::required);
  command->footer(
      "Examples:\n"
      "  muonphase coefficients study.toml\n"
      "  muonphase coefficients study.toml --set problem.batch=16 -o small-batch.h5\n"
      "  muonphase coefficients study.toml --set coefficients.batches=100   (beside Monte Carlo)\n"
      "  muonphase coefficients study.toml --set coefficients.spectral_density=true\n"
      "  muonphase plot coef.h5 -o coef.pdf");
  command->callback(
      [flags, &invocation] { invocation.run = [flags, &invocation] { return run_coefficients(*flags, invocation); }; });
}
