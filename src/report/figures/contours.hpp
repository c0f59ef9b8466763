#pragma once
#include <vector>

#include "muonphase/report/figures/phase_map.hpp"

namespace muonphase::figures {

/// The line where a field has one value, as segments: each ends where the next begins, but in no order.
struct Contour {
  double level = 0;
  Eigen::ArrayX4d segments;  ///< x0, y0, x1, y1
};

/// Lines of log10 of the crossing horizon at round levels, over the trade-off cells of a map and to their sides. Where
/// a trade-off cell has no horizon of its own (cells finer than the field), that of the field's nearest nodes is
/// continued, so that lines have no gaps.
std::vector<Contour> crossing_contours(const PhasePanel& map);

/// At most about `count` round levels strictly inside (min, max): whole numbers where the span allows, else halves.
std::vector<double> contour_levels(double min, double max, int count);

}  // namespace muonphase::figures
