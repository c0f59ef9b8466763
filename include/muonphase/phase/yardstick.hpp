#pragma once
#include <Eigen/Core>
#include <array>
#include <vector>

#include "muonphase/core/monitor.hpp"
#include "muonphase/phase/phase_map.hpp"

namespace muonphase {

/// How far every policy stays from the optimal schedule.
struct Yardstick {
  std::vector<Policy> policy;  ///< constant, greedy, power, wsd
  /// ln(R_policy/R_optimal) of each optimizer compared: [policies][cells × horizons], cells as in phase_points().
  std::array<std::vector<Eigen::ArrayXXd>, 2> excess;
  std::array<Eigen::ArrayXXd, 2> optimal;  ///< [cells × horizons] risk of the optimal schedule
};

/// Every policy in every cell of the map of `options`, whose own policy is not read. StudyError as for
/// Policy::optimal.
Yardstick compute_yardstick(const PhaseOptions& options, const Monitor& monitor = {}, const CellWork& work = {});

}  // namespace muonphase
