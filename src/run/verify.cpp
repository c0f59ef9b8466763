#include <cmath>

#include "muonphase/optimizers/registry.hpp"
#include "muonphase/phase/verify.hpp"
#include "run/parts.hpp"

namespace muonphase {
namespace {

const char* name_of(Phase phase, const std::array<std::string, 2>& compare) {
  switch (phase) {
    case Phase::first:
      return compare[0].c_str();
    case Phase::second:
      return compare[1].c_str();
    case Phase::tradeoff:
      return "tradeoff";
    case Phase::indistinguishable:
      break;
  }
  return "indistinguishable";
}

}  // namespace

void verify_map(const Study& study, const PhaseOptions& options, int cells, const Observer& observer,
                PhaseResult& result) {
  const PhaseMap& map = result.map;
  VerifyOptions verify{.cells = cells,
                       .trials = study.simulate.trials,
                       .threshold = study.phase.threshold,
                       .tolerance = study.validate.tolerance,
                       .seed = study.seed};
  if (verify.trials < 2) throw study_error(study, "simulate.trials", "at least 2 to verify by training");
  result.verified = verify_phases(options, map, verify, observer.stage("verify", "cells"));
  const auto& verified = result.verified;
  int verdicts = 0, strictly = 0, optima = 0, rates = 0;
  for (const auto& cell : verified) {
    const bool holds = cell.verdict_holds(verify.threshold);
    verdicts += holds;
    strictly += cell.verdict_equals(verify.threshold);
    say(observer, "α = {:g}, β = {:g}{}: predicted {}, trained {}: {}", cell.point.alpha, cell.point.beta,
        map.third_axis == ThirdAxis::none ? "" : fmt::format(", {} = {:g}", name_of(map.third_axis), cell.point.third),
        name_of(cell.predicted(verify.threshold), map.compare), name_of(cell.measured(verify.threshold), map.compare),
        holds ? "holds" : "FAILS");
    for (const auto& h : cell.horizons) {
      std::string optimum;
      for (std::size_t k = 0; k < 2; ++k) {
        const TrainedRates& trained = h.trained[k];
        const bool best = trained.optimum_holds(verify.tolerance);
        ++rates;
        optima += best;
        optimum +=
            fmt::format("; {} at its rate {:.3g}: {:+.1f} % off the prediction, {:.1f} ± {:.1f} % above its best{}",
                        optimizer_label(map.compare[k]), trained.learning_rate(2),
                        100 * (trained.risk(2) / trained.predicted_risk - 1), 100 * trained.excess,
                        200 * trained.excess_sem, best ? "" : " (FAILS)");
      }
      say(observer, "  {:g} steps: ln of the risk ratio {:+.3f} predicted, {:+.3f} ± {:.3f} trained{}", h.horizon,
          h.predicted_log_ratio, h.log_ratio, 2 * h.log_ratio_sem, optimum);
    }
  }
  say(observer,
      "{} of {} verdicts hold: trained ratios, moved by at most two standard errors, give the predicted one ({} do so "
      "unmoved); {} of {} rates are best to {:g} %",
      verdicts, verified.size(), strictly, optima, rates, 100 * verify.tolerance);
  result.agree = verdicts == static_cast<int>(verified.size()) && optima == rates;
}

}  // namespace muonphase
