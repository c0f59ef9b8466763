#include "muonphase/equivalent/linear_coefficients.hpp"

#include <memory>

#include "commands.hpp"
#include "muonphase/io/results.hpp"
#include "study_command.hpp"

using namespace muonphase;

namespace {

// Their mean: drift and diffusion enter the mode equations linearly.
Coefficients mean_of(const std::vector<Coefficients>& sets) {
  Coefficients mean = sets.front();
  for (std::size_t i = 1; i < sets.size(); ++i) {
    mean.drift += sets[i].drift;
    mean.diffusion += sets[i].diffusion;
  }
  mean.drift /= static_cast<double>(sets.size());
  mean.diffusion /= static_cast<double>(sets.size());
  return mean;
}

int run(const StudyFlags& flags, const Invocation& invocation) {
  const Study study = begin_study(flags);
  require_optimizers(study, linear_optimizers());
  const Output output = begin_output(flags, "coefficients", study);
  if (output.complete()) return 0;
  const Problem problem = make_problem(study);
  Hdf5Writer file = begin_result(study, provenance_of(invocation, "coefficients"));
  for (const auto& optimizer : study.run.optimizers) {
    const auto sets = linear_coefficients(problem, optimizer, {study.ode.bases, study.seed}, rules_of(study));
    const Coefficients coefficients = mean_of(sets);
    write_coefficients(file, "/" + optimizer, problem, coefficients);
    say(flags, "{:<8} drift {:.4g} to {:.4g} over {} mode(s){}\n", optimizer, coefficients.drift.maxCoeff(),
        coefficients.drift.minCoeff(), coefficients.drift.size(),
        sets.size() > 1 ? fmt::format(", mean over {} bases", sets.size()) : "");
  }
  output.commit(file);
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
      "  muonphase plot coef.h5 -o coef.pdf");
  command->callback(
      [flags, &invocation] { invocation.run = [flags, &invocation] { return run(*flags, invocation); }; });
}
