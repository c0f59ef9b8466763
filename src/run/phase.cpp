#include <array>
#include <utility>

#include "muonphase/optimizers/registry.hpp"
#include "muonphase/phase/verify.hpp"
#include "run/parts.hpp"

namespace muonphase {
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

std::string phases_in_words(const PhaseMap& map, double threshold) {
  std::array<int, 4> count{};
  for (const auto& cell : map.cells) ++count[static_cast<std::size_t>(classify(cell.log_risk_ratio(), threshold))];
  return fmt::format("{} × {} cells: {} favoured in {}, {} in {}, trade-off in {}, indistinguishable in {}",
                     map.alpha.size(), map.beta.size(), optimizer_label(map.compare[0]), count[2],
                     optimizer_label(map.compare[1]), count[1], count[3], count[0]);
}

}  // namespace

CoefficientsResult coefficients_result(const Study& study, const Provenance& provenance, const Observer& observer) {
  const Stopwatch all;
  warn_unread(study, "coefficients", observer);
  const std::vector<Optimizer> optimizers = deterministic_runs(study);
  CoefficientsResult result;
  result.study = study;
  result.provenance = provenance;
  result.problem = make_problem(study);
  warn_of_problem(study, observer);
  for (const auto& optimizer : optimizers) {
    const auto sets = keyed(study, [&] {
      return linear_coefficients(result.problem, optimizer,
                                 {.draws = {study.ode.bases, study.seed}, .monitor = observer.unwatched()});
    });
    result.sets.push_back({optimizer.name(), mean_of(sets), static_cast<int>(sets.size())});
    const Coefficients& mean = result.sets.back().coefficients;
    say(observer, "{:<8} drift {:.4g} to {:.4g} over {} mode(s){}", optimizer.name(), mean.drift.maxCoeff(),
        mean.drift.minCoeff(), mean.drift.size(),
        sets.size() > 1 ? fmt::format(", mean over {} bases", sets.size()) : "");
  }
  result.seconds = all.seconds();
  return result;
}

std::string CoefficientsResult::brief() const {
  std::string text;
  for (const auto& set : sets)
    text += fmt::format("{}: drift {:.4g} to {:.4g} over {} modes, {} bases\n", set.optimizer,
                        set.coefficients.drift.maxCoeff(), set.coefficients.drift.minCoeff(),
                        set.coefficients.drift.size(), set.bases);
  return text + fmt::format("{:.2f} s\n", seconds);
}

void assist_phase(const Study& study, const Ranks& ranks, int threads, const Observer& observer) {
  assist(ranks, threads, phase_task(make_phase_options(study), observer.unwatched()), observer.unwatched());
}

PhaseResult phase_result(const Study& study, const Provenance& provenance, const Observer& observer, int verify,
                         const PhaseSupport& support) {
  const Stopwatch all;
  warn_unread(study, "phase", observer);
  const PhaseOptions options = make_phase_options(study);
  phase_points(options);  // refuses what cannot be computed
  if (verify > 0) require_trainable(options);
  CellWork work{.crew = support.crew};
  if (support.store) work.store = support.store();
  // Not in the initializer: g++ 12 destroys parts of an aggregate twice when a later one throws.
  PhaseResult result;
  result.study = study;
  result.provenance = provenance;
  result.map = keyed(study, [&] { return compute_phase_map(options, observer.stage("phase", "cells"), work); });
  const std::string axis =
      result.map.third_axis == ThirdAxis::none ? "" : fmt::format("{} × ", result.map.third.size());
  say(observer, "{}{}", axis, phases_in_words(result.map, study.phase.threshold));
  warn_outside_range(options, result.map, observer);
  add_analyses(study, options, work, observer, result);
  if (verify > 0) verify_map(study, options, verify, observer, result);
  result.seconds = all.seconds();
  return result;
}

std::string PhaseResult::brief() const {
  return fmt::format("{}\n{:.2f} s\n", phases_in_words(map, study.phase.threshold), seconds);
}

}  // namespace muonphase
