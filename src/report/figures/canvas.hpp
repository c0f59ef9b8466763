#pragma once
#include "report/figures/axis.hpp"

namespace muonphase::figures {

// Font sizes and lengths of every figure, in points.
inline constexpr double title_size = 10, subtitle_size = 8, label_size = 9, tick_size = 8, legend_size = 8;
inline constexpr double border = 6, swatch = 20, line_height = 1.35, bar_width = 8;

/// In points, from the lower left corner of the canvas.
struct Box {
  double x = 0, y = 0, width = 0, height = 0;
};

/// A legend entry with the left end of its sample and the height of its middle.
struct PlacedEntry {
  LegendEntry entry;
  double x = 0, y = 0;
};

struct Canvas {
  double width = 0, height = 0;
  std::vector<Label> title;  ///< line by line
  std::vector<Box> plots;    ///< of the panels
  std::vector<PlacedEntry> legend;
};

/// Places the panels in rows whose plot areas line up, and the legend in as few rows as fit. Margins are fixed: gnuplot
/// puts titles and the names of axes into them.
Canvas laid_out(const Figure& figure);

/// Whether the names of categories do not fit side by side on an axis of this length, and stand upright.
bool upright(const Axis& axis, double length);

}  // namespace muonphase::figures
