#pragma once
#include <Eigen/Core>
#include <cstdint>

#include "muonphase/core/monitor.hpp"
#include "muonphase/phase/phase_map.hpp"

namespace muonphase {

/// The phases on a lattice 2^levels times as fine as the map.
struct RefinedPhases {
  using Grid = Eigen::Array<std::uint8_t, Eigen::Dynamic, Eigen::Dynamic>;

  Eigen::ArrayXd alpha, beta;
  Grid phase;     ///< [alpha, beta], values of Phase
  Grid computed;  ///< [alpha, beta], 1 where the cell was computed, 0 where the cells around are of one phase
};

/// Refines the boundaries of a map without a third axis: squares whose corners are not of one phase are cut in four,
/// `levels` times. A phase that no corner of the map shows is not found. Computes some 2^levels times as many cells as
/// boundary squares, instead of 4^levels times the map. StudyError for a third axis or an axis of one value.
RefinedPhases refine_boundaries(const PhaseMap& map, const PhaseOptions& options, double threshold, int levels,
                                const Monitor& monitor = {}, const CellWork& work = {});

}  // namespace muonphase
