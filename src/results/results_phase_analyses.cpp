#include <cmath>
#include <limits>

#include "muonphase/phase/prediction.hpp"
#include "muonphase/results/phase_analyses.hpp"
#include "results/cell_values.hpp"

namespace muonphase {
namespace {

const DataTree::Scales plane = {"/alpha", "/beta"};

DataTree::Scales with(DataTree::Scales scales, std::initializer_list<const char*> more) {
  scales.insert(scales.end(), more.begin(), more.end());
  return scales;
}

std::vector<double> row_major(const Eigen::ArrayXXd& values) {
  std::vector<double> out;
  for (const auto& row : values.rowwise()) out.insert(out.end(), row.begin(), row.end());
  return out;
}

std::vector<std::uint8_t> row_major(const RefinedPhases::Grid& values) {
  std::vector<std::uint8_t> out;
  for (const auto& row : values.rowwise()) out.insert(out.end(), row.begin(), row.end());
  return out;
}

RefinedPhases::Grid read_grid(const Hdf5Reader& file, const std::string& path) {
  return file.matrix(path).cast<std::uint8_t>();
}

void flags(DataTree& file, const std::string& path, const std::string& meanings) {
  file.attribute(path, "flag_values", std::vector<std::uint8_t>{0, 1, 2, 3});
  file.attribute(path, "flag_meanings", meanings);
}

std::string phase_flags(const PhaseMap& map) {
  return "indistinguishable " + map.compare[1] + " " + map.compare[0] + " tradeoff";
}

// f(α, β) of every cell.
template <class F>
std::vector<double> over_plane(const PhaseMap& map, F f) {
  std::vector<double> values;
  for (const double alpha : map.alpha)
    for (const double beta : map.beta) values.push_back(f(alpha, beta));
  return values;
}

}  // namespace

void write_refined(DataTree& file, const RefinedPhases& refined) {
  const DataTree::Scales scales = {"/refined/alpha", "/refined/beta"};
  file.scale(scales[0], refined.alpha, {"1", "data exponent"});
  file.scale(scales[1], refined.beta, {"1", "target exponent"});
  file.dataset("/refined/phase", scales, row_major(refined.phase), {"1", "as /phase, boundaries refined"});
  file.dataset("/refined/computed", scales, row_major(refined.computed),
               {"1", "1 where the cell was computed, 0 where all around it are of its phase"});
}

RefinedPhases read_refined(const Hdf5Reader& file) {
  return {file.vector("/refined/alpha"), file.vector("/refined/beta"), read_grid(file, "/refined/phase"),
          read_grid(file, "/refined/computed")};
}

void write_scaling(DataTree& file, const PhaseMap& map, const ScalingOptions& options,
                   const std::vector<ScalingCell>& cells) {
  file.scale("/scaling/dimension", options.dimension, {"1", "inputs n_in"});
  file.scale("/scaling/tau", options.tau, {"1", "exponent of the horizon T = d^τ; infinity is the limit"});
  file.dataset("/scaling/log_risk_ratio", with(plane, {"/scaling/dimension", "/scaling/tau"}),
               over(cells, [](const ScalingCell& c) -> Eigen::ArrayXd { return c.log_ratio.transpose().reshaped(); }),
               {"1", "ln of the risk of " + map.compare[0] + " over that of " + map.compare[1]});
  file.dataset("/scaling/exponent", with(plane, {"/scaling/tau"}),
               over(cells, [](const ScalingCell& c) { return c.exponent; }),
               {"1", "exponent of d in the ratio of risks as d → ∞"});
  file.dataset("/scaling/exponent_error", with(plane, {"/scaling/tau"}),
               over(cells, [](const ScalingCell& c) { return c.error; }), {"1", "uncertainty of the exponent"});
  std::vector<std::uint8_t> phase;
  for (const auto& cell : cells) phase.push_back(static_cast<std::uint8_t>(cell.phase));
  file.dataset("/scaling/phase", plane, phase, {"1", "who is ahead by a power of d at some τ"});
  flags(file, "/scaling/phase", phase_flags(map));
  file.dataset("/scaling/margin", plane, over(cells, [](const ScalingCell& c) { return one(c.margin); }),
               {"1", "uncertainties between the deciding exponents and the resolution; undecided below 1"});
  for (std::size_t k = 0; k < 2; ++k) {
    const std::string group = "/scaling/" + map.compare[k];
    file.dataset(group + "/decay", plane, over(cells, [&](const ScalingCell& c) { return one(c.decay[k].value); }),
                 {"1", "p of the decay s^(−p) of the start, at the largest dimension"});
    file.dataset(group + "/decay_error", plane,
                 over(cells, [&](const ScalingCell& c) { return one(c.decay[k].error); }), {"1", "its uncertainty"});
    file.dataset(
        group + "/predicted_decay", plane,
        over_plane(
            map,
            [&](double alpha, double beta) {
              return decay_exponent(map.compare[k], alpha, beta).value_or(std::numeric_limits<double>::quiet_NaN());
            }),
        {"1", "predicted p, NaN where there is none"});
  }
  if (!is_predicted(map.compare)) return;
  std::vector<std::uint8_t> predicted;
  for (const double alpha : map.alpha)
    for (const double beta : map.beta) predicted.push_back(static_cast<std::uint8_t>(predict(alpha, beta).phase));
  file.dataset("/scaling/predicted_phase", plane, predicted, {"1", "class predicted by scaling arguments"});
  flags(file, "/scaling/predicted_phase", phase_flags(map));
  file.dataset("/scaling/predicted_late_exponent", plane,
               over_plane(map, [](double alpha, double beta) { return predict(alpha, beta).late_exponent; }),
               {"1", "predicted exponent at T → ∞"});
}

void write_accuracy_scaling(DataTree& file, const PhaseMap& map, const Eigen::ArrayXd& dimension,
                            const std::vector<AccuracyScalingCell>& cells) {
  using Cell = AccuracyScalingCell;
  file.scale("/scaling/dimension", dimension, {"1", "inputs n_in"});
  file.dataset("/scaling/crossing_accuracy", with(plane, {"/scaling/dimension"}),
               over(cells, [](const Cell& c) { return c.crossing_accuracy; }),
               {"1", "accuracy from which on " + map.compare[0] + " is ahead; NaN where it is not"});
  file.dataset("/scaling/crossing_exponent", plane, over(cells, [](const Cell& c) { return one(c.crossing.value); }),
               {"1", "p* of that accuracy d^(-p*) as d → ∞"});
  file.dataset("/scaling/crossing_exponent_error", plane,
               over(cells, [](const Cell& c) { return one(c.crossing.error); }), {"1", "its uncertainty"});
  const bool predicted = is_predicted(map.compare);
  if (predicted)
    file.dataset("/scaling/predicted_crossing_exponent", plane,
                 over_plane(map, [](double alpha, double beta) { return predict_accuracy(alpha, beta).crossing; }),
                 {"1", "predicted p*, NaN where there is none before the cut"});
  for (std::size_t k = 0; k < 2; ++k) {
    const std::string group = "/scaling/" + map.compare[k];
    file.dataset(group + "/time_exponent", plane, over(cells, [&](const Cell& c) { return one(c.time[k].value); }),
                 {"1", "exponent e of the time ε^(-e) as d → ∞"});
    file.dataset(group + "/time_exponent_error", plane,
                 over(cells, [&](const Cell& c) { return one(c.time[k].error); }), {"1", "its uncertainty"});
    if (predicted)
      file.dataset(group + "/predicted_time_exponent", plane,
                   over_plane(map, [&](double alpha, double beta) { return predict_accuracy(alpha, beta).time[k]; }),
                   {"1", "that of the theorem"});
  }
}

ScalingMap read_scaling(const Hdf5Reader& file) {
  ScalingMap map{read_grid(file, "/scaling/phase"), {}, file.matrix("/scaling/margin")};
  if (file.has("/scaling/predicted_phase")) map.predicted = read_grid(file, "/scaling/predicted_phase");
  return map;
}

void write_yardstick(DataTree& file, const PhaseMap& map, const Yardstick& yardstick) {
  std::vector<std::string> names;
  for (const Policy policy : yardstick.policy) names.push_back(name_of(policy));
  file.scale("/yardstick/policy", names, {"1", "learning-rate policy"});
  DataTree::Scales grid = {"/alpha", "/beta", "/horizon"};
  if (map.third_axis != ThirdAxis::none) grid.insert(grid.begin(), "/" + name_of(map.third_axis));
  DataTree::Scales all = grid;
  all.insert(all.begin(), "/yardstick/policy");
  for (std::size_t k = 0; k < 2; ++k) {
    const std::string group = "/yardstick/" + map.compare[k];
    std::vector<double> excess;
    for (const auto& table : yardstick.excess[k]) {
      const std::vector<double> part = row_major(table);
      excess.insert(excess.end(), part.begin(), part.end());
    }
    file.dataset(group + "/excess", all, excess, {"1", "ln of the risk over that of the optimal schedule"});
    file.dataset(group + "/optimal_risk", grid, row_major(yardstick.optimal[k]),
                 {"1", "population risk at the horizon, optimal schedule"});
  }
}

void write_compute_optimal(DataTree& file, const PhaseMap& map, const ComputeOptimal& result) {
  file.scale("/compute_optimal/compute", result.compute, {"1", "steps × batch × n_out × n_in"});
  const DataTree::Scales curve = with(plane, {"/compute_optimal/compute"});
  using Cell = std::array<ComputeCurve, 2>;
  for (std::size_t k = 0; k < 2; ++k) {
    const std::string group = "/compute_optimal/" + map.compare[k];
    file.dataset(group + "/risk", curve, over(result.cells, [&](const Cell& c) { return c[k].risk; }),
                 {"1", "least population risk for the compute, above the label noise"});
    file.dataset(group + "/dimension", curve, over(result.cells, [&](const Cell& c) { return c[k].dimension; }),
                 {"1", "inputs n_in of the best model"});
    file.dataset(group + "/horizon", curve, over(result.cells, [&](const Cell& c) { return c[k].horizon; }),
                 {"step", "horizon that it is trained for; in units of n_out/B steps when the batch is infinite"});
    file.dataset(group + "/slope", plane, over(result.cells, [&](const Cell& c) { return one(c[k].slope.value); }),
                 {"1", "−d ln risk/d ln compute"});
    file.dataset(group + "/slope_error", plane,
                 over(result.cells, [&](const Cell& c) { return one(c[k].slope.error); }), {"1", "its uncertainty"});
  }
  if (is_predicted(map.compare))
    for (std::size_t k = 0; k < 2; ++k) {
      std::vector<double> predicted;
      for (const double alpha : map.alpha)
        for (const double beta : map.beta) predicted.push_back(compute_slopes(alpha, beta)[k]);
      file.dataset("/compute_optimal/" + map.compare[k] + "/predicted_slope", plane, predicted,
                   {"1", "−d ln risk/d ln compute as predicted for d → ∞"});
    }
  std::vector<std::uint8_t> which;
  for (const auto& cell : result.cells) which.push_back(steeper(cell));
  file.dataset("/compute_optimal/steeper", plane, which, {"1", "whose risk falls faster with compute"});
  flags(file, "/compute_optimal/steeper", "neither " + map.compare[1] + " " + map.compare[0] + " undefined");
}

ComputeOptimal read_compute_optimal(const Hdf5Reader& file, const PhaseMap& map) {
  ComputeOptimal result{file.vector("/compute_optimal/compute"), {}};
  result.cells.resize(map.cells.size());
  const Eigen::Index n = result.compute.size();
  for (std::size_t k = 0; k < 2; ++k) {
    const std::string group = "/compute_optimal/" + map.compare[k];
    const auto numbers = [&](const std::string& name) { return file.numbers(group + name).values; };
    const auto risk = numbers("/risk"), dimension = numbers("/dimension"), horizon = numbers("/horizon"),
               slope = numbers("/slope"), error = numbers("/slope_error");
    if (risk.size() != result.cells.size() * static_cast<std::size_t>(n))
      throw IoError(file.path().string() + ": " + group + " does not fill the map");
    for (std::size_t c = 0; c < result.cells.size(); ++c) {
      const std::size_t start = c * static_cast<std::size_t>(n);
      const auto part = [&](const std::vector<double>& v) { return Eigen::Map<const Eigen::ArrayXd>(&v[start], n); };
      result.cells[c][k] = {part(risk), part(dimension), part(horizon), {slope[c], error[c]}};
    }
  }
  return result;
}

}  // namespace muonphase
