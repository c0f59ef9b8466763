// Cells tested by training.
#include "muonphase/results/phase_analyses.hpp"

namespace muonphase {
namespace {

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

}  // namespace

void write_verified(DataTree& file, const std::vector<VerifiedCell>& cells, const PhaseMap& map, double threshold) {
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

}  // namespace muonphase
