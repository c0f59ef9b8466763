#pragma once
#include <Eigen/Core>

#include "muonphase/closures/averages/window.hpp"

namespace muonphase {

/// What an update has of earlier gradients: it follows their average over `mean`, and its size is set by the root of
/// the average of their squares over `square` (docs/adam.md).
///
///     Signum, Muon:  mean = ω, square = ω²: Φ is a map of M = Σ ω_a G_{t−a}, which starts empty.
///     Adam:          mean from β1, square from β2, both divided by the weights so far.
struct Memory {
  /// free: Φ is as large as its average. map: Φ does not know the size of its average. corrected: averages are divided
  /// by the sum of their weights so far.
  enum class Size { free, map, corrected };

  Window mean = {};
  Window square = {};
  Size size = Size::map;
  /// Of the drift at steps 1, 2, …, over that of later ones; 1 beyond.
  Eigen::ArrayXd startup = {};

  bool none() const { return mean.one_step() && square.one_step(); }
};

/// Of a map that does not know the size of the average it acts on.
Memory map_memory(const Window& window);

/// Of the average itself.
Memory free_memory(const Window& window);

/// Σ of the weights of the `steps` latest gradients.
double weight_so_far(const Window& window, double steps);

}  // namespace muonphase
