#include "muonphase/io/results.hpp"

namespace muonphase {
namespace {

// One number, or one array over the horizons, of every cell, α slowest.
template <class Get>
std::vector<double> over_cells(const PhaseMap& map, Get get) {
  std::vector<double> values;
  for (const auto& cell : map.cells) {
    const Eigen::ArrayXd part = get(cell);
    values.insert(values.end(), part.begin(), part.end());
  }
  return values;
}

Eigen::ArrayXd one(double value) {
  return Eigen::ArrayXd::Constant(1, value);
}

const Hdf5Writer::Scales grid = {"/alpha", "/beta"};
const Hdf5Writer::Scales grid_and_horizon = {"/alpha", "/beta", "/horizon"};

void write_tuned(Hdf5Writer& file, const std::string& group, const PhaseMap& map, TunedCurve PhaseCell::*curve) {
  file.dataset(group + "/risk", grid_and_horizon,
               over_cells(map, [&](const PhaseCell& cell) { return (cell.*curve).risk; }),
               {"1", "population risk at the horizon, at the policy's best"});
  file.dataset(group + "/learning_rate", grid_and_horizon,
               over_cells(map, [&](const PhaseCell& cell) { return (cell.*curve).learning_rate; }),
               {"1", "learning rate that reaches it"});
}

void read_tuned(const Hdf5Reader& file, const std::string& group, PhaseMap& map, TunedCurve PhaseCell::*curve) {
  const NumericArray risk = file.numbers(group + "/risk"), rate = file.numbers(group + "/learning_rate");
  const auto horizons = map.horizon.size();
  const std::size_t size = map.cells.size() * static_cast<std::size_t>(horizons);
  if (risk.values.size() != size || rate.values.size() != size)
    throw IoError(file.path().string() + ": " + group + " does not fill the map");
  for (std::size_t c = 0; c < map.cells.size(); ++c) {
    const std::size_t start = c * static_cast<std::size_t>(horizons);
    (map.cells[c].*curve).risk = Eigen::Map<const Eigen::ArrayXd>(&risk.values[start], horizons);
    (map.cells[c].*curve).learning_rate = Eigen::Map<const Eigen::ArrayXd>(&rate.values[start], horizons);
  }
}

}  // namespace

void write_phase_map(Hdf5Writer& file, const PhaseMap& map, double threshold) {
  file.scale("/alpha", map.alpha, {"1", "data exponent"});
  file.scale("/beta", map.beta, {"1", "target exponent"});
  file.scale("/horizon", map.horizon, {"step", "horizon; in units of n_out/B steps when the batch is infinite"});
  file.dataset("/initial_risk", grid, over_cells(map, [](const PhaseCell& cell) { return one(cell.initial_risk); }),
               {"1", "population risk at the start"});
  write_tuned(file, "/signsvd", map, &PhaseCell::signsvd);
  write_tuned(file, "/signsgd", map, &PhaseCell::signsgd);
  file.dataset("/log_risk_ratio", grid_and_horizon,
               over_cells(map, [](const PhaseCell& cell) { return cell.log_risk_ratio(); }),
               {"1", "ln of the risk of SignSVD over that of SignSGD"});

  std::vector<std::uint8_t> phases;
  for (const auto& cell : map.cells)
    phases.push_back(static_cast<std::uint8_t>(classify(cell.log_risk_ratio(), threshold)));
  file.dataset("/phase", grid, phases, {"1", "which optimizer is favoured over all horizons"});
  file.attribute("/phase", "flag_values", std::vector<std::uint8_t>{0, 1, 2, 3});
  file.attribute("/phase", "flag_meanings", std::string("indistinguishable signsgd signsvd tradeoff"));
  file.attribute("/phase", "threshold", threshold);
  file.dataset("/crossing_horizon", grid,
               over_cells(map,
                          [&](const PhaseCell& cell) {
                            return one(crossing_horizon(map.horizon, cell.log_risk_ratio(), threshold));
                          }),
               {"step", "horizon at which a trade-off changes sides; NaN where there is none"});
}

PhaseMap read_phase_map(const Hdf5Reader& file) {
  PhaseMap map;
  map.alpha = file.vector("/alpha");
  map.beta = file.vector("/beta");
  map.horizon = file.vector("/horizon");
  const Eigen::ArrayXXd initial = file.matrix("/initial_risk");
  if (initial.rows() != map.alpha.size() || initial.cols() != map.beta.size())
    throw IoError(file.path().string() + ": /initial_risk does not fill the map");
  map.cells.resize(static_cast<std::size_t>(initial.size()));
  for (Eigen::Index i = 0; i < initial.rows(); ++i)
    for (Eigen::Index j = 0; j < initial.cols(); ++j)
      map.cells[static_cast<std::size_t>(i * initial.cols() + j)].initial_risk = initial(i, j);
  read_tuned(file, "/signsvd", map, &PhaseCell::signsvd);
  read_tuned(file, "/signsgd", map, &PhaseCell::signsgd);
  return map;
}

}  // namespace muonphase
