#include "muonphase/phase/refine.hpp"

#include <cmath>
#include <set>
#include <utility>
#include <vector>

#include "muonphase/core/error.hpp"

namespace muonphase {
namespace {

using Node = std::pair<Eigen::Index, Eigen::Index>;

// `parts` intervals for each of the axis.
Eigen::ArrayXd subdivided(const Eigen::ArrayXd& axis, Eigen::Index parts) {
  Eigen::ArrayXd fine((axis.size() - 1) * parts + 1);
  for (Eigen::Index i = 0; i < fine.size(); ++i) {
    const Eigen::Index left = std::min(i / parts, axis.size() - 2);
    fine(i) = std::lerp(axis(left), axis(left + 1), static_cast<double>(i - left * parts) / static_cast<double>(parts));
  }
  return fine;
}

}  // namespace

RefinedPhases refine_boundaries(const PhaseMap& map, const PhaseOptions& options, double threshold, int levels,
                                const Monitor& monitor, const CellWork& work) {
  if (map.third_axis != ThirdAxis::none) throw StudyError("phase.refine: takes no third axis");
  if (map.alpha.size() < 2 || map.beta.size() < 2)
    throw StudyError("phase.refine: needs at least two values of alpha and of beta");
  const Eigen::Index parts = Eigen::Index{1} << levels;
  RefinedPhases fine{subdivided(map.alpha, parts), subdivided(map.beta, parts), {}, {}};
  fine.phase = RefinedPhases::Grid::Zero(fine.alpha.size(), fine.beta.size());
  fine.computed = fine.phase;
  const auto set = [&](const Node& node, const PhaseCell& cell) {
    fine.phase(node.first, node.second) = static_cast<std::uint8_t>(verdict_of(cell, map.axis, threshold).phase);
    fine.computed(node.first, node.second) = 1;
  };
  std::vector<Node> squares;  // their lower corners
  for (Eigen::Index i = 0; i < map.alpha.size(); ++i)
    for (Eigen::Index j = 0; j < map.beta.size(); ++j) {
      set({i * parts, j * parts}, map.cell(i, j));
      if (i + 1 < map.alpha.size() && j + 1 < map.beta.size()) squares.emplace_back(i * parts, j * parts);
    }
  for (Eigen::Index size = parts; size >= 1; size /= 2) {
    // Squares of one phase are filled with it; the others are cut.
    std::vector<Node> cut;
    for (const auto& [i, j] : squares) {
      const std::uint8_t phase = fine.phase(i, j);
      if (fine.phase(i + size, j) != phase || fine.phase(i, j + size) != phase ||
          fine.phase(i + size, j + size) != phase)
        cut.emplace_back(i, j);
      else
        fine.phase.block(i, j, size + 1, size + 1) = (fine.computed.block(i, j, size + 1, size + 1) == 1)
                                                         .select(fine.phase.block(i, j, size + 1, size + 1), phase);
    }
    if (size == 1) break;
    const Eigen::Index half = size / 2;
    std::set<Node> wanted;
    for (const auto& [i, j] : cut)
      for (const auto& node :
           {Node{i + half, j}, {i, j + half}, {i + half, j + half}, {i + size, j + half}, {i + half, j + size}})
        if (fine.computed(node.first, node.second) == 0) wanted.insert(node);
    std::vector<PhasePoint> points;
    for (const auto& [i, j] : wanted) points.push_back({fine.alpha(i), fine.beta(j), 0});
    const std::vector<PhaseCell> cells = compute_phase_cells(options, points, monitor, work);
    std::size_t next = 0;
    for (const auto& node : wanted) set(node, cells[next++]);
    squares.clear();
    for (const auto& [i, j] : cut)
      for (const auto& child : {Node{i, j}, {i + half, j}, {i, j + half}, {i + half, j + half}})
        squares.push_back(child);
  }
  return fine;
}

}  // namespace muonphase
