#pragma once
#include <string>

#include "muonphase/report/figures/figure.hpp"

namespace muonphase::figures {

/// What a terminal needs so that one unit is one point everywhere. Factors measured on the output of gnuplot 5.4.
struct Terminal {
  std::string command;
  double marker = 1;        ///< point size of a marker one point wide
  double rotated_drop = 0;  ///< how far right of its place rotated text appears, in font sizes
  double tick_offset = 0;   ///< characters by which tick labels sit too far out
};

/// The terminal for a canvas of this size in points.
Terminal terminal_of(Format format, double width, double height);

}  // namespace muonphase::figures
