#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "muonphase/optimizers/registry.hpp"
#include "muonphase/results/results.hpp"
#include "results/cell_values.hpp"

namespace muonphase {
namespace {

const Meta third_axes[] = {{},
                           {"1", "batch size over inputs, B/n_in; infinity is the limit of large batches at a hidden signal"},
                           {"1", "outputs over inputs, n_out/n_in"},
                           {"1", "inputs n_in"},
                           {"1", "standard deviation of the label noise"},
                           {"1", "exponent of the output covariance"}};

void write_tuned(DataTree& file, const DataTree::Scales& scales, const PhaseMap& map, std::size_t k) {
  const std::string group = "/" + map.compare[k];
  const auto rates = over(map.cells, [&](const PhaseCell& cell) { return cell.tuned[k].learning_rate; });
  if (map.criterion == Criterion::accuracy) {
    file.dataset(group + "/time", scales, over(map.cells, [&](const PhaseCell& cell) { return cell.tuned[k].time; }),
                 {"step", "time to a multiple of the accuracy; infinite where it is not reached"});
    file.dataset(group + "/learning_rate", scales, rates, {"1", "constant learning rate of that time"});
    return;
  }
  file.dataset(group + "/risk", scales, over(map.cells, [&](const PhaseCell& cell) { return cell.tuned[k].risk; }),
               {"1", "population risk at the horizon, at the policy's best"});
  file.dataset(group + "/learning_rate", scales, rates,
               {"1", "learning rate that reaches it: η_0 of power and wsd, η at the horizon of greedy and optimal"});
  if (map.cells.front().tuned[k].shape.size() > 0)
    file.dataset(group + "/shape", scales, over(map.cells, [&](const PhaseCell& cell) { return cell.tuned[k].shape; }),
                 {"1", "the other number tuned: the exponent of power, the decay of wsd as a fraction of the run"});
}

void read_tuned(const Hdf5Reader& file, PhaseMap& map, std::size_t k) {
  const std::string group = "/" + map.compare[k];
  const bool times = map.criterion == Criterion::accuracy;
  const NumericArray compared = file.numbers(group + (times ? "/time" : "/risk")),
                     rate = file.numbers(group + "/learning_rate");
  const bool shaped = file.has(group + "/shape");
  const NumericArray shape = shaped ? file.numbers(group + "/shape") : rate;
  const auto horizons = map.axis.size();
  const std::size_t size = map.cells.size() * static_cast<std::size_t>(horizons);
  if (compared.values.size() != size || rate.values.size() != size || shape.values.size() != size)
    throw IoError(file.path().string() + ": " + group + " does not fill the map");
  for (std::size_t c = 0; c < map.cells.size(); ++c) {
    const std::size_t start = c * static_cast<std::size_t>(horizons);
    (times ? map.cells[c].tuned[k].time : map.cells[c].tuned[k].risk) =
        Eigen::Map<const Eigen::ArrayXd>(&compared.values[start], horizons);
    map.cells[c].tuned[k].learning_rate = Eigen::Map<const Eigen::ArrayXd>(&rate.values[start], horizons);
    if (shaped) map.cells[c].tuned[k].shape = Eigen::Map<const Eigen::ArrayXd>(&shape.values[start], horizons);
  }
}

// The scale before /alpha, if there is one.
ThirdAxis third_axis_of(const Hdf5Reader& file) {
  const std::string first = file.dimensions("/initial_risk").front();
  for (const auto axis : {ThirdAxis::batch_ratio, ThirdAxis::output_ratio, ThirdAxis::dimension, ThirdAxis::label_noise,
                          ThirdAxis::alpha_out})
    if (first == name_of(axis)) return axis;
  return ThirdAxis::none;
}

// By the meanings of the flags: "indistinguishable signsgd signsvd tradeoff".
std::array<std::string, 2> compared_in(const Hdf5Reader& file) {
  std::istringstream words(file.text_attribute("/phase", "flag_meanings"));
  std::string none, second, first;
  if (!(words >> none >> second >> first))
    throw IoError(file.path().string() + ": /phase does not say whom it compares");
  return {first, second};
}

DataTree::Scales grid_of(const PhaseMap& map) {
  if (map.third_axis == ThirdAxis::none) return {"/alpha", "/beta"};
  return {"/" + name_of(map.third_axis), "/alpha", "/beta"};
}

}  // namespace

void write_map_validity(DataTree& file, const PhaseMap& map, const std::vector<CellValidity>& cells, Closure closure) {
  const DataTree::Scales grid = grid_of(map);
  file.dataset("/validity/largest_share", grid,
               over(cells, [](const CellValidity& cell) { return one(cell.largest_share); }),
               {"1", "largest share of one mode in the risk at the start"});
  file.dataset("/validity/signal_to_noise", grid,
               over(cells, [](const CellValidity& cell) { return one(cell.signal_to_noise); }),
               {"1", "largest singular value of the mean gradient over that of its noise at the start; NaN at an "
                     "infinite batch"});
  for (std::size_t k = 0; k < 2; ++k)
    file.dataset("/validity/window_change_" + map.compare[k], grid,
                 over(cells, [k](const CellValidity& cell) { return one(cell.window_change[k]); }),
                 {"1", "largest change of ln R within one momentum window, from horizon to horizon"});
  std::vector<std::uint8_t> holds;
  for (const auto& cell : cells) holds.push_back(cell.holds(closure));
  file.dataset("/validity/holds", grid, holds,
               {"1", "1 where the signal is hidden in the gradient's noise (linear closure) and windows are short"});
}

void write_phase_map(DataTree& file, const PhaseMap& map, double threshold) {
  const DataTree::Scales grid = grid_of(map);
  if (map.third_axis != ThirdAxis::none)
    file.scale(grid.front(), map.third, third_axes[static_cast<std::size_t>(map.third_axis)]);
  const bool times = map.criterion == Criterion::accuracy;
  const std::string axis = "/" + name_of(map.criterion);
  DataTree::Scales grid_and_axis = grid;
  grid_and_axis.push_back(axis);
  file.scale("/alpha", map.alpha, {"1", "data exponent"});
  file.scale("/beta", map.beta, {"1", "target exponent"});
  if (times)
    file.scale(axis, map.axis, {"1", "accuracy ε"});
  else
    file.scale(axis, map.axis, {"step", "horizon; in units of n_out/B steps when the batch is infinite"});
  file.dataset("/initial_risk", grid, over(map.cells, [](const PhaseCell& cell) { return one(cell.initial_risk); }),
               {"1", "population risk at the start"});
  const auto noise = over(map.cells, [](const PhaseCell& cell) { return one(cell.noise_risk); });
  if (std::any_of(noise.begin(), noise.end(), [](double risk) { return risk > 0; }))
    file.dataset("/noise_risk", grid, noise, {"1", "σ²/2, the label noise's part of every risk"});
  if (times)
    file.dataset("/finite_size_cut", grid, over(map.cells, [](const PhaseCell& cell) { return one(cell.cut); }),
                 {"1", "d^-(alpha+beta-1), the risk at which d modes end: accuracies below it do not count"});
  for (std::size_t k = 0; k < 2; ++k) write_tuned(file, grid_and_axis, map, k);
  const std::string first = optimizer_label(map.compare[0]), second = optimizer_label(map.compare[1]);
  file.dataset(times ? "/log_time_ratio" : "/log_risk_ratio", grid_and_axis,
               over(map.cells, [](const PhaseCell& cell) { return cell.log_ratio(); }),
               {"1", fmt::format("ln of the {} of {} over that of {}", times ? "time" : "risk beyond the label noise's",
                                 first, second)});

  std::vector<std::uint8_t> phases;
  std::vector<double> crossings;
  for (const auto& cell : map.cells) {
    const Verdict verdict = verdict_of(cell, map.axis, threshold);
    phases.push_back(static_cast<std::uint8_t>(verdict.phase));
    crossings.push_back(verdict.crossing);
  }
  file.dataset("/phase", grid, phases,
               {"1", times ? "which optimizer is favoured over all accuracies that are not below the cut"
                           : "which optimizer is favoured over all horizons"});
  file.attribute("/phase", "flag_values", std::vector<std::uint8_t>{0, 1, 2, 3});
  file.attribute("/phase", "flag_meanings",
                 fmt::format("indistinguishable {} {} tradeoff", map.compare[1], map.compare[0]));
  file.attribute("/phase", "threshold", threshold);
  file.dataset("/crossing_" + name_of(map.criterion), grid, crossings,
               {times ? "1" : "step",
                fmt::format("{} at which a trade-off changes sides; NaN where there is none", name_of(map.criterion))});
}

PhaseMap read_phase_map(const Hdf5Reader& file) {
  PhaseMap map;
  map.alpha = file.vector("/alpha");
  map.beta = file.vector("/beta");
  map.criterion = file.has("/accuracy") ? Criterion::accuracy : Criterion::horizon;
  map.axis = file.vector("/" + name_of(map.criterion));
  map.third_axis = third_axis_of(file);
  if (map.third_axis != ThirdAxis::none) map.third = file.vector("/" + name_of(map.third_axis));
  map.compare = compared_in(file);
  const std::vector<double> initial = file.numbers("/initial_risk").values;
  const Eigen::Index maps = std::max<Eigen::Index>(1, map.third.size());
  if (static_cast<Eigen::Index>(initial.size()) != maps * map.alpha.size() * map.beta.size())
    throw IoError(file.path().string() + ": /initial_risk does not fill the map");
  map.cells.resize(initial.size());
  for (std::size_t c = 0; c < initial.size(); ++c) map.cells[c].initial_risk = initial[c];
  if (map.criterion == Criterion::accuracy) {
    const std::vector<double> cut = file.numbers("/finite_size_cut").values;
    if (cut.size() != initial.size())
      throw IoError(file.path().string() + ": /finite_size_cut does not fill the map");
    for (std::size_t c = 0; c < cut.size(); ++c) map.cells[c].cut = cut[c];
  }
  if (file.has("/noise_risk")) {
    const std::vector<double> noise = file.numbers("/noise_risk").values;
    if (noise.size() != initial.size()) throw IoError(file.path().string() + ": /noise_risk does not fill the map");
    for (std::size_t c = 0; c < noise.size(); ++c) map.cells[c].noise_risk = noise[c];
  }
  for (std::size_t k = 0; k < 2; ++k) read_tuned(file, map, k);
  return map;
}

}  // namespace muonphase
