#include "report/figures/contours.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace muonphase::figures {
namespace {

/// Gives nodes without a value the mean of what their neighbours continue to, twice: a node of the field may lie in
/// another phase although finer cells around it do not.
void continue_outwards(Eigen::ArrayXXd& z) {
  for (int ring = 0; ring < 2; ++ring) {
    const Eigen::ArrayXXd old = z;
    const auto at = [&](Eigen::Index i, Eigen::Index j) {
      return i < 0 || j < 0 || i >= old.rows() || j >= old.cols() ? std::nan("") : old(i, j);
    };
    for (Eigen::Index j = 0; j < z.cols(); ++j)
      for (Eigen::Index i = 0; i < z.rows(); ++i) {
        if (!std::isnan(z(i, j))) continue;
        double line = 0, level = 0;  // sums of what two nodes in a row continue to, and of single ones
        int lines = 0, levels = 0;
        for (int a = -1; a <= 1; ++a)
          for (int b = -1; b <= 1; ++b) {
            const double near = at(i + a, j + b), far = at(i + 2 * a, j + 2 * b);
            if (std::isnan(near)) continue;
            level += near;
            ++levels;
            if (std::isnan(far)) continue;
            line += 2 * near - far;
            ++lines;
          }
        if (levels > 0) z(i, j) = lines > 0 ? line / lines : level / levels;
      }
  }
}

/// Bilinear between the nodes, and on beyond the outer ones.
double interpolated(const CrossingField& f, double x, double y) {
  const auto square = [](const Eigen::ArrayXd& axis, double value) {
    const auto right = std::upper_bound(axis.begin(), axis.end(), value) - axis.begin();
    return std::clamp<Eigen::Index>(right - 1, 0, axis.size() - 2);
  };
  const Eigen::Index i = square(f.alpha, x), j = square(f.beta, y);
  const double u = (x - f.alpha(i)) / (f.alpha(i + 1) - f.alpha(i)), v = (y - f.beta(j)) / (f.beta(j + 1) - f.beta(j));
  return (1 - v) * ((1 - u) * f.value(i, j) + u * f.value(i + 1, j)) +
         v * ((1 - u) * f.value(i, j + 1) + u * f.value(i + 1, j + 1));
}

using Vertex = Eigen::Array3d;  // x, y, z

/// Where the triangle has the level: a vertex exactly there counts as above, so there are no ends or two.
void cut(const std::array<Vertex, 3>& triangle, double level, std::vector<double>& out) {
  for (std::size_t k = 0; k < 3; ++k) {
    const Vertex &a = triangle[k], &b = triangle[(k + 1) % 3];
    if (std::isnan(a(2) + b(2)) || (a(2) >= level) == (b(2) >= level)) continue;
    const Vertex end = a + (level - a(2)) / (b(2) - a(2)) * (b - a);
    out.insert(out.end(), {end(0), end(1)});
  }
}

}  // namespace

std::vector<Contour> crossing_contours(const PhasePanel& map) {
  CrossingField field = map.crossing;
  std::vector<Contour> contours;
  if (field.value.rows() < 2 || field.value.cols() < 2) return contours;
  field.value = (field.value > 0).select(field.value.log10(), std::nan(""));
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const double z : field.value.reshaped())
    if (std::isfinite(z)) {
      low = std::min(low, z);
      high = std::max(high, z);
    }
  if (!(low < high)) return contours;
  continue_outwards(field.value);
  // Four squares of two triangles to a cell, so that nodes at its middle count.
  std::vector<std::array<Vertex, 3>> triangles;
  const Eigen::ArrayXd x = cell_edges(map.alpha), y = cell_edges(map.beta);
  for (Eigen::Index j = 0; j < map.beta.size(); ++j)
    for (Eigen::Index i = 0; i < map.alpha.size(); ++i) {
      if (map.phase(i, j) != 3) continue;
      std::array<std::array<Vertex, 3>, 3> node;
      const double xs[] = {x(i), map.alpha(i), x(i + 1)}, ys[] = {y(j), map.beta(j), y(j + 1)};
      for (std::size_t a = 0; a < 3; ++a)
        for (std::size_t b = 0; b < 3; ++b) node[a][b] << xs[a], ys[b], interpolated(field, xs[a], ys[b]);
      for (std::size_t a = 0; a < 2; ++a)
        for (std::size_t b = 0; b < 2; ++b) {
          triangles.push_back({node[a][b], node[a + 1][b], node[a + 1][b + 1]});
          triangles.push_back({node[a][b], node[a + 1][b + 1], node[a][b + 1]});
        }
    }
  for (const double level : contour_levels(low, high, 8)) {
    std::vector<double> ends;
    for (const auto& triangle : triangles)
      if (!std::isnan(triangle[0](2) + triangle[1](2) + triangle[2](2))) cut(triangle, level, ends);
    using Rows = Eigen::Array<double, Eigen::Dynamic, 4, Eigen::RowMajor>;
    if (!ends.empty())
      contours.push_back({level, Eigen::Map<const Rows>(ends.data(), static_cast<Eigen::Index>(ends.size() / 4), 4)});
  }
  return contours;
}

std::vector<double> contour_levels(double min, double max, int count) {
  const double span = max - min;
  const double step = span < 1.5 ? 0.5 : std::max(1.0, std::ceil(span / count));
  std::vector<double> levels;
  for (double k = std::floor(min / step) + 1; k * step < max; ++k) levels.push_back(k * step);
  return levels;
}

}  // namespace muonphase::figures
