#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "muonphase/report/figures/boundaries.hpp"
#include "muonphase/report/figures/figure.hpp"

namespace muonphase::figures {

/// Numbers at the nodes of an (α, β) grid.
struct CrossingField {
  Eigen::ArrayXd alpha, beta;  ///< increasing
  Eigen::ArrayXXd value;       ///< [alpha, beta], NaN where there is none; may be empty
};

/// One (α, β) phase diagram, cell by cell.
struct PhasePanel {
  using Phases = Eigen::Array<std::uint8_t, Eigen::Dynamic, Eigen::Dynamic>;

  Eigen::ArrayXd alpha, beta;  ///< centres of the cells, increasing
  Phases phase;  ///< [alpha, beta]: 0 indistinguishable, 1 the first optimizer favoured at every horizon, 2 the second,
                 ///< 3 trade-off
  CrossingField crossing;           ///< of trade-offs; its grid may be coarser than the cells
  Label crossing_name = "crossing horizon T";
  Label title = {};                 ///< of the panel, where there are several
  std::vector<Series> marked = {};  ///< markers on cells, with their legends
  std::vector<Boundary> boundaries = {};
};

struct PhaseMapOptions {
  Label title, subtitle;
  std::array<std::string, 2> optimizers = {"signsgd", "signsvd"};
};

/// The fills of phases 0 to 3: half of each optimizer's colour, yellow for trade-offs, grey for indistinguishable.
std::array<Color, 4> phase_colors(const std::array<std::string, 2>& optimizers);

/// The phase maps as panels with one legend: cells in a colour for each phase, phases named on the map where the name
/// fits, contours of log10 of the crossing over the trade-off cells with their values, boundaries.
/// StudyError when the shapes of a map disagree or a phase is not 0..3.
Figure phase_map_figure(const std::vector<PhasePanel>& maps, const PhaseMapOptions& options = {});

}  // namespace muonphase::figures
