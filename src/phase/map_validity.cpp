#include "muonphase/phase/map_validity.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "muonphase/closures/full/validity.hpp"

namespace muonphase {
namespace {

// From horizon to horizon, each at its own best rate: an upper bound of how fast runs are.
double change_within_window(const Window& window, const Eigen::ArrayXd& horizon, const Eigen::ArrayXd& risk) {
  if (window.one_step()) return 0;
  double fastest = 0;
  for (Eigen::Index h = 1; h < horizon.size(); ++h)
    fastest = std::max(fastest, std::abs(std::log(risk(h) / risk(h - 1))) / (horizon(h) - horizon(h - 1)));
  return fastest * window.memory();
}

}  // namespace

bool CellValidity::holds(Closure closure) const {
  const bool windows_short = !(std::max(window_change[0], window_change[1]) > most_window_change);
  return windows_short && (closure == Closure::full || signal_hidden);
}

std::vector<CellValidity> map_validity(const PhaseOptions& options, const PhaseMap& map) {
  const std::vector<PhasePoint> points = phase_points(options);
  std::vector<CellValidity> all(points.size());
  for (std::size_t c = 0; c < points.size(); ++c) {
    const Problem problem = phase_problem(options, points[c]);
    const Validity start = validity(problem, problem.energy);
    all[c].largest_share = start.largest_share;
    all[c].signal_to_noise = start.signal_to_noise;
    all[c].signal_hidden = problem.noise_dominated() || start.linear_closure_holds();
    for (std::size_t k = 0; k < 2; ++k)
      all[c].window_change[k] = map.criterion == Criterion::accuracy
                                    ? std::numeric_limits<double>::quiet_NaN()
                                    : change_within_window(options.compare[k].window(), map.axis, map.cells[c].tuned[k].risk);
  }
  return all;
}

}  // namespace muonphase
