#pragma once
#include "muonphase/report/figures/figure.hpp"

namespace muonphase::figures {

/// Font sizes and gaps of every figure, in points.
namespace paper {
inline constexpr double title = 10, subtitle = 8, label = 9, tick = 8, legend = 8;
inline constexpr double tick_length = 3, gap = 3, border = 5;
inline constexpr double swatch = 20;        ///< width of a legend sample
inline constexpr double bar = 8;            ///< width of a colour bar
inline constexpr double bold_width = 1.15;  ///< of bold text over plain
inline constexpr double line_step = 1.3;    ///< line height over font size
}  // namespace paper

/// Lower left corner and size in points, from the lower left corner of the canvas.
struct Box {
  double x = 0, y = 0, width = 0, height = 0;
};

/// A panel with its place and its axes settled.
struct PlacedPanel {
  Box plot;
  Range x, y;
  std::vector<Tick> x_ticks, y_ticks;
  double x_tick_room = 0, y_tick_room = 0;  ///< from the plot area to the far side of the tick labels
  bool rotate_x_ticks = false;
};

/// A legend entry with the left end of its sample and the height of its middle.
struct PlacedEntry {
  LegendEntry entry;
  double x = 0, y = 0;
};

struct Layout {
  double width = 0, height = 0;
  std::vector<Text> title, subtitle;
  std::vector<PlacedPanel> panels;
  std::vector<PlacedEntry> legend;
};

/// Places everything. Ticks and margins follow from the data and the width of the labels; columns of panels share their
/// margins so that plot areas line up.
Layout laid_out(const Figure& figure);

}  // namespace muonphase::figures
