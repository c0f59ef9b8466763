#pragma once
#include <Eigen/Core>
#include <vector>

namespace muonphase::figures {

/// A connected line: [points, 2] with columns x and y.
using Polyline = Eigen::ArrayX2d;

/// The lines z = level of a function given on a grid, z [x, y], linear on the four triangles that join the corners of a
/// grid square to its middle. Nodes that are NaN are outside: a square with three finite corners keeps their triangle.
/// Cost: O(nodes log nodes).
std::vector<Polyline> contour_lines(const Eigen::ArrayXd& x, const Eigen::ArrayXd& y, const Eigen::ArrayXXd& z,
                                    double level);

/// At most about `count` round levels strictly inside (min, max): whole numbers where the span allows, else halves.
std::vector<double> contour_levels(double min, double max, int count);

}  // namespace muonphase::figures
