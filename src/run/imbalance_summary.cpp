#include <cmath>

#include "muonphase/run/results.hpp"
#include "run/parts.hpp"

namespace muonphase {
namespace {

/// The claims of spectral flow's advantage, and where their hypotheses fail.
void say_advantage(const Observer& observer, const Advantage& advantage) {
  say(observer, "Spectral flow until t* = {:.4g}: gap(t)/t on the loss of", advantage.first_saturation);
  if (!advantage.minority_saturates_first)
    say(observer, "  (the smallest class is not the first to saturate: t* is that of another class)");
  const auto line = [&](const char* name, const AdvantageClaim& claim) {
    say(observer, "  {:<34} guaranteed ≥ {:<8.3g} found ≥ {:<8.3g} {}", name, claim.guaranteed_slope,
        claim.observed_slope,
        claim.hypothesis() ? "hypothesis and claim hold"
        : claim.holds()    ? "hypothesis fails, the claim holds all the same"
                           : "hypothesis fails, and so does the claim");
  };
  const auto verdict = [](const AdvantageClaim& claim) {
    return claim.observed_slope >= claim.published_slope ? "holds" : "fails";
  };
  line("the minority, against gradient flow", advantage.flow_minority);
  line("all classes, against gradient flow", advantage.flow_balanced);
  line("the minority, against normalised", advantage.normalized_minority);
  line("all classes, against normalised", advantage.normalized_balanced);
  say(observer,
      "  published constants: the hypothesis {}; minority ≥ m/4 {}, all classes ≥ m/2 {}, normalised ≥ m/2 {}",
      advantage.published_hypothesis ? "holds" : "fails", verdict(advantage.flow_minority),
      verdict(advantage.flow_balanced), verdict(advantage.normalized_minority));
}

void say_losses(const Observer& observer, const char* kind, const std::vector<OptimizerRecord>& runs,
                const Mixture& mixture) {
  for (const auto& run : runs) {
    const auto last = field(run.record, "class_loss").values.rows() - 1;
    say(observer, "{:<10} {:<8} at the end: minority loss {:.4f}, balanced loss {:.4f}", kind, run.name,
        field(run.record, "class_loss").values(last, mixture.minority()),
        field(run.record, "balanced_loss").values(last, 0));
  }
}

void say_accuracies(const Observer& observer, const std::vector<OptimizerRecord>& runs) {
  for (const auto& run : runs) {
    const Eigen::Index i = early_stop(run.record);
    const auto value = [&](const std::string& name) { return field(run.record, name).values(i, 0); };
    const bool spread = run.record.size() > 1 && run.record[2].name == "train_loss_sem";
    const auto error = [&](const std::string& name) {
      return spread ? fmt::format(" ± {:.4f}", value(name + "_sem")) : std::string();
    };
    say(observer, "{:<8} stopped at step {:<6.0f} accuracy {:.4f}{}, class-balanced {:.4f}{}, worst class {:.4f}{}",
        run.name, value("step"), value("accuracy"), error("accuracy"), value("balanced_accuracy"),
        error("balanced_accuracy"), value("worst_accuracy"), error("worst_accuracy"));
  }
}

void say_organisms(const Observer& observer, const ImbalanceResult& result) {
  for (const auto& [name, curve] : result.organism_curves) {
    const Eigen::Index last = curve.step.size() - 1;
    say(observer,
        "{:<8} at the end: divergence {:.4f}, misplaced mass by kingdom {:.4f}, category {:.4f}, organism {:.4f}", name,
        curve.divergence(last), curve.misplaced(last, 0), curve.misplaced(last, 1), curve.misplaced(last, 2));
  }
}

void say_networks(const Observer& observer, const ImbalanceResult& result) {
  for (const auto& run : result.network_runs) {
    const Eigen::Index last = field(run.record, "step").values.rows() - 1;
    const auto value = [&](const char* name) {
      const double number = field(run.record, name).values(last, 0);
      return std::isnan(number) ? std::string("–") : fmt::format("{:.4f}", number);
    };
    const std::string momentum = std::isnan(run.best_momentum) ? "" : fmt::format(", momentum {:g}", run.best_momentum);
    say(observer,
        "{:<8} η = {:g}{}, after {:.0f} steps: accuracy {}, balanced {}, majority {}, minority {}, worst group {} "
        "(last layer refitted {})",
        run.name, run.best_rate, momentum, field(run.record, "step").values(last, 0), value("accuracy"),
        value("balanced_accuracy"), value("majority_accuracy"), value("minority_accuracy"), value("worst_accuracy"),
        value("decoded_worst_accuracy"));
  }
}

}  // namespace

ImbalanceResult imbalance_result(const Study& study, const Provenance& provenance, const Observer& observer,
                                 const ImbalanceSupport& support) {
  const Stopwatch all;
  warn_unread(study, "imbalance", observer);
  warn_unread_by_networks(study, observer);
  ImbalanceResult result = !network_key(study.imbalance).empty()
                               ? compute_networks(study, provenance, observer, support)
                               : compute_imbalance(study, provenance, observer.stage("imbalance", "steps"));
  say_networks(observer, result);
  if (result.advantage) say_advantage(observer, *result.advantage);
  if (result.experiment) {
    const Experiment& experiment = *result.experiment;
    if (experiment.loss == ImbalanceLoss::squared) {
      say_losses(observer, "population", result.population, experiment.mixture);
      say_losses(observer, "sample", result.sample, experiment.mixture);
    } else {
      say_accuracies(observer, result.sample);
    }
  }
  say_organisms(observer, result);
  result.seconds = all.seconds();
  return result;
}

std::string ImbalanceResult::brief() const {
  if (networks)
    return fmt::format("networks by {} optimizers, {} runs to tune them, {} seeds, {:.2f} s\n", network_runs.size(),
                       grid_size(*networks), networks->trials, seconds);
  return fmt::format("{} population runs, {} sample runs, {} closed forms, {} runs on organisms, {:.2f} s\n",
                     population.size(), sample.size(), theory.size(), organism_curves.size(), seconds);
}

}  // namespace muonphase
