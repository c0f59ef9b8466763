#include "muonphase/phase/yardstick.hpp"

#include "phase/part.hpp"

namespace muonphase {
namespace {

Eigen::ArrayXXd risks(const std::vector<PhaseCell>& cells, std::size_t k) {
  Eigen::ArrayXXd risk(static_cast<Eigen::Index>(cells.size()), cells.front().tuned[k].risk.size());
  for (std::size_t c = 0; c < cells.size(); ++c)
    risk.row(static_cast<Eigen::Index>(c)) = cells[c].tuned[k].risk.transpose();
  return risk;
}

}  // namespace

Yardstick compute_yardstick(const PhaseOptions& options, const Monitor& monitor, const CellWork& work) {
  require_horizons(options, "phase.yardstick");
  Yardstick yardstick{
      .policy = {Policy::constant, Policy::greedy, Policy::power, Policy::wsd}, .excess = {}, .optimal = {}};
  const std::vector<PhasePoint> points = phase_points(options);
  std::size_t done = 0;  // policies
  const auto cells_of = [&](Policy policy) {
    PhaseOptions other = options;
    other.policy = policy;
    const Monitor part = part_of(monitor, done++, yardstick.policy.size() + 1);
    return compute_phase_cells(other, points, part, work);
  };
  const std::vector<PhaseCell> optimal = cells_of(Policy::optimal);
  for (std::size_t k = 0; k < 2; ++k) yardstick.optimal[k] = risks(optimal, k);
  for (const Policy policy : yardstick.policy) {
    const std::vector<PhaseCell> cells = cells_of(policy);
    for (std::size_t k = 0; k < 2; ++k) yardstick.excess[k].push_back((risks(cells, k) / yardstick.optimal[k]).log());
  }
  return yardstick;
}

}  // namespace muonphase
