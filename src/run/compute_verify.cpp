#include <cmath>

#include "muonphase/optimizers/label.hpp"
#include "muonphase/phase/verify.hpp"
#include "run/compute_parts.hpp"

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

// A row for each horizon of each cell.
struct Row {
  const VerifiedCell& cell;
  const VerifiedHorizon& horizon;
};

template <class Get>
std::vector<double> column(const std::vector<Row>& rows, Get get) {
  std::vector<double> values;
  for (const auto& row : rows) values.push_back(get(row));
  return values;
}

Eigen::ArrayXXd table(const std::vector<Row>& rows, std::size_t k, Eigen::ArrayXd TrainedRates::*member) {
  const Eigen::Index columns = (rows.front().horizon.trained[k].*member).size();
  Eigen::ArrayXXd values(static_cast<Eigen::Index>(rows.size()), columns);
  for (std::size_t i = 0; i < rows.size(); ++i)
    values.row(static_cast<Eigen::Index>(i)) = (rows[i].horizon.trained[k].*member).transpose();
  return values;
}

void write_verified(Hdf5Writer& file, const std::vector<VerifiedCell>& cells, const PhaseMap& map, double threshold) {
  std::vector<Row> rows;
  for (const auto& cell : cells)
    for (const auto& horizon : cell.horizons) rows.push_back({cell, horizon});
  const std::string group = "/verify/", run = group + "run", rate = group + "rate";
  const auto put = [&](const std::string& name, const Meta& meta, auto get) {
    file.dataset(group + name, {run}, column(rows, get), meta);
  };
  file.index_scale(run, rows.size(), {"1", "a horizon of a cell tested by training"});
  file.index_scale(rate, 5, {"1", "1/2, 1/sqrt(2), 1, sqrt(2), 2 times the predicted rate"});
  put("alpha", {"1", "data exponent"}, [](const Row& r) { return r.cell.point.alpha; });
  put("beta", {"1", "target exponent"}, [](const Row& r) { return r.cell.point.beta; });
  if (map.third_axis != ThirdAxis::none)
    put(name_of(map.third_axis), {"1", "third axis"}, [](const Row& r) { return r.cell.point.third; });
  put("horizon", {"step", "steps trained"}, [](const Row& r) { return r.horizon.horizon; });
  put("predicted_log_ratio", {"1", "ln of the predicted risk of the first optimizer over that of the second"},
      [](const Row& r) { return r.horizon.predicted_log_ratio; });
  put("log_ratio", {"1", "the same of the trained ones, at the predicted rates"},
      [](const Row& r) { return r.horizon.log_ratio; });
  put("log_ratio_sem", {"1", "its standard error over trials"}, [](const Row& r) { return r.horizon.log_ratio_sem; });
  put("predicted_phase", {"1", "verdict of the cell, as /phase, from its rows here"},
      [&](const Row& r) { return static_cast<double>(r.cell.predicted(threshold)); });
  put("measured_phase", {"1", "the same of the trained risks"},
      [&](const Row& r) { return static_cast<double>(r.cell.measured(threshold)); });
  put("verdict_holds", {"1", "1 where two standard errors allow the predicted verdict"},
      [&](const Row& r) { return r.cell.verdict_holds(threshold) ? 1.0 : 0.0; });
  for (std::size_t k = 0; k < 2; ++k) {
    const std::string own = group + map.compare[k] + "/";
    file.dataset(own + "learning_rate", {run, rate}, table(rows, k, &TrainedRates::learning_rate),
                 {"1", "constant learning rate"});
    file.dataset(own + "risk", {run, rate}, table(rows, k, &TrainedRates::risk), {"1", "mean risk at the horizon"});
    file.dataset(own + "risk_sem", {run, rate}, table(rows, k, &TrainedRates::risk_sem), {"1", "its standard error"});
    file.dataset(own + "predicted_risk", {run},
                 column(rows, [&](const Row& r) { return r.horizon.trained[k].predicted_risk; }),
                 {"1", "risk that theory predicts at the predicted rate"});
    file.dataset(own + "excess", {run}, column(rows, [&](const Row& r) { return r.horizon.trained[k].excess; }),
                 {"1", "ln of the risk at the predicted rate over that at the best of the five"});
    file.dataset(own + "excess_sem", {run}, column(rows, [&](const Row& r) { return r.horizon.trained[k].excess_sem; }),
                 {"1", "its standard error over paired trials"});
  }
}

}  // namespace

bool verify_phase_result(const Study& study, const PhaseOptions& options, const PhaseMap& map, int cells,
                         const Observer& observer, Hdf5Writer& file) {
  VerifyOptions verify{.optimizers = {make_optimizer(study, map.compare[0]), make_optimizer(study, map.compare[1])},
                       .cells = cells,
                       .trials = study.simulate.trials,
                       .threshold = study.phase.threshold,
                       .tolerance = study.validate.tolerance,
                       .seed = study.seed};
  if (verify.trials < 2) throw study_error(study, "simulate.trials", "at least 2 to verify by training");
  const auto verified = verify_phases(options, map, verify, observer.stage("verify", "cells"));
  write_verified(file, verified, map, verify.threshold);
  int verdicts = 0, optima = 0, rates = 0;
  for (const auto& cell : verified) {
    const bool holds = cell.verdict_holds(verify.threshold);
    verdicts += holds;
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
  say(observer, "{} of {} verdicts hold, {} of {} rates are best to {:g} %", verdicts, verified.size(), optima, rates,
      100 * verify.tolerance);
  return verdicts == static_cast<int>(verified.size()) && optima == rates;
}

}  // namespace muonphase
