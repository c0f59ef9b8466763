#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "muonphase/report/figures/figure.hpp"

namespace muonphase::figures {

/// One (α, β) phase diagram, cell by cell.
struct PhaseMap {
  Eigen::ArrayXd alpha, beta;  ///< centres of the cells, increasing
  /// [alpha, beta]: 0 indistinguishable, 1 the first optimizer favoured at every horizon, 2 the second, 3 trade-off.
  Eigen::Array<std::uint8_t, Eigen::Dynamic, Eigen::Dynamic> phase;
  Eigen::ArrayXXd crossing_horizon;  ///< [alpha, beta], NaN where there is none; may be empty
  Text title;                        ///< of the panel, where a third axis makes several maps
};

struct PhaseMapOptions {
  Text title, subtitle;
  std::array<std::string, 2> optimizers = {"signsgd", "signsvd"};
  bool predictions = true;  ///< dashed lines of the scaling predictions (docs/theory.md §6)
};

/// The phase maps as panels with one legend: cells in a colour for each phase, regions named on the map where the name
/// fits, contours of log10 of the crossing horizon in the trade-off region with their values, predicted boundaries
/// dashed: β = 2α − ½ (½ ≤ α ≤ 1) and β = ½ (α < ½) for late times, α = ½ and 4α + 2β = 1 for early times.
/// StudyError when the shapes of a map disagree or a phase is not 0..3.
Figure phase_map_figure(const std::vector<PhaseMap>& maps, const PhaseMapOptions& options = {});

}  // namespace muonphase::figures
