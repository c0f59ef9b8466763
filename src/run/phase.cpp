#include <array>
#include <utility>

#include "muonphase/optimizers/registry.hpp"
#include "muonphase/phase/verify.hpp"
#include "run/parts.hpp"

namespace muonphase {
namespace {

std::string phases_in_words(const PhaseMap& map, double threshold) {
  std::array<int, 4> count{};
  for (const auto& cell : map.cells) ++count[static_cast<std::size_t>(verdict_of(cell, map.axis, threshold).phase)];
  return fmt::format("{} × {} cells: {} favoured in {}, {} in {}, trade-off in {}, indistinguishable in {}",
                     map.alpha.size(), map.beta.size(), optimizer_label(map.compare[0]), count[2],
                     optimizer_label(map.compare[1]), count[1], count[3], count[0]);
}

}  // namespace

void assist_phase(const Study& study, const Ranks& ranks, int threads, const Observer& observer) {
  assist(ranks, threads, phase_task(make_phase_options(study), observer.unwatched()), observer.unwatched());
}

PhaseResult phase_result(const Study& study, const Provenance& provenance, const Observer& observer, int verify,
                         const PhaseSupport& support) {
  const Stopwatch all;
  warn_unread(study, "phase", observer);
  const PhaseOptions options = make_phase_options(study);
  phase_points(options);  // refuses what cannot be computed
  if (study.phase.yardstick) require_horizons(options, "phase.yardstick");
  if (study.phase.compute.enabled) require_horizons(options, "phase.compute");
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
  result.validity = map_validity(options, result.map);
  warn_outside_range(options, result.validity, observer);
  add_analyses(study, options, work, observer, result);
  if (verify > 0) verify_map(study, options, verify, observer, result);
  result.seconds = all.seconds();
  return result;
}

std::string PhaseResult::brief() const {
  return fmt::format("{}\n{:.2f} s\n", phases_in_words(map, study.phase.threshold), seconds);
}

}  // namespace muonphase
