#pragma once
#include <cmath>

#include "muonphase/closures/averages/window.hpp"

namespace muonphase {

// The average of squares by which a windowed update is scaled, in units of a full window, from the newest square and
// the weighted sum of older ones.
inline double weighted_square(const Window& square, double newest, double past) {
  const double now = square.newest * newest + past;
  return square.one_step() ? now : now / (square.newest + square.tail * square.retention / (1 - square.retention));
}

// That sum `count` steps later, the squares going geometrically from `first` to `last`.
inline double past_after(const Window& square, double past, double first, double last, double count) {
  if (square.one_step()) return 0;
  const double kept = std::pow(square.retention, count), ratio = std::pow(last / first, 1 / count);
  const double sum = std::abs(ratio / square.retention - 1) < 1e-7
                         ? count * kept / square.retention
                         : (last / first - kept) / (ratio - square.retention);
  return kept * past + square.tail * square.retention * first * sum;
}

}  // namespace muonphase
