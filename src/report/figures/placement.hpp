#pragma once
#include <vector>

namespace muonphase::figures {

/// Finds room for text on a plot area. Everything is in points from its lower left corner.
class Placement {
 public:
  Placement(double plot_width, double plot_height) : plot_width_(plot_width), plot_height_(plot_height) {}

  /// Things that text should keep clear of.
  void avoid(double x, double y) { obstacles_.push_back({x, y, 0, 0}); }
  void avoid_box(double x, double y, double box_width, double box_height) {
    obstacles_.push_back({x, y, box_width / 2, box_height / 2});
  }

  /// Free distance around a box centred at (x, y), to the nearest obstacle or side of the plot; negative when it covers
  /// one.
  double clearance(double x, double y, double box_width, double box_height) const;

 private:
  struct Obstacle {
    double x, y, half_width, half_height;
  };
  double plot_width_, plot_height_;
  std::vector<Obstacle> obstacles_;
};

}  // namespace muonphase::figures
