#pragma once
#include <Eigen/Core>
#include <optional>
#include <vector>

#include "muonphase/report/figures/text.hpp"

namespace muonphase::figures {

enum class Scale { linear, log };

struct Tick {
  double position = 0;
  Text label;  ///< empty for a minor tick
};

/// One axis of a panel.
struct Axis {
  Text label;
  Scale scale = Scale::linear;
  std::optional<double> min, max;  ///< default: from the data
  std::vector<Tick> ticks;         ///< default: round numbers; give them for categories
  bool show_tick_labels = true;
  /// Logarithmic only: data at 0 (the start of a run) are drawn a little below the first positive value, at a tick of
  /// their own.
  bool show_zero = false;
  double padding = 0;  ///< fraction of the range left free at both ends where min or max come from the data
};

/// An axis with its numbers settled.
struct Range {
  Scale scale = Scale::linear;
  double min = 0, max = 1;
  std::optional<double> zero;  ///< where 0 is drawn on a logarithmic axis, below first_positive
  double first_positive = 0;

  /// Where a value goes: itself, or `zero` for 0; NaN for what a logarithmic axis cannot show.
  double place(double value) const;
  /// Position along the axis, 0 at min and 1 at max; the inverse of at().
  double fraction(double placed) const;
  double at(double fraction) const;
};

/// The range that shows all finite values (positive ones on a logarithmic axis).
Range range_of(const Axis& axis, const std::vector<double>& values);

/// Ticks at round numbers: 1, 2, 2.5, 5 × 10^k, or powers of ten on a logarithmic axis that spans a decade or more, at
/// least `spacing` × length apart (length in points, spacing the room of one label in points), minor ones between.
std::vector<Tick> ticks_of(const Axis& axis, const Range& range, double length, double spacing);

/// Boundaries of cells around centres (increasing): midpoints, the outer ones as far out as the inner ones are in. A
/// single centre gets `lone_width`. One more entry than centres.
Eigen::ArrayXd cell_edges(const Eigen::ArrayXd& centres, double lone_width = 0.1);

}  // namespace muonphase::figures
