#pragma once
#include <array>
#include <vector>

#include "muonphase/phase/phase_map.hpp"

namespace muonphase {

/// How far a cell is from what its closure assumes.
struct CellValidity {
  double largest_share = 0;    ///< at the start, Validity::largest_share
  double signal_to_noise = 0;  ///< at the start, Validity::signal_to_noise; NaN where the batch is infinite
  bool signal_hidden = true;   ///< the linear closure's assumption, Validity::linear_closure_holds(); true without limit
  /// The largest |Δ ln R| from horizon to horizon within one window of each optimizer's momentum, at best rates; 0 for
  /// one step, NaN where times to accuracy are compared.
  std::array<double, 2> window_change{};

  /// Whether the closure of that map may be trusted in this cell: the signal is hidden or the closure is full, and no
  /// window is long against the dynamics.
  bool holds(Closure closure) const;
};

/// Change of the logarithm of the risk within one momentum window from which on a curve is not to be trusted: averages
/// then hold more of what Δ was than of what it is (docs/adam.md).
inline constexpr double most_window_change = 0.25;

/// Of every cell of the map, in its order.
std::vector<CellValidity> map_validity(const PhaseOptions& options, const PhaseMap& map);

}  // namespace muonphase
