#pragma once
#include <optional>
#include <vector>

#include "muonphase/report/figures/figure.hpp"

namespace muonphase::figures {

/// An axis with its numbers settled.
struct Range {
  Scale scale = Scale::linear;
  double min = 0, max = 1;
  std::optional<double> zero = {};  ///< where 0 is drawn on a logarithmic axis, below first_positive
  double first_positive = 0;

  /// Where a value goes: itself, or `zero` for 0; NaN for what the axis cannot show.
  double place(double value) const;
  /// The place at a fraction of the axis, 0 at min and 1 at max.
  double at(double fraction) const;
};

/// Both axes of a panel.
struct Frame {
  Range x, y;
};

/// The axes of every panel: they show all finite values (positive ones on logarithmic axes). StudyError when the figure
/// has no panel or arrays of one thing differ in length.
std::vector<Frame> frames_of(const Figure& figure);

/// The entries of all panels, each once.
std::vector<LegendEntry> legend_of(const Figure& figure);

}  // namespace muonphase::figures
