#include <fmt/format.h>
#include <omp.h>

#include <memory>
#include <string>

#include "commands.hpp"
#include "muonphase/io/imbalance_result.hpp"
#include "muonphase/io/interrupt.hpp"
#include "study_command.hpp"

using namespace muonphase;

namespace {

/// The claims of spectral flow's advantage, and where their hypotheses fail.
void say_advantage(const StudyFlags& flags, const Advantage& advantage) {
  say(flags, "Spectral flow until t* = {:.4g}: gap(t)/t on the loss of\n", advantage.first_saturation);
  if (!advantage.minority_saturates_first)
    say(flags, "  (the smallest class is not the first to saturate: t* is that of another class)\n");
  const auto line = [&](const char* name, const AdvantageClaim& claim) {
    say(flags, "  {:<34} guaranteed ≥ {:<8.3g} found ≥ {:<8.3g} {}\n", name, claim.guaranteed_slope,
        claim.observed_slope,
        claim.hypothesis() ? "hypothesis and claim hold"
        : claim.holds()    ? "hypothesis fails, the claim holds all the same"
                           : "hypothesis fails, and so does the claim");
  };
  line("the minority, against gradient flow", advantage.flow_minority);
  line("all classes, against gradient flow", advantage.flow_balanced);
  line("the minority, against normalised", advantage.normalized_minority);
  line("all classes, against normalised", advantage.normalized_balanced);
}

void say_losses(const StudyFlags& flags, const char* kind, const std::vector<OptimizerRecord>& runs,
                const Mixture& mixture) {
  for (const auto& run : runs) {
    const auto last = field(run.record, "class_loss").values.rows() - 1;
    say(flags, "{:<10} {:<8} at the end: minority loss {:.4f}, balanced loss {:.4f}\n", kind, run.name,
        field(run.record, "class_loss").values(last, mixture.minority()),
        field(run.record, "balanced_loss").values(last, 0));
  }
}

void say_accuracies(const StudyFlags& flags, const std::vector<OptimizerRecord>& runs) {
  for (const auto& run : runs) {
    const Eigen::Index i = early_stop(run.record);
    const auto value = [&](const std::string& name) { return field(run.record, name).values(i, 0); };
    const bool spread = run.record.size() > 1 && run.record[2].name == "train_loss_sem";
    const auto error = [&](const std::string& name) {
      return spread ? fmt::format(" ± {:.4f}", value(name + "_sem")) : std::string();
    };
    say(flags, "{:<8} stopped at step {:<6.0f} accuracy {:.4f}{}, class-balanced {:.4f}{}, worst class {:.4f}{}\n",
        run.name, value("step"), value("accuracy"), error("accuracy"), value("balanced_accuracy"),
        error("balanced_accuracy"), value("worst_accuracy"), error("worst_accuracy"));
  }
}

void say_organisms(const StudyFlags& flags, const ImbalanceResult& result) {
  for (const auto& [name, curve] : result.organism_curves) {
    const Eigen::Index last = curve.step.size() - 1;
    say(flags,
        "{:<8} at the end: divergence {:.4f}, misplaced mass by kingdom {:.4f}, category {:.4f}, organism {:.4f}\n",
        name, curve.divergence(last), curve.misplaced(last, 0), curve.misplaced(last, 1), curve.misplaced(last, 2));
  }
}

int run(const StudyFlags& flags, const Invocation& invocation) {
  const Study study = begin_study(flags);
  Output output = begin_output(flags, "imbalance", study);
  if (output.complete()) return 0;
  ImbalanceResult result;
  {
    const InterruptGuard guard;
    Progress progress("imbalance", "runs", progress_style(flags));
    result = compute_imbalance(study, omp_get_max_threads(), monitor_of(progress));
  }
  Hdf5Writer file = begin_result(study, provenance_of(invocation, "imbalance"));
  write_imbalance(file, result);
  output.commit(file);

  if (result.advantage) say_advantage(flags, *result.advantage);
  if (result.experiment) {
    const Experiment& experiment = *result.experiment;
    if (experiment.loss == ImbalanceLoss::squared) {
      say_losses(flags, "population", result.population, experiment.mixture);
      say_losses(flags, "sample", result.sample, experiment.mixture);
    } else {
      say_accuracies(flags, result.sample);
    }
  }
  say_organisms(flags, result);
  say(flags, "{}\n", output.path().string());
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
      [flags, &invocation] { invocation.run = [flags, &invocation] { return run(*flags, invocation); }; });
}
