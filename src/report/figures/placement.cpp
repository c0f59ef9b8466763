#include "report/figures/placement.hpp"

#include <algorithm>
#include <cmath>

namespace muonphase::figures {

double Placement::clearance(double x, double y, double box_width, double box_height) const {
  const double half_width = box_width / 2, half_height = box_height / 2;
  double free =
      std::min({x - half_width, plot_width_ - x - half_width, y - half_height, plot_height_ - y - half_height});
  for (const Obstacle& o : obstacles_)
    free = std::min(
        free, std::max(std::abs(x - o.x) - o.half_width - half_width, std::abs(y - o.y) - o.half_height - half_height));
  return free;
}

}  // namespace muonphase::figures
